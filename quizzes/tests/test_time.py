"""The server keeps the time: deadlines, grace, windows, waits, extra time, what comes late, and what is shown when."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Accommodation, AuditEntry
from enrollments.models import LessonProgress
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.errors import DomainError
from quizzes import services, tasks
from quizzes.exceptions import AttemptClosed, InvalidStatus
from quizzes.models import Answer, Attempt, QuestionOption
from quizzes.permissions import can_start
from quizzes.tests.factories import AttemptFactory, QuizFactory, whole
from quizzes.timing import Allowance, deadline_of

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
NINE = datetime(2030, 5, 6, 9, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def clock():
    """Return a clock that stands at nine until it is moved."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def first(attempt):
    return uuid.UUID(attempt.layout["questions"][0]["id"])


def save(attempt, response=None, revision=1):
    return services.save_answer(
        attempt=attempt, question_id=first(attempt), response=response or {"option": 1}, revision=revision
    )


def grant(user, factor="1.50", attempts=0):
    Accommodation.objects.create(user=user, time_factor=Decimal(factor), extra_attempts=attempts)


@pytest.mark.parametrize(
    ("limit", "factor", "until", "deadline"),
    [
        (30, 1, None, 30), (30, 1.5, None, 45), (25, 1.25, None, 32), (None, 2, None, None), (None, 2, 60, 60),
        (30, 1, 20, 20), (30, 1.5, 20, 35), (30, 1.5, 30, 45), (30, 1.5, 60, 45),
    ],
)  # fmt: skip
def test_the_deadline_is_the_earlier_and_never_cuts_extra_time(clock, limit, factor, until, deadline):
    quiz = QuizFactory(
        time_limit_minutes=limit, available_until=NINE + until * MINUTE if until else None, questions=1
    )
    row = EnrollmentFactory(course=quiz.course)
    grant(row.student, f"{factor}")
    attempt = AttemptFactory(quiz=quiz, enrollment=row)
    assert attempt.deadline_at == (None if deadline is None else NINE + deadline * MINUTE)


def test_extra_time_is_said_everywhere_and_can_be_switched_off(login, clock):
    quiz = QuizFactory(time_limit_minutes=30, max_attempts=1, questions=1)
    row = EnrollmentFactory(course=quiz.course)
    grant(row.student, attempts=1)
    browser = login(row.student)
    assert "45 minutes, extended from 30" in browser.get(quiz.get_absolute_url()).text
    mine = browser.get(f"{V1}/quizzes/{quiz.pk}").json()["my"]
    assert (mine["minutes"], mine["extended_from"], mine["attempts_left"]) == (45, 30, 2)
    attempt = AttemptFactory(quiz=whole(quiz), enrollment=row)
    shown = browser.get(f"{V1}/attempts/{attempt.pk}").json()
    assert shown["deadline_at"] == "2030-05-06T09:45:00Z"
    page = browser.get(attempt.get_absolute_url()).text
    assert 'data-timer data-deadline="2030-05-06T' in page
    services.update_quiz(quiz=quiz, apply_accommodations=False)
    assert "extended from" not in browser.get(quiz.get_absolute_url()).text
    assert browser.get(f"{V1}/attempts/{attempt.pk}").json()["deadline_at"] == "2030-05-06T09:45:00Z"
    services.submit_attempt(attempt=attempt, by=row.student)
    assert can_start(whole(quiz), row.student).code == "attempts_exhausted"


def test_the_night_the_clocks_go_back_is_an_hour_longer_and_the_exam_is_not():
    night = datetime(2030, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    quiz = QuizFactory(draft=True, questions=1, time_limit_minutes=60)
    deadline = deadline_of(quiz, Allowance(60), night.astimezone(UTC))
    assert deadline - night.astimezone(UTC) == timedelta(hours=1)


@pytest.mark.parametrize(("seconds", "counts"), [(-1, True), (29, True), (31, False)])
def test_arrival_around_the_deadline(login, clock, seconds, counts):
    attempt = AttemptFactory(quiz=QuizFactory(time_limit_minutes=30, questions=1))
    browser = login(attempt.enrollment.student)
    clock.move_to(NINE + 30 * MINUTE + seconds * SECOND)
    url = f"{V1}/attempts/{attempt.pk}/answers/{first(attempt)}"
    answer = browser.put(url, {"response": {"option": 1}, "revision": 1}, content_type="application/json")
    row = Answer.objects.get()
    attempt.refresh_from_db()
    if counts:
        assert (answer.status_code, row.response, attempt.status) == (200, {"option": 1}, "in_progress")
        assert answer.json()["deadline_at"] == "2030-05-06T09:30:00Z"
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "attempt_closed")
    assert (answer.json()["submitted_at"], answer.json()["submitted_by"]) == (
        "2030-05-06T09:30:00+00:00",
        "deadline",
    )
    assert (row.response, row.late_response, row.points_earned) == (None, {"option": 1}, 0)
    assert (attempt.status, attempt.submitted_by) == ("graded", "deadline")
    assert attempt.submitted_at == NINE + 30 * MINUTE


def test_only_the_first_late_answer_is_kept_and_only_for_a_day(clock):
    attempt = AttemptFactory(quiz=QuizFactory(time_limit_minutes=30, questions=1))
    save(attempt)
    clock.move_to(NINE + 31 * MINUTE)
    for revision, place in ((1, 1), (2, 2), (3, 3)):  # what was saved before is not late
        with pytest.raises(AttemptClosed):
            save(attempt, {"option": place}, revision)
    assert Answer.objects.get().late_response == {"option": 2}
    Answer.objects.update(late_response=None, late_at=None)
    clock.move_to(NINE + timedelta(days=2))
    with pytest.raises(AttemptClosed):
        save(attempt, {"option": 2}, 5)
    row = Answer.objects.get()
    assert (row.late_response, row.late_at, row.response, row.revision) == (None, None, {"option": 1}, 1)


def test_a_late_submit_closes_with_what_was_saved(login, clock):
    attempt = AttemptFactory(quiz=QuizFactory(time_limit_minutes=30, questions=1))
    save(attempt)
    clock.move_to(NINE + 40 * MINUTE)
    sent = {"answers": [{"question": str(first(attempt)), "response": {"option": 2}, "revision": 9}]}
    browser = login(attempt.enrollment.student)
    for _n in range(2):
        done = browser.post(f"{V1}/attempts/{attempt.pk}/submit", sent, content_type="application/json")
        assert (done.status_code, done.json()["submitted_by"], done.json()["percentage"]) == (
            200,
            "deadline",
            100,
        )
    row = Answer.objects.get()
    assert (row.response, row.late_response) == ({"option": 1}, {"option": 2})


def test_nobody_comes_back_and_the_server_submits(clock):
    quiz = QuizFactory(time_limit_minutes=30, questions=1, lesson=True)
    gone, free = AttemptFactory(quiz=quiz), AttemptFactory(quiz=QuizFactory(questions=1))
    save(gone)
    tasks.submit_overdue_attempts()
    assert Attempt.objects.in_progress().count() == 2
    clock.move_to(NINE + 40 * MINUTE)
    for _n in range(2):  # two beats, or one twice
        tasks.submit_overdue_attempts()
    gone.refresh_from_db()
    free.refresh_from_db()
    assert (gone.status, gone.submitted_by, gone.percentage) == ("graded", "deadline", 100)
    assert gone.submitted_at == NINE + 30 * MINUTE and gone.counted_at is None and free.is_open
    tasks.count_results()
    assert LessonProgress.objects.filter(status="completed").count() == 1


def test_one_bad_attempt_stops_no_other(clock, monkeypatch):
    attempts = [AttemptFactory(quiz=QuizFactory(time_limit_minutes=30, questions=1)) for _n in range(2)]
    Attempt.objects.filter(pk=attempts[0].pk).update(
        layout={"questions": [{"no": "id"}]}, deadline_at=NINE + MINUTE
    )
    clock.move_to(NINE + 40 * MINUTE)
    assert services.submit_overdue_attempts() == 1
    assert Attempt.objects.get(pk=attempts[0].pk).is_open  # and nothing of it is half done
    assert Attempt.objects.get(pk=attempts[1].pk).is_graded


@pytest.mark.parametrize("door", ["detail", "take", "submit", "result", "api", "start"])
def test_every_door_closes_what_is_overdue(login, clock, door):
    attempt = AttemptFactory(quiz=QuizFactory(time_limit_minutes=30, max_attempts=1, questions=1))
    clock.move_to(NINE + 40 * MINUTE)
    browser = login(attempt.enrollment.student)
    args = [attempt.quiz_id, attempt.number]
    calls = {
        "detail": lambda: browser.get(attempt.quiz.get_absolute_url()),
        "take": lambda: browser.get(reverse("quizzes:take_quiz", args=args)),
        "submit": lambda: browser.get(reverse("quizzes:submit_attempt", args=args)),
        "result": lambda: browser.get(reverse("quizzes:attempt_result", args=args)),
        "api": lambda: browser.get(f"{V1}/attempts/{attempt.pk}"),
        "start": lambda: browser.post(reverse("quizzes:start_attempt", args=args[:1])),
    }
    assert calls[door]().status_code in (200, 302)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_by, Attempt.objects.count()) == ("graded", "deadline", 1)


def test_windows_and_waits(login, clock):
    quiz = QuizFactory(
        available_from=NINE + 10 * MINUTE,
        available_until=NINE + 60 * MINUTE,
        retry_wait_minutes=20,
        questions=1,
    )
    row = EnrollmentFactory(course=quiz.course)
    client = login(row.student)

    def start():
        answer = client.post(f"{V1}/quizzes/{quiz.pk}/attempts", {}, content_type="application/json")
        return answer.status_code, answer.json().get("code"), answer.json().get("available_at")

    assert start() == (409, "quiz_not_open", "2030-05-06T09:10:00+00:00")
    assert "You can start from" in client.get(quiz.get_absolute_url()).text
    clock.move_to(NINE + 10 * MINUTE)
    assert start()[0] == 201 and start()[0] == 200
    services.submit_attempt(attempt=Attempt.objects.select_related("enrollment").get(), by=row.student)
    assert start() == (409, "retry_wait", "2030-05-06T09:30:00+00:00")
    clock.move_to(NINE + 30 * MINUTE)
    assert start()[0] == 201
    clock.move_to(NINE + 61 * MINUTE)
    assert start() == (409, "quiz_closed", None)
    assert Attempt.objects.count() == 2


def test_staff_give_minutes_to_all_or_to_one(api, clock, instructor):
    quiz = QuizFactory(time_limit_minutes=30, questions=1, course__instructor=instructor)
    attempts = [AttemptFactory(quiz=quiz) for _n in range(2)]
    done = AttemptFactory(quiz=quiz, answers="right")
    client = api(instructor)
    given = client.post(
        f"{V1}/quizzes/{quiz.pk}/extend", {"minutes": 10, "reason": "Fire alarm"}, format="json"
    )
    assert given.json() == {"attempts": 2}
    one = client.post(
        f"{V1}/attempts/{attempts[0].pk}/extend", {"minutes": 5, "reason": "Fire alarm"}, format="json"
    )
    assert one.json()["deadline_at"] == "2030-05-06T09:45:00Z"
    deadlines = [Attempt.objects.get(pk=row.pk).deadline_at for row in [*attempts, done]]
    assert deadlines == [NINE + 45 * MINUTE, NINE + 40 * MINUTE, NINE + 30 * MINUTE]
    assert set(AuditEntry.objects.filter(action__endswith="extended").values_list("action", flat=True)) == {
        "quiz.extended", "attempt.extended",
    }  # fmt: skip
    refused = client.post(
        f"{V1}/attempts/{done.pk}/extend", {"minutes": 5, "reason": "Fire alarm"}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_status")
    for minutes, reason in ((0, "Fire alarm"), (241, "Fire alarm"), (5, "  x ")):
        with pytest.raises(DomainError):
            services.extend_quiz(quiz=quiz, minutes=minutes, reason=reason, by=instructor)
    with pytest.raises(InvalidStatus):
        free = AttemptFactory(quiz=QuizFactory(questions=1))
        services.extend_attempt(attempt=free, minutes=5, reason="None running", by=instructor)
    clock.move_to(NINE + 41 * MINUTE)  # given minutes win over the clock
    assert services.submit_overdue_attempts() == 1
    assert Attempt.objects.get(pk=attempts[0].pk).is_open


def test_the_admin_gives_minutes(login, clock):
    quiz = QuizFactory(time_limit_minutes=30, questions=1)
    attempt = AttemptFactory(quiz=quiz)
    browser = login(quiz.course.instructor)
    assert "1 attempt is running." in browser.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).text
    verbs = reverse("admin:quizzes_quiz_verbs", args=[quiz.pk])
    browser.post(verbs, {"verb": "extend", "minutes": "x", "reason": "Fire alarm"})
    assert Attempt.objects.get().deadline_at == NINE + 30 * MINUTE
    browser.post(verbs, {"verb": "extend", "minutes": "10", "reason": "Fire alarm"})
    assert Attempt.objects.get(pk=attempt.pk).deadline_at == NINE + 40 * MINUTE


def test_a_closing_time_ends_attempts_without_a_deadline(clock):
    quiz = QuizFactory(questions=1)
    attempt = AttemptFactory(quiz=quiz)
    services.update_quiz(quiz=quiz, available_until=NINE + 2 * MINUTE)
    attempt.refresh_from_db()
    assert attempt.deadline_at == NINE + 5 * MINUTE
    services.update_quiz(quiz=quiz, available_until=NINE + 90 * MINUTE, time_limit_minutes=1)
    attempt.refresh_from_db()
    assert attempt.deadline_at == NINE + 5 * MINUTE


def test_settings_of_time_are_checked():
    quiz = QuizFactory(
        draft=True, show_score_immediately=False, available_until=datetime(2020, 1, 1, tzinfo=UTC)
    )
    assert {problem.code for problem in quiz.problems() if problem.is_blocking} == {"window_over"}
    services.update_quiz(quiz=quiz, available_until=None)
    assert {problem.code for problem in quiz.problems() if problem.is_blocking} == {"close_date_needed"}
    for year in (1, 1999, 9000, 9999):  # other time zones would leave the calendar
        with pytest.raises(Exception, match="between the years"):
            services.update_quiz(quiz=quiz, available_until=datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    with pytest.raises(Exception, match="closes before it opens"):
        services.update_quiz(quiz=quiz, available_from=NINE, available_until=NINE)


def withheld(browser, quiz, attempt):
    """Return whether any page or endpoint of the student tells score or pass."""
    shown = browser.get(f"{V1}/attempts/{attempt.pk}").json()
    listed = browser.get(f"{V1}/quizzes/{quiz.pk}/attempts").json()["items"][0]
    pages = [quiz.get_absolute_url(), reverse("quizzes:attempt_result", args=[quiz.pk, attempt.number]),
             reverse("enrollments:lesson", args=[quiz.course.slug, quiz.lesson.slug])]  # fmt: skip
    texts = [browser.get(page).text for page in pages]
    told = ["100%" in text or "badge--good" in text or "Not passed" in text for text in texts]
    facts = {"score", "percentage", "is_passed", "max_score", "graded_at"}
    mine = browser.get(f"{V1}/quizzes/{quiz.pk}").json()["my"]["result"]
    return not any(told) and mine is None and not facts & (set(shown) | set(listed))


@pytest.mark.parametrize("policy", ["never", "after_submit", "after_pass", "after_close"])
def test_scores_that_wait_say_nothing_early(login, clock, policy):
    quiz = QuizFactory(
        lesson=True, show_score_immediately=False, review_policy=policy, time_limit_minutes=30,
        available_until=NINE + 30 * MINUTE, course__is_sequential=False,
    )  # fmt: skip
    late = EnrollmentFactory(course=quiz.course)
    grant(late.student)
    done, running = AttemptFactory(quiz=quiz, answers="right"), AttemptFactory(quiz=quiz, enrollment=late)
    browser, row = login(done.enrollment.student), done.enrollment
    for minutes in (1, 31, 44):  # closed for most, and still open for one
        clock.move_to(NINE + minutes * MINUTE)
        tasks.count_results()
        assert withheld(browser, quiz, done)
        assert services.results_for([row.pk]) == {} and services.quiz_averages([row.pk]) == {row.pk: None}
        assert not LessonProgress.objects.filter(status="completed").exists()
        shown = browser.get(f"{V1}/attempts/{done.pk}").json()
        assert shown["result_available_at"] == "2030-05-06T09:30:00Z"
        assert not {"points_earned", "expected", "explanation"} & {
            n for q in shown.get("questions", []) for n in q
        }
    clock.move_to(NINE + 46 * MINUTE)
    tasks.submit_overdue_attempts()
    tasks.count_results()
    assert not withheld(browser, quiz, done)
    assert services.quiz_averages([row.pk]) == {row.pk: 100} and Attempt.objects.get(pk=running.pk).is_graded
    shown = browser.get(f"{V1}/attempts/{done.pk}").json()
    assert shown["percentage"] == 100 and (
        ("points_earned" in shown["questions"][0]) if policy != "never" else True
    )
    assert LessonProgress.objects.filter(status="completed", enrollment=row).count() == 1


def test_staff_see_what_came_late_wherever_they_look_and_students_nowhere(login, api, clock):
    quiz = QuizFactory(time_limit_minutes=30, questions=1)
    attempt = AttemptFactory(quiz=quiz)
    clock.move_to(NINE + 31 * MINUTE)
    with pytest.raises(AttemptClosed):
        save(attempt, {"option": 1})
    option = QuestionOption.objects.get(pk=attempt.layout["questions"][0]["options"][0])
    staff, browser = api(quiz.course.instructor), login(quiz.course.instructor)
    (late,) = staff.get(f"{V1}/attempts/{attempt.pk}").json()["late"]
    assert late == {
        "question": str(first(attempt)), "number": 1, "response": {"option": 1}, "late_at": "2030-05-06T09:31:00Z",
    }  # fmt: skip
    answer = attempt.answers.get()
    for page in (
        browser.get(reverse("admin:quizzes_attempt_change", args=[attempt.pk])).text,
        browser.get(reverse("admin:quizzes_answer_change", args=[answer.pk])).text,
    ):
        said = page[page.index("Came late") :][:600]
        assert option.text in said and "{'option'" not in page
    mine = api(attempt.enrollment.student)
    assert "late" not in mine.get(f"{V1}/attempts/{attempt.pk}").json()
    page = reverse("quizzes:attempt_result", args=[quiz.pk, 1])
    assert "Came late" not in login(attempt.enrollment.student).get(page).text
