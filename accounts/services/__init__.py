"""The verbs of accounts: what page, API, admin, commands and tasks call. Nothing here knows a request."""

from accounts.emails import send as send_templated_mail
from accounts.models.audit import record
from accounts.services.attempts import Booking, book, throttle
from accounts.services.email_proof import confirm_email, prove_email, resend_confirmation
from accounts.services.instructors import ensure_instructor_profile, update_instructor_profile
from accounts.services.mails import deliver_mail, due_mails, queue_mail
from accounts.services.passwords import (
    change_password,
    confirm_password,
    request_password_reset,
    reset_password,
)
from accounts.services.people import (
    activate,
    change_email,
    deactivate,
    register_role_rule,
    remove_avatar,
    set_avatar,
    set_role,
    update_account,
    update_profile,
)
from accounts.services.registration import add_user, register
from accounts.services.sessions import end_sessions, open_session, revoke, rotate
from accounts.services.sign_in import sign_in
from accounts.services.tidying import tidy_accounts

__all__ = [
    "Booking",
    "activate",
    "add_user",
    "book",
    "change_email",
    "change_password",
    "confirm_email",
    "confirm_password",
    "deactivate",
    "deliver_mail",
    "due_mails",
    "end_sessions",
    "ensure_instructor_profile",
    "open_session",
    "prove_email",
    "queue_mail",
    "record",
    "register",
    "register_role_rule",
    "remove_avatar",
    "request_password_reset",
    "resend_confirmation",
    "reset_password",
    "revoke",
    "rotate",
    "send_templated_mail",
    "set_avatar",
    "set_role",
    "sign_in",
    "throttle",
    "tidy_accounts",
    "update_account",
    "update_instructor_profile",
    "update_profile",
]
