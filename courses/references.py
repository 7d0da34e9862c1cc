"""What courses tell the files app: who may open what a course holds, and where a file is shown."""

from typing import Any

from django.db.models import Q

from courses.models import Course, Lesson
from files.models import StoredFile


def editor_may_open(user: Any, file: StoredFile) -> bool:
    """An editor may open every file that one of their courses holds."""
    if not user.is_authenticated or not user.is_teacher:
        return False
    mine = Course.objects.editable_by(user)
    shown = Q(thumbnail=file) | Q(inline_files=file)
    return mine.filter(shown).exists() or Lesson.objects.with_file(file).filter(course__in=mine).exists()


def places_of(file: StoredFile) -> list[str]:
    """Return the courses and lessons whose text shows a picture; what has a key to a file is found without us."""
    courses = Course.objects.filter(inline_files=file)
    lessons = Lesson.objects.filter(inline_files=file).select_related("course")
    return [str(course) for course in courses] + [f"{lesson.course} · {lesson}" for lesson in lessons]
