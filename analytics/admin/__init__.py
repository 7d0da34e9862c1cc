"""The staff door: courses in figures."""

from analytics.admin.course_stats import CourseStatAdmin

__all__ = ["CourseStatAdmin"]
