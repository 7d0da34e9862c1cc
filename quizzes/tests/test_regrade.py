"""A key changed after students sat the quiz: who gains and who loses is shown first, and a pass is not taken away."""

from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from enrollments.models import LessonProgress
from lms.lib.errors import DomainError
from quizzes import services, tasks
from quizzes.exceptions import NothingToRegrade, PreviewStale, RegradeRunning
from quizzes.models import Answer, Attempt, Question
from quizzes.services import Grade, OptionDraft
from quizzes.services.regrade import CHUNK
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def turn(question, *right):
    """Make the options at these places (1…n) the right ones."""
    options = [
        OptionDraft(option.text, place in right, option.feedback, option.pk)
        for place, option in enumerate(question.options.order_by("position"), start=1)
    ]
    return services.update_question(question=question, options=options)


def sitting(quiz, *places, submit=True):
    """Sit the quiz with the options at these places chosen."""
    attempt = AttemptFactory(quiz=quiz)
    for question, place in zip(quiz.questions.order_by("position"), places, strict=True):
        services.save_answer(attempt=attempt, question_id=question.pk, response={"option": place}, revision=1)
    return services.submit_attempt(attempt=attempt, by=attempt.enrollment.student) if submit else attempt


def order(quiz, **how):
    """Look at the preview, then order what it says."""
    shown = services.preview_regrade(quiz, **how)
    services.order_regrade(
        quiz=quiz, token=shown.token, reason="The key was wrong", by=quiz.course.instructor, **how
    )
    return shown


def facts(attempt):
    row = Attempt.objects.get(pk=attempt.pk)
    return row.percentage, row.is_passed, row.pass_kept


@pytest.fixture
def world():
    """Two questions of a point, pass mark 60: one student has both right, one none, one waits in the middle."""
    quiz = QuizFactory(questions=2, lesson=True)
    winner, loser = sitting(quiz, 1, 1), sitting(quiz, 2, 2)
    running = sitting(quiz, 2, 1, submit=False)
    return quiz, winner, loser, running


def test_nothing_changed_nothing_to_do(world):
    quiz, *_rest = world
    state = services.regrade_state(quiz)
    assert (state.behind, state.running, state.other_pass_mark) == (0, 0, 0)
    with pytest.raises(NothingToRegrade):
        order(quiz)


def test_a_preview_says_who_gains_and_who_loses_and_changes_nothing(world):
    quiz, winner, loser, _running = world
    for question in quiz.questions.all():
        turn(question, 2)
    before = list(Answer.objects.order_by("pk").values())
    shown = services.preview_regrade(quiz)
    assert (shown.attempts, shown.waiting, shown.up, shown.down) == (2, 0, 1, 1)
    assert (shown.newly_passed, shown.would_lose_pass) == (1, 1)
    assert [(change.attempt.pk, change.before, change.after) for change in shown.changes] == [
        (winner.pk, 100, 0), (loser.pk, 0, 100),
    ]  # fmt: skip
    assert list(Answer.objects.order_by("pk").values()) == before
    assert services.regrade_state(quiz).behind == 2


def test_applied_is_what_was_shown_and_a_pass_is_kept(world, django_capture_on_commit_callbacks):
    quiz, winner, loser, running = world
    for question in quiz.questions.all():
        turn(question, 2)
    with django_capture_on_commit_callbacks(execute=True):
        order(quiz)
    assert facts(winner) == (0, True, True) and facts(loser) == (100, True, False)
    row = Attempt.objects.get(pk=loser.pk)
    assert row.counted_at is not None and row.regrade_order is None
    assert LessonProgress.objects.get(enrollment=loser.enrollment).status == "completed"
    assert set(Answer.objects.exclude(attempt=running).values_list("key_version", flat=True)) == {2}
    assert services.check_quiz_drift() == []
    entry = AuditEntry.objects.get(action="attempt.regraded", target_id=str(winner.pk))
    assert entry.actor == quiz.course.instructor
    assert entry.data["percentage"] == ["100.00", "0.00"] and entry.data["pass_kept"] == [False, True]
    assert AuditEntry.objects.get(action="quiz.regraded").data["reason"] == "The key was wrong"
    closed = services.submit_attempt(attempt=running, by=running.enrollment.student)
    assert closed.percentage == 50  # the running one met the present key
    with pytest.raises(NothingToRegrade):
        order(quiz)
    assert services.results_for([winner.enrollment])[winner.enrollment_id, quiz.pk].is_passed


def test_a_pass_is_taken_where_staff_say_so(world):
    quiz, winner, *_rest = world
    turn(quiz.questions.first(), 2)
    order(quiz, allow_unpass=True)
    assert services.regrade_ordered() == 3
    assert facts(winner) == (50, False, False)


def test_a_kept_pass_stays_through_marks_and_another_regrade(world):
    quiz, winner, *_rest = world
    first, second = quiz.questions.order_by("position")
    turn(first, 2)
    order(quiz)
    services.regrade_ordered()
    turn(second, 2)
    order(quiz)
    services.regrade_ordered()
    assert facts(winner) == (0, True, True)
    row = Attempt.objects.select_related("quiz__lesson", "quiz__course", "enrollment__course").get(
        pk=winner.pk
    )
    services.grade_attempt(
        attempt=row,
        grades=[Grade(first.pk, Decimal(0), "Sorry.")],
        by=quiz.course.instructor,
        reason="A note",
    )
    assert facts(winner) == (0, True, True) and services.check_quiz_drift() == []
    turn(first, 1)
    turn(second, 1)
    order(quiz)
    services.regrade_ordered()
    assert facts(winner) == (50, True, True)  # the first answer has the marks of a person
    services.reopen_attempt(attempt=Attempt.objects.get(pk=winner.pk), minutes=5, reason="Again",
                            by=quiz.course.instructor)  # fmt: skip
    assert facts(winner) == (None, None, False)


def test_a_key_that_changes_makes_the_preview_stale(world):
    quiz, winner, *_rest = world
    turn(quiz.questions.first(), 2)
    shown = services.preview_regrade(quiz)
    turn(quiz.questions.last(), 2)
    how = {"quiz": quiz, "reason": "The key was wrong", "by": quiz.course.instructor}
    for wrong in ({}, {"allow_unpass": True}, {"use_current_passing_score": True}):
        with pytest.raises(PreviewStale):
            services.order_regrade(token=shown.token, **how, **wrong)
    assert facts(winner) == (100, True, False) and not Attempt.objects.being_regraded().exists()
    assert not AuditEntry.objects.filter(action="quiz.regraded").exists()


def test_one_at_a_time(world):
    quiz, *_rest = world
    turn(quiz.questions.first(), 2)
    order(quiz)
    assert services.regrade_state(quiz).running == 2
    with pytest.raises(RegradeRunning):
        order(quiz)
    tasks.regrade_quiz()
    tasks.regrade_quiz()
    assert services.regrade_state(quiz).running == 0 and not Attempt.objects.being_regraded().exists()
    assert AuditEntry.objects.filter(action="attempt.regraded").count() == 2


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 501])
def test_a_reason_is_needed(world, reason):
    quiz, *_rest = world
    turn(quiz.questions.first(), 2)
    token = services.preview_regrade(quiz).token
    with pytest.raises(DomainError) as refused:
        services.order_regrade(quiz=quiz, token=token, reason=reason, by=quiz.course.instructor)
    assert refused.value.errors[0].code == "invalid_reason" and not Attempt.objects.being_regraded().exists()


def test_what_was_voided_or_reopened_meanwhile_is_left_alone(world):
    quiz, winner, loser, running = world
    turn(quiz.questions.first(), 2)
    order(quiz)
    by = quiz.course.instructor
    services.void_attempt(attempt=winner, reason="Copied", by=by)
    services.reopen_attempt(attempt=loser, minutes=5, reason="Again", by=by)
    assert services.regrade_ordered() == 3 and services.regrade_ordered() == 0
    assert Attempt.objects.get(pk=loser.pk).is_open and Attempt.objects.get(pk=running.pk).is_open
    assert Answer.objects.filter(attempt=winner, key_version=2).count() == 0
    restored = services.restore_attempt(attempt=Attempt.objects.get(pk=winner.pk), reason="Not copied", by=by)
    assert restored.percentage == 50


def test_the_present_pass_mark_where_staff_say_so(world):
    quiz, winner, loser, _running = world
    services.update_quiz(quiz=quiz, passing_score=0)
    assert services.regrade_state(quiz).other_pass_mark == 2
    with pytest.raises(NothingToRegrade):
        order(quiz)
    shown = order(quiz, use_current_passing_score=True)
    assert (shown.attempts, shown.up, shown.newly_passed) == (2, 0, 1)
    services.update_quiz(quiz=quiz, passing_score=90)  # what was ordered is what was shown
    services.regrade_ordered()
    assert facts(loser) == (0, True, False) and facts(winner) == (100, True, False)
    assert Attempt.objects.get(pk=loser.pk).passing_score == 0
    order(quiz, use_current_passing_score=True)
    services.regrade_ordered()
    assert facts(loser) == (0, True, True)


def test_marks_of_a_person_are_capped_and_come_back():
    quiz = QuizFactory(draft=True, questions=1)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    by = quiz.course.instructor
    services.grade_attempt(attempt=attempt, grades=[Grade(essay.pk, Decimal(4))], by=by)
    assert facts(attempt)[0] == Decimal("83.33")

    def again(**fields):
        services.update_question(question=Question.objects.get(pk=essay.pk), **fields)
        order(quiz, allow_unpass=True)
        services.regrade_ordered()
        answer = Answer.objects.get(attempt=attempt, question=essay)
        return answer.points_earned, answer.points_max, facts(attempt)[0]

    assert again(points=3) == (3, 3, 100)
    assert again(scoring="excluded") == (0, 0, 100)
    assert again(scoring="full_marks", points=10) == (10, 10, 100)
    assert again(scoring="normal") == (4, 10, Decimal("45.45"))
    assert Attempt.objects.get().graded_by == by


def test_who_waits_for_a_person_goes_on_waiting():
    quiz = QuizFactory(draft=True, questions=1)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    turn(quiz.questions.first(), 2)
    shown = order(quiz)
    assert (shown.attempts, shown.waiting, shown.changes) == (1, 1, ())
    services.regrade_ordered()
    assert Attempt.objects.get().status == "submitted"
    assert set(attempt.answers.values_list("question__type", "points_earned")) == {
        ("single_choice", 0), ("essay", None),
    }  # fmt: skip
    services.update_question(question=essay, scoring="full_marks")
    order(quiz)
    services.regrade_ordered()
    assert Attempt.objects.get().percentage == Decimal("83.33")


def test_marks_stay_where_a_person_would_have_to_look_now():
    quiz = QuizFactory(draft=True, questions=1)
    short = services.add_question(
        quiz=quiz, type="short_answer", text="Who wrote it?", accepted_answers=["Ibn al-Haytham"]
    )
    services.publish_quiz(quiz=quiz)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    services.update_question(question=short, needs_grader=True)
    shown = order(quiz)
    services.regrade_ordered()
    assert shown.changes == () and facts(attempt) == (100, True, False)


def test_the_preview_costs_the_same_for_many(max_queries):
    quiz = QuizFactory(questions=3)
    for _n in range(4):
        sitting(quiz, 1, 2, 1)
    for question in quiz.questions.all():
        turn(question, 2)
    with max_queries(4):
        shown = services.preview_regrade(quiz)
    assert len(shown.changes) == 4 and CHUNK == 500


def test_staff_of_the_quiz_alone_by_the_api(api, world):
    quiz, winner, *_rest = world
    turn(quiz.questions.first(), 2)
    address = f"{V1}/quizzes/{quiz.pk}/regrade"
    staff = api(quiz.course.instructor)
    assert staff.get(address).json() == {"behind": 2, "other_pass_mark": 0, "running": 0}
    shown = staff.post(address, {}, format="json")
    assert shown.status_code == 200
    body = shown.json()
    assert (body["attempts"], body["up"], body["down"], body["newly_passed"], body["would_lose_pass"]) == (
        2, 1, 1, 0, 1,
    )  # fmt: skip
    assert body["changes"][0]["attempt"] == str(winner.pk)
    assert body["changes"][0]["before"] == 100 and body["changes"][0]["after"] == 50
    order_of = {"dry_run": False, "token": body["token"], "reason": "The key was wrong"}
    assert staff.post(address, order_of | {"reason": "x"}, format="json").status_code == 422
    assert staff.post(address, order_of | {"token": ""}, format="json").json()["code"] == "preview_stale"
    assert staff.post(address, order_of | {"who": 1}, format="json").status_code == 422
    assert facts(winner) == (100, True, False)
    done = staff.post(address, order_of, format="json")
    assert (done.status_code, done.json()["running"], done["Retry-After"]) == (202, 2, "5")
    assert staff.post(address, order_of, format="json").json()["code"] == "regrade_running"
    services.regrade_ordered()
    again = staff.post(address, {}, format="json").json()
    assert (again["attempts"], again["changes"]) == (0, [])
    refused = staff.post(address, order_of | {"token": again["token"]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_regrade")
    mine = api(winner.enrollment.student).get(f"{V1}/attempts/{winner.pk}").json()
    assert (mine["percentage"], mine["is_passed"], mine["pass_kept"]) == (50, True, True)


def test_the_student_reads_that_the_pass_was_kept(login, world):
    quiz, winner, loser, _running = world
    turn(quiz.questions.first(), 2)
    order(quiz)
    services.regrade_ordered()
    page = login(winner.enrollment.student).get(winner.get_absolute_url()).content.decode()
    assert "Your pass stands" in page
    assert (
        "Your pass stands"
        not in login(loser.enrollment.student).get(loser.get_absolute_url()).content.decode()
    )


def test_staff_see_who_gains_and_who_loses_before_they_order(login, world):
    quiz, winner, loser, _running = world
    staff, page = login(quiz.course.instructor), f"/admin/quizzes/quiz/{quiz.pk}/"
    assert "marked by a key that has changed" not in staff.get(f"{page}change/").content.decode()
    for question in quiz.questions.all():
        turn(question, 2)
    assert "2 attempts were marked by a key that has changed" in staff.get(f"{page}change/").content.decode()
    shown = staff.get(f"{page}regrade/")
    text = shown.content.decode()
    assert winner.enrollment.student.full_name in text and loser.enrollment.student.full_name in text
    assert "Pass kept" in text and "Newly passed" in text and "stays passed all the same" in text
    token = shown.context["preview"].token
    refused = staff.post(f"{page}regrade/", {"token": token, "reason": ""})
    assert refused.status_code == 200 and refused.context["order"].errors["reason"]
    stale = staff.post(f"{page}regrade/", {"token": "old", "reason": "The key was wrong"})
    assert "The questions have changed since this preview" in stale.content.decode()
    assert not Attempt.objects.being_regraded().exists()
    other = staff.get(f"{page}regrade/?allow_unpass=on")
    assert other.context["preview"].token != token and "Loses the pass" in other.content.decode()
    done = staff.post(f"{page}regrade/", {"token": token, "reason": "The key was wrong"})
    assert done.status_code == 302
    assert "2 attempts are being marked again" in staff.get(f"{page}change/").content.decode()
    services.regrade_ordered()
    assert facts(winner) == (0, True, True)
    assert "nothing to mark again" in staff.get(f"{page}regrade/").content.decode()
