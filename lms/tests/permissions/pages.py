"""The pages."""
# ruff: noqa: E501  a line is a row of the table

from lms.tests.permissions import Row

# fmt: off
ROWS: list[Row] = [
    # visitor student classmate owner outsider admin

    # The site
    Row("GET", "home", "/", "200 302 302 302 302 302"),
    Row("GET", "health", "/health", "200 200 200 200 200 200"),
    Row("GET", "ready", "/ready", "200 200 200 200 200 200"),
    Row("POST", "set_language", "/i18n/setlang/", "302 302 302 302 302 302", {"language": "ar"}),
    Row("GET", "courses:course_list", "/courses/", "200 200 200 200 200 200"),
    Row("GET", "courses:course_detail", "/courses/{slug}/", "200 200 200 200 200 200"),
    Row("GET", "courses:course_detail", "/courses/{draft_slug}/", "404 404 404 200 404 200"),
    Row("GET", "courses:instructor_detail", "/instructors/{teacher_slug}/", "200 200 200 200 200 200"),
    Row("GET", "courses:sitemap", "/sitemap.xml", "200 200 200 200 200 200"),
    Row("GET", "courses:robots", "/robots.txt", "200 200 200 200 200 200"),

    # The door
    Row("GET", "account_login", "/accounts/login/", "200 302 302 302 302 302"),
    Row("POST", "account_login", "/accounts/login/", "302 302 302 302 302 302", {"login": "salma@example.com", "password": "Lantern-42-lit"}),
    Row("GET", "account_signup", "/accounts/signup/", "200 302 302 302 302 302"),
    Row("POST", "account_signup", "/accounts/signup/", "302 302 302 302 302 302", {"email": "new@example.com", "password1": "Harbour-77-sea", "full_name": "New Person"}),
    Row("GET", "account_logout", "/accounts/logout/", "302 200 200 200 200 200"),
    Row("POST", "account_logout", "/accounts/logout/", "302 302 302 302 302 302", {}),
    Row("GET", "account_email_verification_sent", "/accounts/confirm-email/", "200 200 200 200 200 200"),
    Row("GET", "account_confirm_email", "/accounts/confirm-email/nonsense/", "404 404 404 404 404 404"),
    Row("POST", "account_confirm_email", "/accounts/confirm-email/nonsense/", "404 404 404 404 404 404", {}),
    Row("GET", "account_reset_password", "/accounts/password/reset/", "200 200 200 200 200 200"),
    Row("POST", "account_reset_password", "/accounts/password/reset/", "302 302 302 302 302 302", {"email": "salma@example.com"}),
    Row("GET", "account_reset_password_done", "/accounts/password/reset/done/", "200 200 200 200 200 200"),
    Row("GET", "account_reset_password_from_key", "/accounts/password/reset/key/1-nonsense/", "200 200 200 200 200 200"),
    Row("POST", "account_reset_password_from_key", "/accounts/password/reset/key/1-nonsense/", "200 200 200 200 200 200", {"password1": "Harbour-77-sea"}),
    Row("GET", "account_change_password", "/accounts/password/change/", "login 200 200 200 200 200"),
    Row("POST", "account_change_password", "/accounts/password/change/", "login 302 302 302 302 302", {"oldpassword": "Lantern-42-lit", "password1": "Harbour-77-sea"}),

    # Settings
    Row("GET", "accounts:settings", "/settings/", "login 200 200 200 200 200"),
    Row("POST", "accounts:settings", "/settings/", "login 302 302 302 302 302", {"full_name": "Other Name", "locale": "en", "time_zone": "UTC"}),
    Row("POST", "accounts:instructor_profile", "/settings/teaching/", "login 404 404 302 404 404", {"headline": "Teaches light"}),
    Row("POST", "accounts:change_avatar", "/settings/picture/", "login 302 302 302 302 302", "PICTURE"),
    Row("POST", "accounts:remove_avatar", "/settings/picture/remove/", "login 302 302 302 302 302", {}),
    Row("POST", "accounts:resend_confirmation", "/settings/confirm-email/", "login 302 302 302 302 302", {}),
    Row("GET", "accounts:security", "/settings/security/", "login 200 200 200 200 200"),
    Row("POST", "accounts:end_session", "/settings/security/sessions/{session}/end/", "login 302 302 302 302 302", {}),
    Row("POST", "accounts:end_other_sessions", "/settings/security/sessions/end-others/", "login 302 302 302 302 302", {}),
    Row("GET", "accounts:change_email", "/settings/email/", "login 200 200 200 200 200"),
    Row("POST", "accounts:change_email", "/settings/email/", "login 200 200 200 200 200", {"new_email": "new@example.com", "password": "wrong"}),
    Row("GET", "accounts:privacy", "/settings/privacy/", "login 200 200 200 200 200"),
    Row("POST", "accounts:download_my_data", "/settings/privacy/export/", "login 200 200 200 200 200", {}),
    Row("POST", "accounts:close_account", "/settings/privacy/close/", "login 302 302 409 409 409", {"password": "Lantern-42-lit"}),
    Row("GET", "accounts:avatar", "/avatars/{student}", "404 200 200 200 200 200"),
    Row("GET", "accounts:avatar", "/avatars/{teacher}", "200 200 200 200 200 200"),

    # Files
    Row("GET", "files:serve", "/files/{file}/film.mp4", "404 200 404 200 404 200"),
    Row("HEAD", "files:serve", "/files/{file}/film.mp4", "404 200 404 200 404 200"),
    Row("GET", "files:serve", "/files/{student_file}/mine.png", "404 200 404 404 404 200"),

    # Learning
    Row("GET", "enrollments:dashboard", "/dashboard/", "login 200 200 200 200 200"),
    Row("GET", "enrollments:enroll", "/courses/{slug}/enroll/", "login 302 302 302 302 302"),
    Row("POST", "enrollments:enroll", "/courses/{slug}/enroll/", "login 302 302 302 302 302", {}),
    Row("POST", "enrollments:enroll", "/courses/{draft_slug}/enroll/", "login 404 404 told 404 told", {}),
    Row("GET", "enrollments:course_home", "/learn/{slug}/", "login 200 302 200 302 200"),
    Row("GET", "enrollments:lesson", "/learn/{slug}/{lesson_slug}/", "login 200 403 200 403 200"),
    Row("GET", "enrollments:lesson", "/learn/{slug}/{hidden_slug}/", "404 404 404 200 404 200"),
    Row("GET", "enrollments:outline", "/learn/{slug}/-/outline/", "login 200 200 200 200 200"),
    Row("POST", "enrollments:complete", "/learn/{slug}/-/{lesson_slug}/complete/", "login 302 told told told told", {}),
    Row("POST", "enrollments:beat", "/learn/{slug}/-/{film_slug}/beat/", "login 200 403 403 403 403", {"position": "5", "seconds": "1", "watched": "[]"}),
    Row("POST", "enrollments:notes", "/learn/{slug}/-/{lesson_slug}/notes/", "login 302 told told told told", {"notes": "Mine", "revision": "0"}),
    Row("POST", "enrollments:bookmark", "/learn/{slug}/-/{lesson_slug}/bookmark/", "login 302 told told told told", {"on": "1"}),
    Row("GET", "enrollments:complete", "/learn/{slug}/-/{lesson_slug}/complete/", "login 302 403 403 403 403"),
    Row("GET", "enrollments:beat", "/learn/{slug}/-/{film_slug}/beat/", "login 302 302 302 302 302"),
    Row("GET", "enrollments:notes", "/learn/{slug}/-/{lesson_slug}/notes/", "login 302 302 302 302 302"),
    Row("GET", "enrollments:bookmark", "/learn/{slug}/-/{lesson_slug}/bookmark/", "login 302 302 302 302 302"),
    Row("GET", "enrollments:my_notes", "/notes/", "login 200 200 200 200 200"),
    Row("GET", "enrollments:my_notes", "/learn/{slug}/-/notes/", "login 200 404 404 404 404"),
    Row("GET", "enrollments:drop", "/learn/{slug}/-/drop/", "login 200 404 404 404 404"),
    Row("POST", "enrollments:drop", "/learn/{slug}/-/drop/", "login 302 404 404 404 404", {}),
    Row("GET", "enrollments:mute", "/learn/{slug}/-/mute/", "login 302 302 302 302 302"),
    Row("POST", "enrollments:mute", "/learn/{slug}/-/mute/", "login 302 404 404 404 404", {"muted": "1"}),
    Row("GET", "enrollments:mute_by_link", "/reminders/not-ours/", "404 404 404 404 404 404"),
    Row("POST", "enrollments:mute_by_link", "/reminders/not-ours/", "404 404 404 404 404 404", {}),
    Row("GET", "enrollments:review", "/learn/{done_slug}/-/review/", "login 200 404 404 404 404"),
    Row("POST", "enrollments:review", "/learn/{done_slug}/-/review/", "login 302 404 404 404 404", {"rating": "4"}),
    Row("GET", "enrollments:finished", "/learn/{done_slug}/-/finished/", "login 200 302 302 302 302"),

    # Quizzes: the student's second attempt is open
    Row("GET", "quizzes:quiz_detail", "/quizzes/{quiz}/", "login 200 403 200 403 200"),
    Row("POST", "quizzes:start_attempt", "/quizzes/{quiz}/attempts/", "login 302 told told told told", {}),
    Row("GET", "quizzes:take_quiz", "/quizzes/{quiz}/attempts/2/", "login 200 404 404 404 404"),
    Row("POST", "quizzes:take_quiz", "/quizzes/{quiz}/attempts/2/", "login 302 404 404 404 404", {}),
    Row("GET", "quizzes:submit_attempt", "/quizzes/{quiz}/attempts/2/submit/", "login 200 404 404 404 404"),
    Row("POST", "quizzes:submit_attempt", "/quizzes/{quiz}/attempts/2/submit/", "login 302 404 404 404 404", {}),
    Row("GET", "quizzes:attempt_result", "/quizzes/{quiz}/attempts/1/result/", "login 200 404 404 404 404"),

    # Certificates
    Row("GET", "certificates:certificate_list", "/certificates/", "login 200 200 200 200 200"),
    Row("GET", "certificates:certificate_detail", "/certificates/{code}/", "302 200 302 200 302 200"),
    Row("GET", "certificates:download", "/certificates/{code}/download/", "login 200 302 200 302 200"),
    Row("POST", "certificates:request_correction", "/certificates/{code}/correction/", "login 302 404 404 404 404", {"note": "One letter is missing."}),
    Row("GET", "certificates:box", "/certificates/-/box/{finished}/", "login 200 404 404 404 404"),
    Row("GET", "certificates:verify", "/certificates/verify/", "200 200 200 200 200 200"),
    Row("GET", "certificates:verify_result", "/certificates/verify/{code}/", "200 200 200 200 200 200"),
]
