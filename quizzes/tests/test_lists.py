"""Lists of the admin: columns, filters, exports that equal the screen, and counts that cost the same for any number."""

import csv
import io
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db.models.signals import post_init
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import UserFactory
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.admin.attempts import QuizFilter
from quizzes.models import Answer, Attempt, Question, QuestionOption, Quiz
from quizzes.services import Grade, OptionDraft, add_question
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay, whole

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
ATTEMPTS = "admin:quizzes_attempt_changelist"


@pytest.fixture
def quiz():
    """A published quiz: one choice, one essay."""
    quiz = QuizFactory(draft=True, questions=1, title="Light")
    add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    return whole(quiz)


def table(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_of_quizzes_says_how_each_stands(quiz, login):
    AttemptFactory(quiz=quiz, answers="right")
    passed = AttemptFactory(
        quiz=QuizFactory(course=quiz.course, questions=1, title="Passed"), answers="right"
    )
    AttemptFactory(quiz=passed.quiz, answers="wrong")
    AttemptFactory(quiz=passed.quiz, answers="wrong")
    QuizFactory(course=quiz.course, questions=0, draft=True, title="Empty")
    browser = login(quiz.course.instructor)
    page = reverse("admin:quizzes_quiz_changelist")
    rows = {row.title: row for row in browser.get(page).context["cl"].result_list}
    facts = {
        title: (row.blocking, row.attempts_count, row.figures.pass_rate, row.figures.waiting)
        for title, row in rows.items()
    }
    assert facts["Light"] == (0, 1, None, 1)
    assert facts["Passed"][:2] == (0, 3) and float(facts["Passed"][2]) == 33.33
    assert facts["Empty"] == (1, 0, None, 0)

    def titles(**query):
        return {row.title for row in browser.get(page, query).context["cl"].result_list}

    assert titles(waiting="yes") == {"Light"}
    assert titles(waiting="no") == {"Passed", "Empty"}
    assert titles(is_published__exact=0) == {"Empty"}


def test_waiting_counts_are_of_ones_own_courses(quiz, max_queries):
    attempt = AttemptFactory(quiz=quiz, answers="right")
    other = QuizFactory(draft=True, questions=0)
    add_essay(other)
    services.publish_quiz(quiz=other)
    for _n in range(2):
        AttemptFactory(quiz=whole(other), answers="right")
    admin, teacher = UserFactory(role="admin"), quiz.course.instructor
    with max_queries(1):
        assert services.waiting_counts(admin) == {quiz.course_id: 1, other.course_id: 2}
    assert services.waiting_counts(teacher) == {quiz.course_id: 1}
    assert services.waiting_counts(attempt.enrollment.student) == {}
    essay = quiz.questions.get(type="essay")
    services.grade_attempt(attempt=attempt, grades=[Grade(essay.pk, essay.points)], by=teacher)
    assert services.waiting_counts(teacher) == {}


def test_the_list_of_attempts_filters_and_its_file_equals_it(quiz, login, max_queries):
    done = AttemptFactory(quiz=quiz, answers="right")
    student = type(done.enrollment.student).objects.filter(pk=done.enrollment.student_id)
    student.update(full_name='=HYPERLINK("x")')
    running = AttemptFactory(quiz=quiz)
    AttemptFactory(quiz=QuizFactory())  # somebody else's
    browser, page = login(quiz.course.instructor), reverse(ATTEMPTS)
    with max_queries(22):
        shown = browser.get(page).context["cl"].result_list
    assert {row.pk for row in shown} == {done.pk, running.pk}
    assert {(row.given, row.asked) for row in shown} == {(2, 2), (0, 2)}

    def found(**query):
        return {row.pk for row in browser.get(page, query).context["cl"].result_list}

    assert found(needs_manual_grading__exact=1) == {done.pk}
    assert found(status__exact="in_progress") == {running.pk}
    assert found(quiz=str(quiz.pk)) == {done.pk, running.pk}
    assert found(deadline="none") == {done.pk, running.pk}
    Attempt.objects.filter(pk=running.pk).update(deadline_at=timezone.now() + timedelta(hours=1))
    assert found(deadline="ahead") == {running.pk}
    export = reverse("admin:quizzes_attempt_export", args=["csv"])
    rows = table(browser.get(export, {"status__exact": "submitted"}))
    (row,) = rows
    assert row["Student"] == '\'=HYPERLINK("x")' and row["Quiz"] == "Light"
    assert (row["Answered"], row["Questions"], row["Result (%)"]) == ("2", "2", "")
    assert len(table(browser.get(export))) == 2
    book = browser.get(reverse("admin:quizzes_attempt_export", args=["xlsx"]))
    assert b"".join(book.streaming_content)[:2] == b"PK"
    assert browser.get(reverse("admin:quizzes_attempt_export", args=["pdf"])).status_code == 404


def test_answers_by_student_are_said_in_words(login):
    quiz = QuizFactory(title="Every type")
    attempt = AttemptFactory(quiz=quiz, answers="right")
    answer = login(quiz.course.instructor).get(reverse("admin:quizzes_attempt_export", args=["answers"]))
    rows = table(answer)
    assert [row["Answer"] for row in rows] == ["Cairo", "2 | 4", "True"]
    assert {row["Student"] for row in rows} == {attempt.enrollment.student.full_name}
    assert [row["Points"] for row in rows] == ["1.00", "2.00", "1.00"]


def test_the_api_filters_what_needs_grading(quiz, api):
    waiting = AttemptFactory(quiz=quiz, answers="right")
    AttemptFactory(quiz=quiz)
    client, address = api(quiz.course.instructor), f"{V1}/quizzes/{quiz.pk}/attempts"
    found = client.get(address, {"needs_grading": "true"}).json()["items"]
    assert [item["id"] for item in found] == [str(waiting.pk)]
    assert len(client.get(address, {"needs_grading": "false"}).json()["items"]) == 1


def test_the_grading_queue_costs_the_same_for_three_thousand(quiz, login, api, max_queries):
    """Submissions are made in bulk from one that a student made: what is measured is the reading."""
    first = AttemptFactory(quiz=quiz, answers="right")
    student = first.enrollment.student
    students = UserFactory._meta.model.objects.bulk_create(
        UserFactory._meta.model(
            email=f"s{n}@example.com", full_name=f"Student {n}", password=student.password
        )
        for n in range(3000)
    )
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(student=one, course=quiz.course, status="active", enrolled_at=timezone.now())
        for one in students
    )
    fields = {"quiz": quiz, "number": 1, "status": "submitted", "submitted_by": "student", "layout": first.layout,
              "passing_score": 60, "submitted_at": first.submitted_at, "needs_manual_grading": True}  # fmt: skip
    attempts = Attempt.objects.bulk_create(Attempt(enrollment=one, **fields) for one in enrollments)
    source = first.answers.get(question__type="essay")
    own = ("question_id", "response", "revision", "points_max", "graded_revision", "key_version")
    Answer.objects.bulk_create(
        Answer(attempt=one, **{name: getattr(source, name) for name in own}) for one in attempts
    )
    browser, teacher = login(quiz.course.instructor), quiz.course.instructor
    page = reverse("admin:quizzes_answer_changelist")
    with max_queries(8):
        assert browser.get(page).context["cl"].result_count == 3001
    with max_queries(8):
        assert api(teacher).get(f"{V1}/grading-queue", {"by": "question"}).json()["total"] == 3001
    with max_queries(14):
        shown = browser.get(reverse("admin:quizzes_answer_change", args=[source.pk]))
    assert shown.context["after_url"]
    assert services.waiting_counts(teacher) == {quiz.course_id: 3001}


def test_reported_time_is_kept_and_capped_by_the_clock(login, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    attempt = AttemptFactory(quiz=QuizFactory(questions=1))
    browser = login(attempt.enrollment.student)
    question = attempt.layout["questions"][0]["id"]

    def save(revision, seconds, status=200):
        sent = browser.put(
            f"{V1}/attempts/{attempt.pk}/answers/{question}",
            {"response": {"option": 1}, "revision": revision, "time_spent_seconds": seconds},
            content_type="application/json",
        )
        assert sent.status_code == status
        return Answer.objects.get(attempt=attempt).time_spent_seconds

    time_machine.move_to(start + timedelta(seconds=60), tick=False)
    assert save(1, 40) == 40
    assert save(2, 30) == 40  # another page counts from its own beginning
    assert save(3, 10**6) == 60
    assert save(2, 70, status=409) == 60  # an older answer changes nothing
    assert save(4, -1, status=422) == 60
    assert "time_spent_seconds" not in browser.get(f"{V1}/attempts/{attempt.pk}").text


def test_the_list_of_who_may_see_attempts_is_closed_to_others(quiz, login):
    AttemptFactory(quiz=quiz, answers="right")
    outsider = UserFactory(role="instructor")
    assert table(login(outsider).get(reverse("admin:quizzes_attempt_export", args=["csv"]))) == []
    student = EnrollmentFactory(course=quiz.course).student
    assert login(student).get(reverse("admin:quizzes_attempt_export", args=["csv"])).status_code in (302, 403)


@contextmanager
def rows_read():
    """The questions and options that are read meanwhile."""
    read = []

    def note(sender, instance, **_more):
        read.append(instance)

    for model in (Question, QuestionOption):
        post_init.connect(note, sender=model)
    try:
        yield read
    finally:
        for model in (Question, QuestionOption):
            post_init.disconnect(note, sender=model)


SOUND = [("Cairo", True), ("Giza", False)]
PAIR = OptionDraft("Egypt", match_text="Cairo")
DRAFTS = {
    "sound": [
        {"options": SOUND},
        {"type": "multiple_choice", "options": [("2", True), ("4", True)]},
        {"type": "true_false", "answer": True},
        {"type": "matching", "options": [PAIR, OptionDraft("Syria", match_text="Damascus")]},
        {"type": "ordering", "options": [OptionDraft("one"), OptionDraft("two")]},
        {"type": "numeric", "numeric_value": 4},
        {"type": "short_answer", "accepted_answers": ["Cairo"]},
        {"type": "essay"},
    ],
    "blanks": [
        {"type": "fill_blank", "text": "The [[1]] of [[2]].", "accepted_answers": [["end"], ["May"]]},
        {"type": "fill_blank", "text": "The [[1]] of [[3]].", "accepted_answers": [["end"], ["May"]]},
        {"type": "fill_blank", "text": "The [[1]] of [[2]].", "accepted_answers": [["end"], []]},
    ],
    "no_option": [{}, {"type": "multiple_choice", "options": [("One", True)]}],
    "not_right": [{"options": [("One", False), ("Two", False)]}, {"options": [("One", True), ("Two", True)]}],
    "same": [
        {"options": [("One", True), ("One", False)]},
        {"options": [("One lens", True), ("One  lens", False)]},
        {"options": [("One lens", True), ("One\nlens", False)]},
        {"type": "multiple_choice", "options": [("One lens", True), ("One\u2003lens", False)]},
        {"type": "ordering", "options": [OptionDraft("one"), OptionDraft("one"), OptionDraft("two")]},
        {"options": [("One lens", True), ("One  wall", False)]},
    ],
    "items": [
        {"type": "ordering", "options": [OptionDraft("one")]},
        {"type": "matching", "options": [PAIR, OptionDraft("", match_text="Aden")]},
        {"type": "matching", "options": [PAIR, OptionDraft("Syria")]},
        {"type": "matching", "options": [PAIR, OptionDraft("", match_text="Aden"), OptionDraft("", match_text="Bari"),
                                         OptionDraft("Syria", match_text="Damascus")]},
    ],
    "no_key": [{"type": "numeric"}, {"type": "short_answer"}, {"type": "short_answer", "needs_grader": True}],
}  # fmt: skip


def drafted(course, title, questions, **settings):
    quiz = QuizFactory(course=course, questions=0, draft=True, title=title)
    for fields in questions:
        add_question(quiz=quiz, **{"type": "single_choice", "text": "Which of them?", **fields})
    Quiz.objects.filter(pk=quiz.pk).update(**settings)
    return quiz


def test_the_list_counts_what_the_check_lists_find(login):
    course = CourseFactory()
    for title, questions in DRAFTS.items():
        drafted(course, title, questions)
    optics = [
        {"options": SOUND, "tags": ["optics", "easy"]},
        {"options": SOUND, "tags": ["OPTICS"], "points": 2},
    ]
    some = [*optics, {"options": SOUND, "tags": ["heat"]}, {"options": SOUND, "scoring": "excluded"}]
    rules = [{"tag": "optics", "count": 1}, {"tag": None, "count": 1}]
    drafted(course, "uneven", some, questions_per_attempt=2, draw_rules=rules)
    rules = [{"tag": "heat", "count": 2}, {"tag": None, "count": 1}]
    drafted(course, "too few", some, questions_per_attempt=3, draw_rules=rules)
    drafted(course, "mismatch", some, questions_per_attempt=9, draw_rules=rules)
    drafted(course, "too many", some, questions_per_attempt=4)
    drafted(course, "all left out", [{"options": SOUND, "scoring": "excluded"}], questions_per_attempt=1)
    drafted(course, "empty and over", [], available_until=timezone.now() - timedelta(days=1))
    page = login(course.instructor).get(reverse("admin:quizzes_quiz_changelist"))
    shown = {row.title: row.blocking for row in page.context["cl"].result_list}
    assert shown == {
        quiz.title: sum(problem.is_blocking for problem in quiz.problems()) for quiz in Quiz.objects.all()
    }
    assert [title for title, count in shown.items() if not count] == ["sound"] and shown["same"] == 5


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_quizzes_reads_doubtful_questions_alone(login, max_queries, count):
    """What is sound costs no row, however much of it there is; of published quizzes nothing is read at all."""
    course = CourseFactory()
    QuizFactory(course=course, questions=3)
    for n in range(count):
        drafted(course, f"sound {n}", DRAFTS["sound"] * count)
    browser, page = login(course.instructor), reverse("admin:quizzes_quiz_changelist")
    with rows_read() as read, max_queries(14):
        assert {row.blocking for row in browser.get(page).context["cl"].result_list} == {0}
    assert read == []
    drafted(course, "doubtful", [*DRAFTS["sound"], *DRAFTS["not_right"]])
    with rows_read() as read, max_queries(16):
        assert {row.blocking for row in browser.get(page).context["cl"].result_list} == {0, 2}
    assert len(read) == 2 + 4


def test_the_page_of_a_quiz_leads_to_its_own_attempts(quiz, login):
    """A title is no key: another quiz has the same one, a student's name says it, or it has no attempts yet."""
    mine = AttemptFactory(quiz=quiz)
    twin = QuizFactory(course=quiz.course, title=quiz.title)
    foreign = AttemptFactory(quiz=QuizFactory(title=quiz.title)).quiz
    browser, page = login(quiz.course.instructor), reverse(ATTEMPTS)

    def attempts_of(quiz):
        shown = browser.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).text
        (link,) = re.findall(rf'class="ab" href="({page}[^"]*)"', shown)
        return browser.get(link).context["cl"]

    def choices(listed):
        (offered,) = [spec.lookup_choices for spec in listed.filter_specs if isinstance(spec, QuizFilter)]
        return {value for value, _title in offered}

    assert {row.pk for row in attempts_of(quiz).result_list} == {mine.pk}
    empty = attempts_of(twin)
    assert list(empty.result_list) == []
    assert choices(empty) == {str(quiz.pk), str(twin.pk)}
    for unknown in (foreign.pk, "no-id"):
        listed = browser.get(page, {"quiz": unknown}).context["cl"]
        assert choices(listed) == {str(quiz.pk)}
        assert {row.pk for row in listed.result_list} == {mine.pk}
