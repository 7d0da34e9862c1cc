"""The staff door of courses: what a teacher writes, orders and publishes."""

from courses.admin.courses import CourseAdmin
from courses.admin.lessons import LessonAdmin
from courses.admin.shelf import CategoryAdmin, TagAdmin

__all__ = ["CategoryAdmin", "CourseAdmin", "LessonAdmin", "TagAdmin"]
