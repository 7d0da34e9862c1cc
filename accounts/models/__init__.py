from accounts.models.accommodation import Accommodation
from accounts.models.audit import AuditEntry
from accounts.models.idempotency import IdempotencyRecord
from accounts.models.instructors import InstructorProfile
from accounts.models.mail import OutgoingMail
from accounts.models.sessions import LoginSession, SignInRecord
from accounts.models.users import User

__all__ = [
    "Accommodation",
    "AuditEntry",
    "IdempotencyRecord",
    "InstructorProfile",
    "LoginSession",
    "OutgoingMail",
    "SignInRecord",
    "User",
]
