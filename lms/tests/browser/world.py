"""A course small enough to be completed in a test: text, film, quiz. Every state is reached through services."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses import services as courses
from courses.models import Category, Course, Lesson
from courses.tests.factories import CategoryFactory, CourseFactory, InstructorFactory, LessonFactory
from enrollments.models import LessonProgress
from files.services import store_file
from quizzes import services as quizzes
from quizzes.models import Quiz
from quizzes.tests.factories import QuizLessonFactory, whole

FILM = Path(__file__).parent / "media" / "film.mp4"
FILM_SECONDS = 12
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:12.000\nA square walks to the right.\n"
BODY = """Hold the lens towards the **window** and look at the *wall*.

# What you see

| Distance | Picture |
|---|---|
| near | small |
| far | large |

```python
for metre in range(3):
    print(metre)
```

> The picture stands on its head.

Math: $f = 1/d$, and الضوء *يسير* في خطوط مستقيمة.
"""


@dataclass(frozen=True)
class World:
    """What the tests walk through."""

    course: Course
    text: Lesson
    film: Lesson | None
    last: Lesson
    quiz: Quiz


def build(*, language: str = "en", film: bool = True, **fields: Any) -> World:
    """Return a published course of two modules, its second lesson a film (unless told otherwise), its last a quiz."""
    teacher = InstructorFactory(full_name="Nour El-Masry")
    course = CourseFactory(
        instructor=teacher,
        title="عدسات وضوء" if language == "ar" else "Lenses and light",
        subtitle="A window, a wall and a piece of glass.",
        language=language,
        category=Category.objects.filter(slug="science").first()
        or CategoryFactory(slug="science", name_en="Science", name_ar="علوم"),
        objectives=["Say why a picture stands on its head", "Find the focus of a lens"],
        requirements=["A sunny window"],
        draft=True,
        modules=2,
        lessons=0,
        **fields,
    )
    first, second = course.modules.order_by("position")
    text = LessonFactory(module=first, title="The lens", body=BODY)
    moving = _film(first, teacher) if film else None
    if moving is None:
        LessonFactory(module=first, title="The wall")
    last = QuizLessonFactory(module=second, title="What do you know?")
    quiz = _quiz(course, last)
    courses.publish(course=course, by=teacher)
    return World(Course.objects.get(pk=course.pk), text, moving, last, quiz)


def _film(module: Any, teacher: Any) -> Lesson:
    with FILM.open("rb") as content:
        stored = store_file(owner=teacher, content=content, name="film.mp4")
    lesson = LessonFactory(
        module=module,
        title="The film",
        type=Lesson.Type.VIDEO,
        video_file=stored,
        required_watch_percentage=80,
    )
    words = store_file(owner=teacher, content=io.BytesIO(CAPTIONS.encode()), name="film.vtt")
    courses.add_resource(lesson=lesson, by=teacher, kind="caption", file=words, language="en")
    return lesson


def _quiz(course: Course, lesson: Lesson) -> Quiz:
    """Return the published quiz: one question of each kind."""
    quiz = quizzes.create_quiz(course=course, lesson=lesson, title="What do you know?")
    add = quizzes.add_question
    add(quiz=quiz, type="single_choice", text="Where does the light come from?",
        options=[("The window", True, "Yes."), ("The wall", False, "It only shows it."), ("The floor", False, "")],
        explanation="The wall catches what the window sends.")  # fmt: skip
    add(quiz=quiz, type="multiple_choice", text="Which of these bend light?", points=2, partial_credit=True,
        options=[("A lens", True, ""), ("A stone", False, ""), ("Water", True, ""), ("A book", False, "")])  # fmt: skip
    add(quiz=quiz, type="true_false", text="The picture stands on its head.", answer=True)
    quizzes.publish_quiz(quiz=quiz, by=course.instructor)
    courses.publish_lesson(lesson=lesson, by=course.instructor)
    return whole(quiz)


def watched(enrollment: Any) -> LessonProgress:
    """Return the row of the film."""
    return LessonProgress.objects.get(enrollment=enrollment, lesson__type=Lesson.Type.VIDEO)
