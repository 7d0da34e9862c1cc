from accounts.models.audit import AuditEntry
from accounts.models.instructors import InstructorProfile
from accounts.models.mail import OutgoingMail
from accounts.models.sessions import LoginSession, SignInRecord
from accounts.models.users import User

__all__ = ["AuditEntry", "InstructorProfile", "LoginSession", "OutgoingMail", "SignInRecord", "User"]
