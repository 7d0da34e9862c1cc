"""Authoring through the services: what is made, what raises the key's version, what is frozen, what is refused."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from courses import services as course_services
from courses.exceptions import LimitReached, NotPublishable, OrderMismatch
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.errors import DomainError
from quizzes import services
from quizzes.exceptions import LessonNotInCourse, LessonTaken, QuestionInUse, QuizHasAttempts
from quizzes.models import Question, Quiz
from quizzes.services import OptionDraft
from quizzes.tests.factories import AttemptFactory, QuizFactory, QuizLessonFactory

pytestmark = pytest.mark.django_db


def drafts(question, **changes):
    """Return the options of a question as an author would send them back; `changes` by text."""
    return [
        OptionDraft(o.text, changes.get(o.text, o.is_correct), o.feedback, o.pk)
        for o in question.options.order_by("position")
    ]


def codes(quiz):
    return {problem.code for problem in quiz.problems()}


def test_quizzes_stand_one_after_another():
    course = CourseFactory()
    first, second = (services.create_quiz(course=course, title=f"  Quiz {n} ") for n in (1, 2))
    assert [(quiz.title, quiz.position, quiz.is_published) for quiz in (first, second)] == [
        ("Quiz 1", 1, False), ("Quiz 2", 2, False),
    ]  # fmt: skip


def test_one_quiz_a_lesson_and_only_a_quiz_lesson_of_the_course(race):
    lesson, course = QuizLessonFactory(), CourseFactory()
    services.create_quiz(course=lesson.course, lesson=lesson, title="First")
    with pytest.raises(LessonTaken):
        services.create_quiz(course=lesson.course, lesson=lesson, title="Second")
    other = services.create_quiz(course=lesson.course, title="Third")
    with pytest.raises(LessonTaken):
        services.update_quiz(quiz=other, lesson=lesson)
    for wrong in (lesson, course.lessons.first()):
        with pytest.raises(LessonNotInCourse):
            services.create_quiz(course=course, lesson=wrong, title="Fourth")
    assert Quiz.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_authors_at_once_make_one_quiz(race):
    lesson = QuizLessonFactory()
    calls = [lambda: services.create_quiz(course=lesson.course, lesson=lesson, title="Mine")] * 8
    results = race(*calls)
    assert [type(result) for result in results].count(Quiz) == 1
    assert {type(result) for result in results} == {Quiz, LessonTaken}


@pytest.mark.parametrize(
    "settings",
    [{"title": "x"}, {"title": "\u202etitle"}, {"passing_score": Decimal("100.01")}, {"passing_score": -1},
     {"max_attempts": 0}, {"type": "exam"}, {"scoring_policy": "worst"}, {"review_policy": "after_all"},
     {"time_limit_minutes": 1441},
     {"retry_wait_minutes": -1},
     {"description": "x" * 1001}, {"instructions": "x" * 2001}],
)  # fmt: skip
def test_settings_out_of_range_are_refused(settings):
    quiz = QuizFactory()
    before = Quiz.objects.values().get()
    with pytest.raises(ValidationError):
        services.update_quiz(quiz=quiz, **settings)
    with pytest.raises(ValidationError):
        services.create_quiz(course=quiz.course, **{"title": "Fine", **settings})
    assert Quiz.objects.values().get() == before


def test_counters_follow_the_questions():
    quiz = QuizFactory(draft=True)
    assert (quiz.total_questions, quiz.total_points) == (3, 4)
    first = quiz.questions.first()
    services.update_question(question=first, points=Decimal("2.5"))
    quiz.refresh_from_db()
    assert quiz.total_points == Decimal("5.5")
    services.delete_question(question=first)
    quiz.refresh_from_db()
    assert (quiz.total_questions, quiz.total_points) == (2, 3)
    assert list(quiz.questions.values_list("position", flat=True)) == [1, 2]
    Quiz.objects.update(total_questions=9, total_points=9)
    services.recount_questions(quiz)
    quiz.refresh_from_db()
    assert (quiz.total_questions, quiz.total_points) == (2, 3)


def test_true_and_false_are_written_by_the_system():
    arabic = QuizFactory(draft=True, course__language="ar")
    options = arabic.questions.get(type="true_false").options.order_by("position")
    assert list(options.values_list("is_correct", flat=True)) == [True, False]
    english = QuizFactory(draft=True)
    question = services.add_question(
        quiz=english,
        type="true_false",
        text="Water is dry.",
        options=[("no", False, "Really?"), ("yes", True, "")],
    )
    rows = question.options.order_by("position").values_list("text", "is_correct", "feedback")
    assert list(rows) == [("True", False, "Really?"), ("False", True, "")]
    assert set(options.values_list("text", flat=True)).isdisjoint({"True", "False"})
    ids = set(question.options.values_list("pk", flat=True))
    changed = services.update_question(question=question, answer=True)
    assert set(changed.options.values_list("pk", flat=True)) == ids and changed.key_version == 2
    with pytest.raises(DomainError, match="cannot be used"):
        services.update_question(question=question, options=[("one", True, "")])


@pytest.mark.parametrize(
    ("change", "version"),
    [
        (lambda q: {"text": "What is the capital city?"}, 1),
        (lambda q: {"explanation": "Since long ago."}, 1),
        (
            lambda q: {
                "options": [draft._replace(text=f"{draft.text}!", feedback="So?") for draft in drafts(q)]
            },
            1,
        ),
        (lambda q: {"options": drafts(q, Cairo=False, Giza=True)}, 2),
        (lambda q: {"points": 3}, 2),
    ],
)
def test_only_a_changed_key_raises_its_version(change, version):
    question = AttemptFactory().quiz.questions.get(type="single_choice")
    assert services.update_question(question=question, **change(question)).key_version == version


def test_the_shape_of_a_met_question_stays():
    attempt = AttemptFactory()
    question = attempt.quiz.questions.get(type="single_choice")
    before = Question.objects.values().get(pk=question.pk), list(question.options.values())
    for change in (
        {"type": "multiple_choice"},
        {"options": drafts(question)[:2]},
        {"options": [*drafts(question), OptionDraft("Luxor")]},
        {"options": [draft._replace(id=None) for draft in drafts(question)]},
    ):
        with pytest.raises(QuestionInUse):
            services.update_question(question=question, **change)
    with pytest.raises(QuestionInUse):
        services.delete_question(question=question)
    with pytest.raises(QuizHasAttempts):
        services.delete_quiz(quiz=attempt.quiz)
    assert (Question.objects.values().get(pk=question.pk), list(question.options.values())) == before


def test_a_met_question_stays_whole_even_in_a_quiz_taken_back():
    attempt = AttemptFactory()
    services.unpublish_quiz(quiz=attempt.quiz)
    question = attempt.quiz.questions.get(type="single_choice")
    with pytest.raises(NotPublishable):
        services.update_question(question=question, options=drafts(question, Cairo=False))
    assert question.options.filter(is_correct=True).count() == 1


def test_a_draft_may_be_incomplete_and_a_published_quiz_may_not():
    draft = QuizFactory(draft=True)
    services.add_question(quiz=draft, type="single_choice", text="Which one?", options=[("This", False, "")])
    assert codes(draft) >= {"too_few_options"}
    with pytest.raises(NotPublishable):
        services.publish_quiz(quiz=draft)
    quiz = QuizFactory()
    with pytest.raises(NotPublishable):
        services.add_question(quiz=quiz, type="single_choice", text="Which one?")
    with pytest.raises(NotPublishable):
        [services.delete_question(question=question) for question in quiz.questions.all()]
    assert quiz.questions.count() == 1  # the last one stays
    draft.refresh_from_db()
    assert not draft.is_published


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("single_choice", [("a", True, "")], "too_few_options"),
        ("single_choice", [("a", False, ""), ("b", False, "")], "no_right_option"),
        ("single_choice", [("a", True, ""), ("b", True, "")], "no_wrong_option"),
        ("single_choice", [("a", True, ""), (" a ", False, "")], "duplicate_options"),
        ("multiple_choice", [("a", False, ""), ("b", False, "")], "no_right_option"),
        ("true_false", [], "no_right_option"),
    ],
)
def test_what_is_wrong_with_a_question(kind, options, code):
    quiz = QuizFactory(draft=True, questions=0, type="practice")
    assert codes(quiz) == {"no_questions"}
    question = services.add_question(quiz=quiz, type=kind, text="Which of these?", options=options)
    (problem,) = [problem for problem in quiz.problems() if problem.is_blocking]
    assert (problem.code, problem.target) == (code, question)
    assert problem.url.endswith(f"/change/#question-{question.pk}")


def test_warnings_do_not_block():
    quiz = QuizFactory(draft=True, questions=3, max_attempts=2)
    assert codes(quiz) == {"key_before_retry", "same_place"}
    services.publish_quiz(quiz=quiz)
    services.update_quiz(quiz=quiz, shuffle_options=True, review_policy="after_pass")
    assert codes(quiz) == set()


def test_limits():
    quiz = QuizFactory(draft=True, questions=0)
    Question.objects.bulk_create(
        Question(quiz=quiz, type="true_false", text="Is it so?", position=n + 1)
        for n in range(Quiz.MAX_QUESTIONS)
    )
    with pytest.raises(LimitReached):
        services.add_question(quiz=quiz, type="true_false", text="One too many?", answer=True)
    assert "draw_too_large" in codes(quiz)
    with pytest.raises(DomainError, match="cannot be used"):
        services.update_question(
            question=Question(pk=quiz.questions.first().pk, quiz=quiz),
            type="single_choice",
            options=[(f"{n}", n == 0, "") for n in range(21)],
        )


def test_reordering_wants_every_question_once():
    quiz = QuizFactory()
    ids = list(quiz.questions.values_list("pk", flat=True))
    for wrong in (ids[:2], [*ids, ids[0]], [ids[0]] * 3, []):
        with pytest.raises(OrderMismatch):
            services.reorder_questions(quiz=quiz, ids=wrong)
    services.reorder_questions(quiz=quiz, ids=[ids[2], ids[0], ids[1]])
    assert list(quiz.questions.values_list("pk", "position")) == [(ids[2], 1), (ids[0], 2), (ids[1], 3)]


def test_publishing_is_audited_counted_and_harmless_twice(instructor):
    quiz = QuizFactory(draft=True, course__instructor=instructor)
    for verb, count in ((services.publish_quiz, 1), (services.unpublish_quiz, 0)):
        for _twice in range(2):
            verb(quiz=quiz, by=instructor)
        quiz.course.refresh_from_db()
        assert quiz.course.quiz_count == count
    rows = AuditEntry.objects.filter(action__startswith="quiz.").order_by("at")
    assert list(rows.values_list("action", "actor")) == [
        ("quiz.published", instructor.pk), ("quiz.unpublished", instructor.pk),
    ]  # fmt: skip


def test_a_quiz_lesson_is_published_with_its_quiz_only():
    lesson = QuizLessonFactory()
    with pytest.raises(NotPublishable) as refusal:
        course_services.publish_lesson(lesson=lesson, by=lesson.course.instructor)
    assert [error.code for error in refusal.value.errors] == ["quiz_not_published"]
    assert refusal.value.errors[0].extra["url"].endswith(f"/admin/quizzes/quiz/add/?lesson={lesson.pk}")
    quiz = QuizFactory(course=lesson.course, lesson=lesson, draft=True)
    with pytest.raises(NotPublishable) as refusal:
        course_services.publish_lesson(lesson=lesson, by=lesson.course.instructor)
    assert refusal.value.errors[0].extra["url"].endswith(f"/admin/quizzes/quiz/{quiz.pk}/change/")
    services.publish_quiz(quiz=quiz)
    course_services.publish_lesson(lesson=lesson, by=lesson.course.instructor)
    lesson.refresh_from_db()
    assert lesson.is_published


@pytest.mark.django_db(transaction=True)
def test_an_author_and_a_start_at_once_leave_whole_attempts(race):
    quiz = QuizFactory(questions=2)
    people = [EnrollmentFactory(course=quiz.course).student for _n in range(6)]
    question = quiz.questions.first()

    def start(person):
        return lambda: services.start_attempt(
            quiz=Quiz.objects.select_related("course", "lesson").get(pk=quiz.pk), student=person
        )

    def author():
        services.update_question(question=Question.objects.select_related("quiz__course").get(pk=question.pk),
                                 options=drafts(question)[:2])  # fmt: skip

    results = race(author, *[start(person) for person in people])
    assert {type(result) for result in results if isinstance(result, Exception)} <= {QuestionInUse}
    present = {str(pk) for pk in question.options.values_list("pk", flat=True)}
    for attempt in results[1:]:
        drawn = next(entry for entry in attempt.layout["questions"] if entry["id"] == str(question.pk))
        assert set(drawn["options"]) == present
