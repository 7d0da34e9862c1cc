"""The admin: everything for admins, own courses for instructors."""
# ruff: noqa: E501  a line is a row of the table

from lms.tests.permissions import Row

# fmt: off
ROWS: list[Row] = [
    # visitor student classmate owner outsider admin

    # The admin itself
    Row("GET", "admin:index", "/admin/", "door door door 200 200 200"),
    Row("GET", "admin:login", "/admin/login/", "login 403 403 302 302 302"),
    Row("POST", "admin:logout", "/admin/logout/", "door 302 302 302 302 302", {}),
    Row("GET", "admin:password_change", "/admin/password_change/", "login 302 302 302 302 302"),
    Row("GET", "admin:password_change_done", "/admin/password_change/done/", "door door door 200 200 200"),
    Row("GET", "admin:search", "/admin/search/?s=light", "login door door 200 200 200"),
    Row("GET", "admin:autocomplete", "/admin/autocomplete/?app_label=enrollments&model_name=enrollment&field_name=student&term=sal", "door door door 403 403 200"),
    Row("GET", "admin:view_on_site", "/admin/r/{course_type}/{course}/", "door door door 302 302 302"),
    Row("GET", "admin:jsi18n", "/admin/jsi18n/", "door door door 200 200 200"),
    Row("GET", "admin:app_list", "/admin/accounts/", "door door door 404 404 200"),
    Row("GET", "admin:app_list", "/admin/files/", "door door door 200 200 200"),
    Row("GET", "admin:app_list", "/admin/courses/", "door door door 200 200 200"),
    Row("GET", "admin:app_list", "/admin/enrollments/", "door door door 200 200 200"),
    Row("GET", "admin:app_list", "/admin/quizzes/", "door door door 200 200 200"),
    Row("GET", "admin:app_list", "/admin/certificates/", "door door door 200 200 200"),

    # user
    Row("GET", "admin:accounts_user_changelist", "/admin/accounts/user/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_user_changelist", "/admin/accounts/user/", "login door door 403 403 200", {"action": "nothing"}),
    Row("GET", "admin:accounts_user_add", "/admin/accounts/user/add/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_user_add", "/admin/accounts/user/add/", "login door door 403 403 200", {}),
    Row("GET", "admin:accounts_user_change", "/admin/accounts/user/{student}/change/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_user_change", "/admin/accounts/user/{student}/change/", "login door door 403 403 200", {}),
    Row("GET", "admin:accounts_user_delete", "/admin/accounts/user/{student}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:accounts_user_delete", "/admin/accounts/user/{student}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:accounts_user_history", "/admin/accounts/user/{student}/history/", "login door door 404 404 200"),

    Row("GET", "admin:accounts_user_import", "/admin/accounts/user/import/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_user_import", "/admin/accounts/user/import/", "login door door 403 403 200", {}),
    Row("POST", "admin:accounts_user_process_import", "/admin/accounts/user/process_import/", "login door door 403 403 200", {}),
    Row("GET", "admin:accounts_user_export", "/admin/accounts/user/export/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_user_export", "/admin/accounts/user/export/", "login door door 403 403 200", {"format": "0"}),

    # auditentry
    Row("GET", "admin:accounts_auditentry_changelist", "/admin/accounts/auditentry/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_auditentry_changelist", "/admin/accounts/auditentry/", "login door door 403 403 200", {"action": "nothing"}),
    Row("GET", "admin:accounts_auditentry_add", "/admin/accounts/auditentry/add/", "login door door 403 403 403"),
    Row("POST", "admin:accounts_auditentry_add", "/admin/accounts/auditentry/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:accounts_auditentry_change", "/admin/accounts/auditentry/{audit}/change/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_auditentry_change", "/admin/accounts/auditentry/{audit}/change/", "login door door 403 403 403", {}),
    Row("GET", "admin:accounts_auditentry_delete", "/admin/accounts/auditentry/{audit}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:accounts_auditentry_delete", "/admin/accounts/auditentry/{audit}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:accounts_auditentry_history", "/admin/accounts/auditentry/{audit}/history/", "login door door 403 403 200"),

    # outgoingmail
    Row("GET", "admin:accounts_outgoingmail_changelist", "/admin/accounts/outgoingmail/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_outgoingmail_changelist", "/admin/accounts/outgoingmail/", "login door door 403 403 200", {"action": "nothing"}),
    Row("GET", "admin:accounts_outgoingmail_add", "/admin/accounts/outgoingmail/add/", "login door door 403 403 403"),
    Row("POST", "admin:accounts_outgoingmail_add", "/admin/accounts/outgoingmail/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:accounts_outgoingmail_change", "/admin/accounts/outgoingmail/{mail}/change/", "login door door 403 403 200"),
    Row("POST", "admin:accounts_outgoingmail_change", "/admin/accounts/outgoingmail/{mail}/change/", "login door door 403 403 403", {}),
    Row("GET", "admin:accounts_outgoingmail_delete", "/admin/accounts/outgoingmail/{mail}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:accounts_outgoingmail_delete", "/admin/accounts/outgoingmail/{mail}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:accounts_outgoingmail_history", "/admin/accounts/outgoingmail/{mail}/history/", "login door door 403 403 200"),

    # storedfile
    Row("GET", "admin:files_storedfile_changelist", "/admin/files/storedfile/", "login door door 200 200 200"),
    Row("GET", "admin:files_storedfile_picker", "/admin/files/storedfile/picker/?kind=image", "login door door 200 200 200"),
    Row("POST", "admin:files_storedfile_changelist", "/admin/files/storedfile/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:files_storedfile_add", "/admin/files/storedfile/add/", "login door door 403 403 403"),
    Row("POST", "admin:files_storedfile_add", "/admin/files/storedfile/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:files_storedfile_change", "/admin/files/storedfile/{file}/change/", "login door door 200 404 200"),
    Row("POST", "admin:files_storedfile_change", "/admin/files/storedfile/{file}/change/", "login door door 200 404 200", {}),
    Row("GET", "admin:files_storedfile_delete", "/admin/files/storedfile/{file}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:files_storedfile_delete", "/admin/files/storedfile/{file}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:files_storedfile_history", "/admin/files/storedfile/{file}/history/", "login door door 200 404 200"),

    # course
    Row("GET", "admin:courses_course_changelist", "/admin/courses/course/", "login door door 200 200 200"),
    Row("POST", "admin:courses_course_changelist", "/admin/courses/course/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:courses_course_add", "/admin/courses/course/add/", "login door door 200 200 200"),
    Row("POST", "admin:courses_course_add", "/admin/courses/course/add/", "login door door 200 200 200", {}),
    Row("GET", "admin:courses_course_change", "/admin/courses/course/{course}/change/", "login door door 200 404 200"),
    Row("POST", "admin:courses_course_change", "/admin/courses/course/{course}/change/", "login door door 200 404 200", {}),
    Row("GET", "admin:courses_course_delete", "/admin/courses/course/{course}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:courses_course_delete", "/admin/courses/course/{course}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:courses_course_history", "/admin/courses/course/{course}/history/", "login door door 200 404 200"),

    # lesson
    Row("GET", "admin:courses_lesson_changelist", "/admin/courses/lesson/", "login door door 302 302 302"),
    Row("POST", "admin:courses_lesson_changelist", "/admin/courses/lesson/", "login door door 302 302 302", {"action": "nothing"}),
    Row("GET", "admin:courses_lesson_add", "/admin/courses/lesson/add/", "login door door 403 403 403"),
    Row("POST", "admin:courses_lesson_add", "/admin/courses/lesson/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:courses_lesson_change", "/admin/courses/lesson/{lesson}/change/", "login door door 200 404 200"),
    Row("POST", "admin:courses_lesson_change", "/admin/courses/lesson/{lesson}/change/", "login door door 200 404 200", {}),
    Row("GET", "admin:courses_lesson_delete", "/admin/courses/lesson/{lesson}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:courses_lesson_delete", "/admin/courses/lesson/{lesson}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:courses_lesson_history", "/admin/courses/lesson/{lesson}/history/", "login door door 200 404 200"),

    # category
    Row("GET", "admin:courses_category_changelist", "/admin/courses/category/", "login door door 403 403 200"),
    Row("POST", "admin:courses_category_changelist", "/admin/courses/category/", "login door door 403 403 200", {"action": "nothing"}),
    Row("GET", "admin:courses_category_add", "/admin/courses/category/add/", "login door door 403 403 200"),
    Row("POST", "admin:courses_category_add", "/admin/courses/category/add/", "login door door 403 403 200", {}),
    Row("GET", "admin:courses_category_change", "/admin/courses/category/{category}/change/", "login door door 403 403 200"),
    Row("POST", "admin:courses_category_change", "/admin/courses/category/{category}/change/", "login door door 403 403 200", {}),
    Row("GET", "admin:courses_category_delete", "/admin/courses/category/{category}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:courses_category_delete", "/admin/courses/category/{category}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:courses_category_history", "/admin/courses/category/{category}/history/", "login door door 403 403 200"),

    # tag
    Row("GET", "admin:courses_tag_changelist", "/admin/courses/tag/", "login door door 403 403 200"),
    Row("POST", "admin:courses_tag_changelist", "/admin/courses/tag/", "login door door 403 403 200", {"action": "nothing"}),
    Row("GET", "admin:courses_tag_add", "/admin/courses/tag/add/", "login door door 403 403 200"),
    Row("POST", "admin:courses_tag_add", "/admin/courses/tag/add/", "login door door 403 403 200", {}),
    Row("GET", "admin:courses_tag_change", "/admin/courses/tag/{tag}/change/", "login door door 403 403 200"),
    Row("POST", "admin:courses_tag_change", "/admin/courses/tag/{tag}/change/", "login door door 403 403 200", {}),
    Row("GET", "admin:courses_tag_delete", "/admin/courses/tag/{tag}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:courses_tag_delete", "/admin/courses/tag/{tag}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:courses_tag_history", "/admin/courses/tag/{tag}/history/", "login door door 403 403 200"),

    # enrollment
    Row("GET", "admin:enrollments_enrollment_changelist", "/admin/enrollments/enrollment/", "login door door 200 200 200"),
    Row("POST", "admin:enrollments_enrollment_changelist", "/admin/enrollments/enrollment/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:enrollments_enrollment_add", "/admin/enrollments/enrollment/add/", "login door door 403 403 200"),
    Row("POST", "admin:enrollments_enrollment_add", "/admin/enrollments/enrollment/add/", "login door door 403 403 200", {}),
    Row("GET", "admin:enrollments_enrollment_change", "/admin/enrollments/enrollment/{enrollment}/change/", "login door door 200 404 200"),
    Row("POST", "admin:enrollments_enrollment_change", "/admin/enrollments/enrollment/{enrollment}/change/", "login door door 200 404 200", {}),
    Row("GET", "admin:enrollments_enrollment_bulk", "/admin/enrollments/enrollment/bulk/", "login door door 200 200 200"),
    Row("POST", "admin:enrollments_enrollment_bulk", "/admin/enrollments/enrollment/bulk/", "login door door 200 200 200", {}),
    Row("GET", "admin:enrollments_enrollment_grid", "/admin/enrollments/enrollment/grid/{course}/", "login door door 200 404 200"),
    Row("GET", "admin:enrollments_enrollment_export", "/admin/enrollments/enrollment/export/csv/", "login door door 200 200 200"),
    Row("GET", "admin:enrollments_enrollment_grid_export", "/admin/enrollments/enrollment/grid/{course}/export/xlsx/", "login door door 200 404 200"),
    Row("GET", "admin:enrollments_enrollment_lessons", "/admin/enrollments/enrollment/{enrollment}/lessons/", "login door door 200 404 200"),
    Row("POST", "admin:enrollments_enrollment_lessons", "/admin/enrollments/enrollment/{enrollment}/lessons/", "login door door 200 404 200", {}),
    Row("GET", "admin:enrollments_enrollment_delete", "/admin/enrollments/enrollment/{enrollment}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:enrollments_enrollment_delete", "/admin/enrollments/enrollment/{enrollment}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:enrollments_enrollment_history", "/admin/enrollments/enrollment/{enrollment}/history/", "login door door 200 404 200"),

    # review
    Row("GET", "admin:enrollments_review_changelist", "/admin/enrollments/review/", "login door door 200 200 200"),
    Row("POST", "admin:enrollments_review_changelist", "/admin/enrollments/review/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:enrollments_review_add", "/admin/enrollments/review/add/", "login door door 403 403 403"),
    Row("POST", "admin:enrollments_review_add", "/admin/enrollments/review/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:enrollments_review_change", "/admin/enrollments/review/{review}/change/", "login door door 200 404 200"),
    Row("POST", "admin:enrollments_review_change", "/admin/enrollments/review/{review}/change/", "login door door 302 404 302", {}),
    Row("GET", "admin:enrollments_review_delete", "/admin/enrollments/review/{review}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:enrollments_review_delete", "/admin/enrollments/review/{review}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:enrollments_review_history", "/admin/enrollments/review/{review}/history/", "login door door 200 404 200"),

    # attempt
    Row("GET", "admin:quizzes_answer_changelist", "/admin/quizzes/answer/", "login door door 200 200 200"),
    Row("POST", "admin:quizzes_answer_changelist", "/admin/quizzes/answer/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:quizzes_answer_add", "/admin/quizzes/answer/add/", "login door door 403 403 403"),
    Row("POST", "admin:quizzes_answer_add", "/admin/quizzes/answer/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:quizzes_answer_change", "/admin/quizzes/answer/{answer}/change/", "login door door 200 404 200"),
    Row("POST", "admin:quizzes_answer_change", "/admin/quizzes/answer/{answer}/change/", "login door door 200 404 200", {}),
    Row("GET", "admin:quizzes_answer_delete", "/admin/quizzes/answer/{answer}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:quizzes_answer_delete", "/admin/quizzes/answer/{answer}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:quizzes_answer_history", "/admin/quizzes/answer/{answer}/history/", "login door door 200 404 200"),
    Row("GET", "admin:quizzes_attempt_changelist", "/admin/quizzes/attempt/", "login door door 200 200 200"),
    Row("POST", "admin:quizzes_attempt_changelist", "/admin/quizzes/attempt/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:quizzes_attempt_add", "/admin/quizzes/attempt/add/", "login door door 403 403 403"),
    Row("POST", "admin:quizzes_attempt_add", "/admin/quizzes/attempt/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:quizzes_attempt_change", "/admin/quizzes/attempt/{closed}/change/", "login door door 200 404 200"),
    Row("POST", "admin:quizzes_attempt_change", "/admin/quizzes/attempt/{closed}/change/", "login door door 403 403 403", {}),
    Row("GET", "admin:quizzes_attempt_delete", "/admin/quizzes/attempt/{closed}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:quizzes_attempt_delete", "/admin/quizzes/attempt/{closed}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:quizzes_attempt_history", "/admin/quizzes/attempt/{closed}/history/", "login door door 200 404 200"),

    # quiz
    Row("GET", "admin:quizzes_quiz_changelist", "/admin/quizzes/quiz/", "login door door 200 200 200"),
    Row("POST", "admin:quizzes_quiz_changelist", "/admin/quizzes/quiz/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:quizzes_quiz_add", "/admin/quizzes/quiz/add/", "login door door 200 200 200"),
    Row("POST", "admin:quizzes_quiz_add", "/admin/quizzes/quiz/add/", "login door door 200 200 200", {}),
    Row("GET", "admin:quizzes_quiz_change", "/admin/quizzes/quiz/{quiz}/change/", "login door door 200 404 200"),
    Row("POST", "admin:quizzes_quiz_change", "/admin/quizzes/quiz/{quiz}/change/", "login door door 200 404 200", {}),
    Row("GET", "admin:quizzes_quiz_delete", "/admin/quizzes/quiz/{quiz}/delete/", "login door door 403 404 403"),
    Row("POST", "admin:quizzes_quiz_delete", "/admin/quizzes/quiz/{quiz}/delete/", "login door door 403 404 403", {"post": "yes"}),
    Row("GET", "admin:quizzes_quiz_history", "/admin/quizzes/quiz/{quiz}/history/", "login door door 200 404 200"),

    # certificate
    Row("GET", "admin:certificates_certificate_changelist", "/admin/certificates/certificate/", "login door door 200 200 200"),
    Row("POST", "admin:certificates_certificate_changelist", "/admin/certificates/certificate/", "login door door 200 200 200", {"action": "nothing"}),
    Row("GET", "admin:certificates_certificate_add", "/admin/certificates/certificate/add/", "login door door 403 403 403"),
    Row("POST", "admin:certificates_certificate_add", "/admin/certificates/certificate/add/", "login door door 403 403 403", {}),
    Row("GET", "admin:certificates_certificate_issue", "/admin/certificates/certificate/issue/", "login door door 200 200 200"),
    Row("POST", "admin:certificates_certificate_issue", "/admin/certificates/certificate/issue/", "login door door 302 302 302", {}),
    Row("GET", "admin:certificates_certificate_reissue", "/admin/certificates/certificate/{certificate}/reissue/", "login door door 200 404 200"),
    Row("POST", "admin:certificates_certificate_reissue", "/admin/certificates/certificate/{certificate}/reissue/", "login door door 200 404 200", {"reason": "short"}),
    Row("GET", "admin:certificates_certificate_change", "/admin/certificates/certificate/{certificate}/change/", "login door door 200 404 200"),
    Row("POST", "admin:certificates_certificate_change", "/admin/certificates/certificate/{certificate}/change/", "login door door 302 404 302", {"revisions-TOTAL_FORMS": "0", "revisions-INITIAL_FORMS": "0"}),
    Row("GET", "admin:certificates_certificate_delete", "/admin/certificates/certificate/{certificate}/delete/", "login door door 403 403 403"),
    Row("POST", "admin:certificates_certificate_delete", "/admin/certificates/certificate/{certificate}/delete/", "login door door 403 403 403", {"post": "yes"}),
    Row("GET", "admin:certificates_certificate_history", "/admin/certificates/certificate/{certificate}/history/", "login door door 200 404 200"),

    # What the admin has of ours
    Row("POST", "admin:courses_course_markdown", "/admin/courses/course/markdown/", "login door door 200 200 200", {"text": "*Light*"}),
    Row("GET", "admin:courses_course_outline", "/admin/courses/course/{course}/outline/", "login door door 200 404 200"),
    Row("POST", "admin:courses_course_outline", "/admin/courses/course/{course}/outline/", "login door door 302 404 302", {"verb": "add_module", "title": "New"}),
    Row("POST", "admin:courses_course_life", "/admin/courses/course/{course}/life/", "login door door 302 404 302", {"verb": "unpublish"}),
    Row("POST", "admin:courses_lesson_resources", "/admin/courses/lesson/{lesson}/resources/", "login door door told 404 told", {}),
    Row("POST", "admin:quizzes_quiz_verbs", "/admin/quizzes/quiz/{quiz}/verbs/", "login door door 302 404 302", {"verb": "unpublish"}),
]
