from courses.models.catalogue import Category, Tag
from courses.models.content import Lesson, LessonResource, Module
from courses.models.course import Course, CourseSlug

__all__ = ["Category", "Course", "CourseSlug", "Lesson", "LessonResource", "Module", "Tag"]
