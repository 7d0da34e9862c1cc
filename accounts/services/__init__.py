"""The verbs of accounts: what page, API, admin, commands and tasks call. Nothing here knows a request."""

from accounts.emails import send as send_templated_mail
from accounts.models.audit import record
from accounts.services.accommodation import accommodation_of, clear_accommodation, set_accommodation
from accounts.services.attempts import Booking, book, throttle
from accounts.services.codes import check_code
from accounts.services.email_change import request_email_change
from accounts.services.email_proof import confirm_email, prove_email, resend_confirmation
from accounts.services.first_proof import forget_earlier_setup
from accounts.services.instructors import (
    ensure_instructor_profile,
    unverify_instructor,
    update_instructor_profile,
    verify_instructor,
)
from accounts.services.invitations import invite_user, send_password_link
from accounts.services.mails import deliver_mail, due_mails, queue_mail
from accounts.services.mfa import (
    add_passkey,
    confirm_totp,
    factors_of,
    needs_mfa,
    new_recovery_codes,
    refuse_recovery_codes,
    refuse_totp,
    refuse_unproven,
    remove_passkey,
    remove_totp,
    rename_passkey,
    reset_mfa,
    show_recovery_codes,
    start_totp,
)
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
    refuse_erased,
    register_role_rule,
    remove_avatar,
    set_avatar,
    set_role,
    sign_out,
    update_account,
    update_profile,
)
from accounts.services.privacy import (
    anonymise_user,
    erase_requested,
    export_personal_data,
    forget_traces,
    register_personal_data,
    request_erasure,
)
from accounts.services.providers import (
    Identity,
    connect_provider,
    disconnect_provider,
    providers_of,
    sign_in_with_provider,
)
from accounts.services.registration import add_user, register
from accounts.services.second_step import password_mark, require_second_step, take_second_step
from accounts.services.sessions import (
    end_session,
    end_sessions,
    note_browser,
    open_session,
    revoke,
    rotate,
)
from accounts.services.sign_in import refuse_state, sign_in
from accounts.services.tidying import tidy_accounts

__all__ = [
    "Booking",
    "Identity",
    "accommodation_of",
    "activate",
    "add_passkey",
    "add_user",
    "anonymise_user",
    "book",
    "change_email",
    "change_password",
    "check_code",
    "clear_accommodation",
    "confirm_email",
    "confirm_password",
    "confirm_totp",
    "connect_provider",
    "deactivate",
    "deliver_mail",
    "disconnect_provider",
    "due_mails",
    "end_session",
    "end_sessions",
    "ensure_instructor_profile",
    "erase_requested",
    "export_personal_data",
    "factors_of",
    "forget_earlier_setup",
    "forget_traces",
    "invite_user",
    "needs_mfa",
    "new_recovery_codes",
    "note_browser",
    "open_session",
    "password_mark",
    "prove_email",
    "providers_of",
    "queue_mail",
    "record",
    "refuse_erased",
    "refuse_recovery_codes",
    "refuse_state",
    "refuse_totp",
    "refuse_unproven",
    "register",
    "register_personal_data",
    "register_role_rule",
    "remove_avatar",
    "remove_passkey",
    "remove_totp",
    "rename_passkey",
    "request_email_change",
    "request_erasure",
    "request_password_reset",
    "require_second_step",
    "resend_confirmation",
    "reset_mfa",
    "reset_password",
    "revoke",
    "rotate",
    "send_password_link",
    "send_templated_mail",
    "set_accommodation",
    "set_avatar",
    "set_role",
    "show_recovery_codes",
    "sign_in",
    "sign_in_with_provider",
    "sign_out",
    "start_totp",
    "take_second_step",
    "throttle",
    "tidy_accounts",
    "unverify_instructor",
    "update_account",
    "update_instructor_profile",
    "update_profile",
    "verify_instructor",
]
