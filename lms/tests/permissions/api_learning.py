"""The API of enrollments, quizzes and certificates: all are the student's own."""
# ruff: noqa: E501  a line is a row of the table

from lms.tests.permissions import Row, api

# fmt: off
ROWS: list[Row] = [
    # visitor student classmate owner outsider admin

    # Enrollments
    api("GET", "enrollment-list", "/enrollments", "401 200 200 200 200 200"),
    api("POST", "enrollment-list", "/enrollments", "401 409 201 201 201 201", {"course": "{slug}"}),
    api("GET", "enrollment-detail", "/enrollments/{enrollment}", "401 200 404 200 404 200"),
    api("PATCH", "enrollment-detail", "/enrollments/{enrollment}", "401 200 404 422 404 422", {"is_muted": True}),
    api("PATCH", "enrollment-detail", "/enrollments/{enrollment}", "401 422 404 200 404 200", {"notes": "Asked for help"}),
    api("GET", "enrollment-progress", "/enrollments/{enrollment}/progress", "401 200 404 200 404 200"),
    api("GET", "enrollment-stats", "/enrollments/{enrollment}/stats", "401 200 404 200 404 200"),
    api("GET", "enrollment-events", "/enrollments/{enrollment}/events", "401 200 404 200 404 200"),
    api("PUT", "enrollment-lesson-progress", "/enrollments/{enrollment}/lessons/{lesson}/progress", "401 200 404 403 404 403", {}),
    api("PATCH", "enrollment-lesson-progress", "/enrollments/{enrollment}/lessons/{lesson}/progress", "401 200 404 403 404 403", {}),
    api("PUT", "enrollment-lesson-progress", "/enrollments/{enrollment}/lessons/{hidden}/progress", "401 404 404 403 404 403", {}),
    api("POST", "enrollment-lesson-complete", "/enrollments/{enrollment}/lessons/{lesson}/complete", "401 200 404 200 404 200", {"reason": "Known from before"}),
    api("POST", "enrollment-lesson-complete", "/enrollments/{enrollment}/lessons/{hidden}/complete", "401 404 404 404 404 404", {"reason": "Known from before"}),
    api("POST", "enrollment-drop", "/enrollments/{enrollment}/drop", "401 200 404 200 404 200", {"reason": "Left the school"}),
    api("POST", "enrollment-suspend", "/enrollments/{enrollment}/suspend", "401 403 404 200 404 200", {"reason": "Not now, please"}),
    api("POST", "enrollment-resume", "/enrollments/{enrollment}/resume", "401 403 404 200 404 200", {}),
    api("POST", "enrollment-extend", "/enrollments/{enrollment}/extend", "401 403 404 200 404 200", {"expires_at": None}),
    api("POST", "enrollment-unlock", "/enrollments/{enrollment}/unlock", "401 403 404 200 404 200", {}),
    api("POST", "enrollment-reset-progress", "/enrollments/{enrollment}/reset-progress", "401 403 404 200 404 200", {"reason": "Starts anew"}),
    api("POST", "enrollment-review", "/enrollments/{finished}/review", "401 409 404 403 404 403", {"rating": 4}),
    api("PATCH", "enrollment-review", "/enrollments/{finished}/review", "401 200 404 403 404 403", {"rating": 4}),
    api("DELETE", "enrollment-review", "/enrollments/{finished}/review", "401 204 404 403 404 403"),
    api("GET", "course-reviews", "/courses/{done}/reviews", "200 200 200 200 200 200"),
    api("POST", "review-reply", "/reviews/{review}/reply", "401 403 403 200 403 200", {"text": "Thank you."}),
    api("POST", "review-hide", "/reviews/{review}/hide", "401 403 403 403 403 200", {"reason": "Names a person"}),
    api("POST", "review-show", "/reviews/{review}/show", "401 403 403 403 403 200", {}),
    api("GET", "course-enrollment-state", "/courses/{course}/enrollment-state", "401 200 200 200 200 200"),
    api("GET", "course-enrollments", "/courses/{course}/enrollments", "401 403 403 200 403 200"),
    api("POST", "course-enrollments", "/courses/{course}/enrollments", "401 403 403 200 403 200", {"emails": ["nobody@example.org"], "dry_run": True}),
    api("GET", "course-enrollment-stats", "/courses/{course}/enrollment-stats", "401 403 403 200 403 200"),

    # Quizzes
    api("GET", "course-quizzes", "/courses/{course}/quizzes", "401 200 403 200 403 200"),
    api("POST", "course-quizzes", "/courses/{course}/quizzes", "401 403 403 201 403 201", {"title": "Another quiz"}),
    api("GET", "quiz-detail", "/quizzes/{quiz}", "401 200 403 200 403 200"),
    api("PATCH", "quiz-detail", "/quizzes/{quiz}", "401 403 403 200 403 200", {"title": "Other"}),
    api("DELETE", "quiz-detail", "/quizzes/{quiz}", "401 403 403 409 403 409"),
    api("POST", "quiz-publish", "/quizzes/{quiz}/publish", "401 403 403 200 403 200", {}),
    api("POST", "quiz-unpublish", "/quizzes/{quiz}/unpublish", "401 403 403 200 403 200", {}),
    api("GET", "quiz-questions", "/quizzes/{quiz}/questions", "401 403 403 200 403 200"),
    api("POST", "quiz-questions", "/quizzes/{quiz}/questions", "401 403 403 201 403 201", {"type": "true_false", "text": "Light is fast.", "answer": True}),
    api("POST", "quiz-reorder", "/quizzes/{quiz}/questions/reorder", "401 403 403 409 403 409", {"ids": []}),
    api("GET", "question-detail", "/questions/{question}", "401 404 404 200 404 200"),
    api("PATCH", "question-detail", "/questions/{question}", "401 404 404 200 404 200", {"text": "Which city is the capital?"}),
    api("DELETE", "question-detail", "/questions/{question}", "401 404 404 409 404 409"),

    # Attempts
    api("POST", "quiz-duplicate", "/quizzes/{quiz}/duplicate", "401 403 403 201 403 201", {}),
    api("POST", "quiz-copy-questions", "/quizzes/{quiz}/questions/copy", "401 403 403 201 403 201", {"question_ids": ["{question}"]}),
    api("POST", "quiz-extend", "/quizzes/{quiz}/extend", "401 403 403 200 403 200", {"minutes": 5, "reason": "Fire alarm"}),
    api("GET", "quiz-attempts", "/quizzes/{quiz}/attempts", "401 200 403 200 403 200"),
    api("POST", "quiz-attempts", "/quizzes/{quiz}/attempts", "401 200 403 403 403 403", {}),
    api("GET", "attempt-detail", "/attempts/{attempt}", "401 200 404 200 404 200"),
    api("GET", "attempt-detail", "/attempts/{closed}", "401 200 404 200 404 200"),
    api("PUT", "attempt-save-answer", "/attempts/{attempt}/answers/{question}", "401 200 404 404 404 404", {"response": {"option": 1}, "revision": 1}),
    api("PUT", "attempt-save-answer", "/attempts/{closed}/answers/{question}", "401 409 404 404 404 404", {"response": {"option": 1}, "revision": 9}),
    api("POST", "attempt-submit", "/attempts/{attempt}/submit", "401 200 404 200 404 200", {}),
    api("POST", "attempt-grade", "/attempts/{attempt}/grade", "401 403 404 409 404 409", {"answers": []}),
    api("POST", "attempt-void", "/attempts/{closed}/void", "401 403 404 200 404 200", {"reason": "Copied"}),
    api("POST", "attempt-restore", "/attempts/{closed}/restore", "401 403 404 409 404 409", {"reason": "A mistake"}),
    api("POST", "attempt-excuse", "/attempts/{closed}/excuse", "401 403 404 200 404 200", {"reason": "Power cut"}),
    api("POST", "attempt-reopen", "/attempts/{attempt}/reopen", "401 403 404 409 404 409", {"minutes": 5, "reason": "Power cut"}),
    api("GET", "grading-queue", "/grading-queue", "401 403 403 200 200 200"),
    api("POST", "attempt-extend", "/attempts/{attempt}/extend", "401 403 404 409 404 409", {"minutes": 5, "reason": "Fire alarm"}),

    # Certificates
    api("GET", "certificate-list", "/certificates", "401 200 200 200 200 200"),
    api("GET", "certificate-list", "/certificates?scope=managed", "401 200 200 200 200 200"),
    api("POST", "certificate-list", "/certificates", "401 403 404 200 404 200", {"enrollment": "{finished}"}),
    api("POST", "certificate-list", "/certificates", "401 403 404 409 404 409", {"enrollment": "{enrollment}"}),
    api("GET", "certificate-detail", "/certificates/{certificate}", "401 200 404 200 404 200"),
    api("PATCH", "certificate-detail", "/certificates/{certificate}", "401 403 404 200 404 200", {"notes": "Sent by post"}),
    api("GET", "certificate-download", "/certificates/{certificate}/download", "401 200 404 200 404 200"),
    api("POST", "certificate-revoke", "/certificates/{certificate}/revoke", "401 403 404 200 404 200", {"category": "misconduct", "reason": "Copied the whole quiz."}),
    api("POST", "certificate-render", "/certificates/{certificate}/render", "401 403 404 202 404 202", {}),
    api("POST", "certificate-restore", "/certificates/{certificate}/restore", "401 403 404 409 404 409", {"reason": "It was right after all."}),
    api("POST", "certificate-reissue", "/certificates/{certificate}/reissue", "401 403 404 200 404 200", {"reason": "Another last day.", "valid_until": "2040-01-01"}),
    api("POST", "certificate-request-correction", "/certificates/{certificate}/request-correction", "401 200 404 403 404 403", {"note": "One letter is missing."}),
    api("POST", "certificate-dismiss-correction", "/certificates/{certificate}/dismiss-correction", "401 403 404 409 404 409", {"reason": "It is right as it is."}),
    api("GET", "certificate-eligibility", "/certificates/eligibility?enrollment={finished}", "401 200 404 200 404 200"),
    api("GET", "certificate-verify", "/certificates/verify/{code}", "200 200 200 200 200 200"),

    # The description
    api("GET", "openapi", "/openapi.json", "200 200 200 200 200 200"),
    api("GET", "openapi_yaml", "/openapi.yaml", "200 200 200 200 200 200"),
    api("GET", "api_docs", "/docs", "200 200 200 200 200 200"),
    api("GET", "api_redoc", "/redoc", "200 200 200 200 200 200"),
    api("GET", "api_not_found", "/nothing/here", "404 404 404 404 404 404"),
]
