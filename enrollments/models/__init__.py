from enrollments.models.enrollment import Enrollment
from enrollments.models.event import EnrollmentEvent
from enrollments.models.progress import LessonProgress, StudyDay
from enrollments.models.review import Review

__all__ = ["Enrollment", "EnrollmentEvent", "LessonProgress", "Review", "StudyDay"]
