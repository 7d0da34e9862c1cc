"""Quizzes for tests. A state that a verb makes (published, submitted, counted) is reached through that verb."""

from __future__ import annotations

from typing import Any

import factory

from courses import services as course_services
from courses.models import Lesson
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.layout import Drawn, read
from quizzes.marking import Key
from quizzes.models import Attempt, Question, QuestionOption, Quiz
from quizzes.services import OptionDraft
from quizzes.services.grading import keys_of

CAPITALS = [("Cairo", True, "Yes, on the Nile."), ("Alexandria", False, "By the sea."), ("Giza", False, "")]
EVEN = [("2", True, ""), ("3", False, "Odd."), ("4", True, ""), ("5", False, "")]


class QuizLessonFactory(LessonFactory):
    """A quiz lesson, not published yet: that wants a published quiz."""

    type = Lesson.Type.QUIZ
    body = ""
    is_published = False


class QuizFactory(factory.django.DjangoModelFactory):
    """A published graded quiz of a published course: one question of each type, 4 points.

    `lesson=True` puts it on a live lesson of its own, `draft=True` leaves it unpublished, `questions=n` gives
    it n single choices instead.
    """

    class Meta:
        model = Quiz

    course = factory.SubFactory(CourseFactory)
    title = factory.Sequence(lambda n: f"Quiz {n}")
    type = Quiz.Type.GRADED

    @classmethod
    def _create(cls, model_class: type[Quiz], *args: Any, **kwargs: Any) -> Quiz:
        draft, lesson = kwargs.pop("draft", False), kwargs.pop("lesson", None)
        questions = kwargs.pop("questions", None)
        course = kwargs.pop("course")
        if lesson is True:
            lesson = QuizLessonFactory(module=course.modules.first(), title="The quiz")
        quiz = services.create_quiz(course=course, lesson=lesson, **kwargs)
        if questions is None:
            add_one_of_each(quiz)
        elif questions:
            add_choices(quiz, questions)
        if not draft:
            services.publish_quiz(quiz=quiz, by=course.instructor)
            if lesson is not None:
                course_services.publish_lesson(lesson=lesson, by=course.instructor)
        return whole(quiz)


def whole(quiz: Quiz) -> Quiz:
    """Return the quiz as the gates do: fresh, with course, lesson and module."""
    return Quiz.objects.select_related("course__instructor", "lesson__module").get(pk=quiz.pk)


def add_one_of_each(quiz: Quiz) -> None:
    """Add a single choice (1 point), a multiple choice with part marks (2), and a true or false (1)."""
    add = services.add_question
    add(quiz=quiz, type="single_choice", text="What is the capital of Egypt?", options=CAPITALS,
        explanation="It has been since 969.")  # fmt: skip
    add(quiz=quiz, type="multiple_choice", text="Which of these are even?", options=EVEN, points=2,
        partial_credit=True, explanation="They can be halved.")  # fmt: skip
    add(quiz=quiz, type="true_false", text="The Nile flows north.", answer=True, explanation="Into the sea.")


def add_choices(quiz: Quiz, number: int) -> None:
    """Add so many single choices: the first and the last as staff do, those between as copies of its rows."""

    def add(n: int) -> Question:
        text = f"Question number {n}"
        return services.add_question(quiz=quiz, type="single_choice", text=text, options=CAPITALS)

    first = add(0)
    options = list(first.options.all())
    copies = [
        copy_of(first, position=first.position + n, text=f"Question number {n}") for n in range(1, number - 1)
    ]
    Question.objects.bulk_create(copies)
    QuestionOption.objects.bulk_create(
        copy_of(option, question_id=question.pk) for question in copies for option in options
    )
    if number > 1:
        add(number - 1)


def copy_of(row: Any, **changes: Any) -> Any:
    """Return a row that is like this one, not saved yet."""
    fields = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return type(row)(**{**fields, **changes})


def add_every_type(quiz: Quiz) -> None:
    """Add one question of each of the nine types; the essay and the second short answer wait for a person."""
    add = services.add_question
    add_one_of_each(quiz)
    add(quiz=quiz, type="short_answer", text="Who wrote the Book of Optics?",
        accepted_answers=["ابن الهيثم", "Ibn al-Haytham"], explanation="Around 1021.")  # fmt: skip
    add(quiz=quiz, type="numeric", text="How long is the Nile, in km?", numeric_value=6650, tolerance=1,
        tolerance_kind="percent", points=2, explanation="More or less.")  # fmt: skip
    add(quiz=quiz, type="matching", text="Match each country with its capital.", partial_credit=True, points=3,
        options=PAIRS, explanation="Wadi is nobody's.")  # fmt: skip
    add(quiz=quiz, type="ordering", text="Put these in order, the smallest first.", partial_credit=True, points=3,
        options=[OptionDraft(text) for text in ("one", "two", "three", "four")], explanation="By size.")  # fmt: skip
    add(quiz=quiz, type="fill_blank", text="The [[1]] is the [[2]] of the year.", partial_credit=True, points=2,
        accepted_answers=[["spring", "Spring time"], ["first season"]], explanation="It begins in March.")  # fmt: skip


PAIRS = [
    OptionDraft("Egypt", match_text="Cairo"),
    OptionDraft("Jordan", match_text="Amman"),
    OptionDraft("Syria", match_text="Damascus"),
    OptionDraft("", match_text="Wadi"),
]


def add_essay(quiz: Quiz, **fields: Any) -> Question:
    """Add an essay of 5 points (unless told otherwise): a person marks it."""
    fields = {"text": "Say what light is.", "points": 5, "min_words": 10, **fields}
    return services.add_question(quiz=quiz, type="essay", **fields)


class AttemptFactory(factory.django.DjangoModelFactory):
    """An attempt in progress, by a student enrolled for it. `answers="right"` answers and submits."""

    class Meta:
        model = Attempt

    quiz = factory.SubFactory(QuizFactory)

    @classmethod
    def _create(cls, model_class: type[Attempt], *args: Any, **kwargs: Any) -> Attempt:
        quiz, answers = kwargs.pop("quiz"), kwargs.pop("answers", None)
        enrollment = kwargs.pop("enrollment", None)
        if enrollment is None:
            person = {"student": kwargs["student"]} if "student" in kwargs else {}
            enrollment = EnrollmentFactory(course=quiz.course, **person)
        attempt = services.start_attempt(quiz=quiz, student=enrollment.student)
        if answers is not None:
            given = responses(attempt, right=answers == "right")
            sent = {question_id: services.Sent(response, 1) for question_id, response in given.items()}
            attempt = services.submit_attempt(attempt=attempt, by=enrollment.student, answers=sent)
        return attempt


def responses(attempt: Attempt, *, right: bool = True) -> dict[Any, dict[str, Any]]:
    """Return a response to each question that is wholly right, or wholly wrong."""
    drawn = read(attempt.layout)
    keys = keys_of(drawn)
    return {entry.question_id: response_to(entry, keys[entry.question_id][0], right=right) for entry in drawn}


def response_to(drawn: Drawn, key: Key, *, right: bool) -> dict[str, Any]:
    """Return a response by the key, or one that earns nothing."""
    if drawn.type in Question.CHOICES:
        places = sorted(key.right if right else set(range(1, key.size + 1)) - key.right)
        return {"options": places} if drawn.type == "multiple_choice" else {"option": places[0]}
    if drawn.type == "matching":
        letters = {place: min(fits) for place, fits in key.letters.items()}
        wrong = {place: min(set(drawn.letters) - fits) for place, fits in key.letters.items()}
        return {"pairs": {str(place): letter for place, letter in (letters if right else wrong).items()}}
    if drawn.type == "ordering":
        return {"order": list(key.order if right else reversed(key.order))}
    if drawn.type == "fill_blank":
        return {"blanks": [texts[0] if right else "nothing" for texts in key.accepted]}
    if drawn.type == "numeric":
        return {"text": str(key.value) if right else "-1"}
    return {"text": key.accepted[0][0] if right and key.accepted and key.accepted[0] else "Something."}


def answer_all(attempt: Attempt, *, right: bool = True) -> None:
    """Save an answer to each question."""
    for question_id, response in responses(attempt, right=right).items():
        services.save_answer(attempt=attempt, question_id=question_id, response=response, revision=1)


def fresh(enrollment: Enrollment) -> Enrollment:
    """Return the enrollment as it is now."""
    return Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)
