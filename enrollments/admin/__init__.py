"""The staff door: who is in a course, and what they say of it."""

from enrollments.admin.enrollments import EnrollmentAdmin
from enrollments.admin.reviews import ReviewAdmin

__all__ = ["EnrollmentAdmin", "ReviewAdmin"]
