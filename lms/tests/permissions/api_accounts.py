"""The API of accounts and files."""
# ruff: noqa: E501  a line is a row of the table

from lms.tests.permissions import Row, api

# fmt: off
ROWS: list[Row] = [
    # visitor student classmate owner outsider admin

    # Open doors: whatever comes with them is not looked at
    api("POST", "auth-register", "/auth/register", "201 201 201 201 201 201", {"email": "new@example.com", "password": "Harbour-77-sea", "full_name": "New Person"}),
    api("POST", "auth-login", "/auth/login", "200 200 200 200 200 200", {"email": "salma@example.com", "password": "Lantern-42-lit"}),
    api("POST", "auth-refresh", "/auth/refresh", "401 401 401 401 401 401", {"refresh_token": "nonsense"}),
    api("POST", "auth-logout", "/auth/logout", "204 204 204 204 204 204", {}),
    api("GET", "auth-token-status", "/auth/token-status", "200 200 200 200 200 200"),
    api("POST", "auth-password-forgot", "/auth/password/forgot", "202 202 202 202 202 202", {"email": "salma@example.com"}),
    api("POST", "auth-password-reset", "/auth/password/reset", "422 422 422 422 422 422", {"token": "nonsense", "new_password": "Harbour-77-sea"}),
    api("POST", "auth-email-verify", "/auth/email/verify", "422 422 422 422 422 422", {"key": "nonsense"}),

    # Oneself
    api("POST", "auth-logout-all", "/auth/logout-all", "401 204 204 204 204 204", {}),
    api("GET", "auth-sessions", "/auth/sessions", "401 200 200 200 200 200"),
    api("DELETE", "auth-session", "/auth/sessions/{session}", "401 204 404 404 404 404"),
    api("POST", "auth-password-change", "/auth/password/change", "401 204 204 204 204 204", {"current_password": "Lantern-42-lit", "new_password": "Harbour-77-sea"}),
    api("POST", "auth-email-resend", "/auth/email/resend", "401 202 202 202 202 202", {}),
    api("GET", "user-me", "/users/me", "401 200 200 200 200 200"),
    api("PATCH", "user-me", "/users/me", "401 200 200 200 200 200", {"bio": "Reads a lot."}),
    api("DELETE", "user-me", "/users/me", "401 204 204 409 409 409", {"password": "Lantern-42-lit"}),
    api("GET", "user-export", "/users/me/export", "401 200 200 200 200 200"),
    api("POST", "auth-email-change", "/auth/email/change", "401 202 202 202 202 202", {"new_email": "new@example.com", "password": "Lantern-42-lit"}),
    api("PUT", "user-avatar", "/users/me/avatar", "401 200 200 200 200 200", "PICTURE"),
    api("DELETE", "user-avatar", "/users/me/avatar", "401 204 204 204 204 204"),
    api("GET", "user-instructor-profile", "/users/me/instructor-profile", "401 404 404 200 404 404"),
    api("PATCH", "user-instructor-profile", "/users/me/instructor-profile", "401 404 404 200 404 404", {"headline": "Teaches light"}),

    # Second factors: nobody of these has proven the e-mail or has one
    api("POST", "auth-mfa-verify", "/auth/mfa/verify", "401 401 401 401 401 401", {"mfa_token": "nonsense", "code": "123456"}),
    api("GET", "auth-mfa", "/auth/mfa", "401 200 200 200 200 200"),
    api("POST", "auth-mfa-totp", "/auth/mfa/totp", "401 403 403 403 403 403", {"password": "Lantern-42-lit"}),
    api("POST", "auth-mfa-totp-confirm", "/auth/mfa/totp/confirm", "401 403 403 403 403 403", {"password": "Lantern-42-lit", "code": "123456"}),
    api("POST", "auth-mfa-totp-remove", "/auth/mfa/totp/remove", "401 200 200 200 200 200", {"password": "Lantern-42-lit"}),
    api("POST", "auth-mfa-recovery-codes", "/auth/mfa/recovery-codes", "401 409 409 409 409 409", {"password": "Lantern-42-lit"}),

    # People
    api("GET", "user-list", "/users", "401 403 403 403 403 200"),
    api("POST", "user-list", "/users", "401 403 403 403 403 201", {"email": "new@example.com", "full_name": "New Person", "role": "student"}),
    api("GET", "user-detail", "/users/{student}", "401 200 404 404 404 200"),
    api("PATCH", "user-detail", "/users/{student}", "401 403 404 404 404 200", {"full_name": "Other Name"}),
    api("DELETE", "user-detail", "/users/{student}", "401 403 404 404 404 204"),
    api("POST", "user-deactivate", "/users/{student}/deactivate", "401 403 404 404 404 200", {}),
    api("POST", "user-activate", "/users/{student}/activate", "401 403 404 404 404 200", {}),
    api("POST", "user-role", "/users/{student}/role", "401 403 404 404 404 200", {"role": "instructor"}),
    api("POST", "user-sign-out", "/users/{student}/sign-out", "401 403 404 404 404 204", {}),
    api("POST", "user-reset-mfa", "/users/{student}/reset-mfa", "401 403 404 404 404 200", {}),
    api("POST", "user-send-password-link", "/users/{student}/send-password-link", "401 403 404 404 404 202", {}),
    api("POST", "user-anonymise", "/users/{student}/anonymise", "401 403 404 404 404 200", {}),
    api("GET", "user-accommodation", "/users/{student}/accommodation", "401 403 404 404 404 404"),
    api("GET", "user-accommodation", "/users/{classmate}/accommodation", "401 404 403 404 404 200"),
    api("PUT", "user-accommodation", "/users/{student}/accommodation", "401 403 404 404 404 200", {"time_factor": 1.5, "extra_attempts": 1}),
    api("DELETE", "user-accommodation", "/users/{classmate}/accommodation", "401 404 403 404 404 204"),
    api("PATCH", "user-change-profile", "/users/{teacher}/instructor-profile", "401 404 404 403 404 200", {"headline": "Teaches light"}),
    api("PATCH", "user-change-profile", "/users/{student}/instructor-profile", "401 403 404 404 404 404", {"headline": "Teaches light"}),
    api("POST", "user-verify-instructor", "/users/{teacher}/verify-instructor", "401 404 404 403 404 200", {}),
    api("POST", "user-unverify-instructor", "/users/{teacher}/unverify-instructor", "401 404 404 403 404 200", {}),
    api("GET", "audit-entry-list", "/audit-entries", "401 403 403 403 403 200"),

    # Files: `file` is the film of an open lesson, `student_file` a picture of the student's own
    api("GET", "file-list", "/files", "401 200 200 200 200 200"),
    api("POST", "file-list", "/files", "401 201 201 201 201 201", "PICTURE"),
    api("GET", "file-usage", "/files/usage", "401 200 200 200 200 200"),
    api("GET", "file-detail", "/files/{file}", "401 200 404 200 404 200"),
    api("PATCH", "file-detail", "/files/{file}", "401 403 404 200 404 200", {"alt_text": "A film"}),
    api("DELETE", "file-detail", "/files/{file}", "401 403 404 409 404 409"),
    api("GET", "file-download", "/files/{file}/download", "404 200 404 200 404 200"),
    api("HEAD", "file-download", "/files/{file}/download", "404 200 404 200 404 200"),
    api("GET", "file-detail", "/files/{student_file}", "401 200 404 404 404 200"),
    api("PATCH", "file-detail", "/files/{student_file}", "401 200 404 404 404 200", {"alt_text": "Mine"}),
    api("GET", "file-download", "/files/{student_file}/download", "404 200 404 404 404 200"),
    api("DELETE", "file-detail", "/files/{spare_file}", "401 204 404 404 404 204"),
]
