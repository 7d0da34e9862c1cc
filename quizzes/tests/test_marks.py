"""Marks by people, and what staff decide over whole attempts."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from enrollments.models import LessonProgress
from enrollments.tests.factories import EnrollmentFactory
from lms.lib.errors import DomainError
from quizzes import privacy, services
from quizzes.exceptions import AlreadyGraded, InvalidStatus, NotFound, OwnAttempt
from quizzes.models import Answer, Attempt
from quizzes.permissions import can_start
from quizzes.services import Grade
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay, answer_all, whole

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def essays(count=1, **options):
    """Return a published quiz of one choice (1 point) and essays of 5 points each."""
    quiz = QuizFactory(draft=True, questions=1, **options)
    for number in range(count):
        add_essay(quiz, text=f"Essay number {number}?")
    services.publish_quiz(quiz=quiz)
    return whole(quiz)


def handed_in(quiz, **options):
    attempt = AttemptFactory(quiz=quiz, **options)
    answer_all(attempt)
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    return Attempt.objects.select_related("quiz__course", "quiz__lesson__module", "enrollment").get(
        pk=attempt.pk
    )


def waiting(attempt):
    return list(attempt.answers.filter(points_earned=None).order_by("question__position"))


def give(attempt, by, points=4, reason="", note=None, answers=None):
    rows = waiting(attempt) if answers is None else answers
    grades = [Grade(row.question_id, Decimal(points), note) for row in rows]
    return services.grade_attempt(attempt=attempt, grades=grades, by=by, reason=reason)


def snapshot():
    return list(Attempt.objects.order_by("pk").values()), list(Answer.objects.order_by("pk").values())


def test_the_last_mark_grades_the_attempt_and_it_counts(instructor, django_capture_on_commit_callbacks):
    attempt = handed_in(essays(2, course__instructor=instructor))
    first, second = waiting(attempt)
    give(attempt, instructor, answers=[first], note="Well said.")
    assert attempt.status == "submitted" and AuditEntry.objects.filter(action="attempt.graded").count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        give(attempt, instructor, answers=[second])
    attempt.refresh_from_db()
    assert (attempt.status, attempt.score, attempt.max_score, attempt.graded_by) == (
        "graded",
        9,
        11,
        instructor,
    )
    assert attempt.percentage == Decimal("81.81") and attempt.counted_at is not None
    assert Answer.objects.get(pk=first.pk).grader_note == "Well said."


def test_two_graders_and_one_answer(instructor, admin_user):
    attempt = handed_in(essays(2, course__instructor=instructor))
    first, second = waiting(attempt)
    give(attempt, instructor, points=3, answers=[first])
    give(attempt, instructor, points=3, answers=[first])  # the same again is fine
    before = snapshot()
    with pytest.raises(AlreadyGraded) as refused:
        give(attempt, admin_user, points=5, answers=[second, first])  # all or nothing
    assert refused.value.extra["answer"]["points"] == 3
    assert snapshot() == before


def test_changing_marks_needs_a_reason_and_is_audited(instructor):
    attempt = handed_in(essays(course__instructor=instructor))
    give(attempt, instructor, points=5)
    machine = attempt.answers.exclude(graded_by=instructor).get()
    with pytest.raises(AlreadyGraded):
        give(attempt, instructor, points=0, answers=[machine])
    give(attempt, instructor, points=0, answers=[machine], reason="The option was smudged.")
    attempt.refresh_from_db()
    assert (attempt.score, attempt.percentage, attempt.is_passed) == (5, Decimal("83.33"), True)
    entry = AuditEntry.objects.filter(action="attempt.graded").latest("at")
    assert entry.data["reason"] == "The option was smudged." and entry.data["score"] == ["6.00", "5.00"]
    assert entry.data["answers"] == [{"question": str(machine.question_id), "points": ["1.00", "0.00"]}]


def test_what_is_refused_changes_nothing(instructor):
    quiz = essays(course__instructor=instructor)
    attempt, other = handed_in(quiz), handed_in(quiz)
    own = handed_in(quiz, enrollment=EnrollmentFactory(course=quiz.course, student=instructor))
    running = AttemptFactory(quiz=quiz)
    before, row = snapshot(), waiting(attempt)[0]
    foreign = add_essay(QuizFactory(draft=True, questions=1))
    for call, error in [
        (lambda: give(attempt, instructor, points="5.01"), DomainError),
        (lambda: give(attempt, instructor, points=-1), DomainError),
        (lambda: give(attempt, instructor, reason="x"), DomainError),
        (lambda: give(attempt, instructor, note="x" * 2001), DomainError),
        (lambda: give(own, instructor), OwnAttempt),
        (lambda: give(running, instructor, answers=[row]), InvalidStatus),
        (lambda: give(other, instructor, answers=[Answer(question=foreign)]), NotFound),
    ]:  # fmt: skip
        with pytest.raises(error):
            call()
        assert snapshot() == before


def test_by_api(api, instructor, outsider_instructor):
    attempt = handed_in(essays(course__instructor=instructor))
    client, url = api(instructor), f"{V1}/attempts/{attempt.pk}/grade"
    queue = client.get(f"{V1}/grading-queue?by=question").json()
    assert (queue["total"], queue["items"][0]["response"]) == (1, {"text": "Something."})
    assert api(outsider_instructor).get(f"{V1}/grading-queue").json()["total"] == 0
    assert client.get(f"{V1}/grading-queue?by=color").status_code == 400
    sent = {
        "answers": [{"question": queue["items"][0]["question"], "points": 5, "note": "Good"}],
        "feedback": "Fine",
    }
    done = client.post(url, sent, format="json").json()
    assert (done["status"], done["percentage"], done["feedback"]) == ("graded", 100, "Fine")
    sent["answers"][0]["points"] = 1
    again = client.post(url, sent, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_graded")
    assert again.json()["answer"]["points"] == 5
    assert client.get(f"{V1}/grading-queue").json()["total"] == 0
    mine = api(attempt.enrollment.student).get(f"{V1}/attempts/{attempt.pk}").json()
    assert mine["feedback"] == "Fine" and "Good" in {question["note"] for question in mine["questions"]}


def test_a_student_sees_no_score_in_part_and_the_words_with_it(login, instructor):
    attempt = handed_in(essays(2, course__instructor=instructor))
    browser = login(attempt.enrollment.student)
    page = reverse("quizzes:attempt_result", args=[attempt.quiz_id, attempt.number])
    give(attempt, instructor, answers=waiting(attempt)[:1], note="Half way.")
    early = browser.get(page).text
    assert "Waiting for marks" in early and "Half way." not in early and "of 5 points" not in early
    give(attempt, instructor, points=5, note="All the way.")
    assert "Half way." in (shown := browser.get(page).text) and "All the way." in shown and "90.9" in shown


def test_the_queue_in_the_admin(login, instructor, outsider_instructor, max_queries):
    quiz = essays(2, course__instructor=instructor)
    attempts = [handed_in(quiz) for _n in range(3)]
    browser = login(instructor)
    queue = reverse("admin:quizzes_answer_changelist")
    with max_queries(14):
        listed = browser.get(queue)
    assert listed.text.count("Essay number") == 6
    assert "Essay number" not in login(outsider_instructor).get(queue).text
    first = waiting(attempts[0])[0]
    page = reverse("admin:quizzes_answer_change", args=[first.pk])
    with max_queries(14):
        shown = browser.get(page).text
    assert (
        "Something." in shown
        and "asked for: at least 10" in shown
        and "Next" in shown
        and "Previous" not in shown
    )
    saved = browser.post(page, {"points": "4.5", "note": "Nice."})
    following = waiting(attempts[1])[0]
    assert saved.status_code == 302 and str(following.pk) in saved.url
    first.refresh_from_db()
    assert (first.points_earned, first.grader_note, first.graded_by) == (Decimal("4.5"), "Nice.", instructor)
    for sent, sentence in [({"points": "6"}, "from 0 to"), ({"points": ""}, "required")]:
        refused = browser.post(reverse("admin:quizzes_answer_change", args=[following.pk]), sent)
        assert refused.status_code == 200 and sentence in refused.text
    stale = browser.post(page, {"points": "1", "note": ""})
    assert stale.status_code == 200 and "give a reason" in stale.text
    first.refresh_from_db()
    assert first.points_earned == Decimal("4.5")
    browser.post(page, {"points": "1", "note": "", "reason": "Misread it."})
    first.refresh_from_db()
    assert first.points_earned == 1


@pytest.mark.parametrize("count", [1, 20])
def test_the_queue_costs_the_same(login, instructor, max_queries, count):
    quiz = essays(1, course__instructor=instructor)
    for _n in range(count):
        handed_in(quiz)
    browser = login(instructor)
    with max_queries(14):
        assert browser.get(reverse("admin:quizzes_answer_changelist")).status_code == 200
    with max_queries(14):
        page = reverse("admin:quizzes_answer_change", args=[Answer.objects.waiting().first().pk])
        assert browser.get(page).status_code == 200


def test_void_restore_excuse_and_reopen(instructor):
    quiz = QuizFactory(max_attempts=1, questions=2, lesson=True, course__instructor=instructor)
    attempt = AttemptFactory(quiz=quiz, answers="right")
    row, student = attempt.enrollment, attempt.enrollment.student
    services.count_result(attempt)
    assert can_start(whole(quiz), student).code == "attempts_exhausted"
    services.void_attempt(attempt=attempt, reason="Copied from a neighbour", by=instructor)
    assert services.results_for([row.pk]) == {} and can_start(whole(quiz), student).allowed
    assert LessonProgress.objects.filter(status="completed").exists()  # what was completed never reverts
    with pytest.raises(InvalidStatus):
        services.void_attempt(attempt=attempt, reason="Once more", by=instructor)
    services.restore_attempt(attempt=attempt, reason="It was not", by=instructor)
    assert services.results_for([row.pk])[row.pk, quiz.pk].percentage == 100
    services.excuse_attempt(attempt=attempt, reason="Power cut", by=instructor)
    assert can_start(whole(quiz), student).allowed and services.results_for([row.pk])
    second = AttemptFactory(quiz=whole(quiz), enrollment=row)
    assert second.number == 2
    with pytest.raises(InvalidStatus):  # another one is open
        services.reopen_attempt(attempt=attempt, minutes=5, reason="Power cut", by=instructor)
    services.submit_attempt(attempt=second, by=student)
    services.reopen_attempt(attempt=second, minutes=5, reason="Power cut", by=instructor)
    second.refresh_from_db()
    assert (second.status, second.score, second.submitted_at) == ("in_progress", None, None)
    assert second.deadline_at is not None and not second.answers.exclude(graded_revision=None).exists()
    answer_all(second)
    services.submit_attempt(attempt=second, by=student)
    assert Attempt.objects.get(pk=second.pk).percentage == 100
    actions = set(AuditEntry.objects.filter(action__startswith="attempt.").values_list("action", flat=True))
    assert {"attempt.voided", "attempt.restored", "attempt.excused", "attempt.reopened"} <= actions


def test_marks_by_a_person_survive_a_restore(instructor):
    attempt = handed_in(essays(course__instructor=instructor))
    give(attempt, instructor, points=5)
    services.void_attempt(attempt=attempt, reason="Under suspicion", by=instructor)
    essay = attempt.quiz.questions.get(type="essay")
    services.update_question(question=essay, points=3)
    services.restore_attempt(attempt=attempt, reason="Cleared", by=instructor)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.score, attempt.max_score) == ("graded", 4, 4)  # capped at the new maximum


def test_actions_in_the_admin_ask_for_a_reason(login, instructor):
    attempt = AttemptFactory(quiz=QuizFactory(course__instructor=instructor), answers="right")
    browser, page = login(instructor), reverse("admin:quizzes_attempt_changelist")
    sent = {"action": "void", "_selected_action": [str(attempt.pk)]}
    assert "Reason" in browser.post(page, sent).text
    assert browser.post(page, sent | {"apply": "1", "reason": "x"}).status_code == 200
    assert Attempt.objects.get().status == "graded"
    assert browser.post(page, sent | {"apply": "1", "reason": "Copied"}).status_code == 302
    assert Attempt.objects.get().status == "voided"


@pytest.mark.django_db(transaction=True)
def test_graders_at_once(race, instructor):
    attempt = handed_in(essays(3, course__instructor=instructor))
    rows = waiting(attempt)

    def grader(points, row):
        def call():
            fresh = Attempt.objects.select_related("quiz__course", "quiz__lesson__module", "enrollment").get(
                pk=attempt.pk
            )
            return give(fresh, instructor, points=points, answers=[row])

        return call

    results = race(*[grader(points, row) for row in rows for points in (1, 2, 3, 4)])
    assert [type(result) for result in results].count(Attempt) == 3
    assert {type(result) for result in results} == {Attempt, AlreadyGraded}
    attempt.refresh_from_db()
    given = [row.points_earned for row in attempt.answers.all()]
    assert attempt.status == "graded" and attempt.score == sum(given)


def test_the_grader_writes_on_the_whole_attempt_in_the_admin(login, instructor):
    attempt = handed_in(essays(2, course__instructor=instructor))
    browser, (first, second) = login(instructor), waiting(attempt)
    pages = [reverse("admin:quizzes_answer_change", args=[row.pk]) for row in (first, second)]
    assert 'name="feedback"' in browser.get(pages[0]).text
    browser.post(pages[0], {"points": "3", "note": "", "feedback": "A fine beginning.\x00"})
    attempt.refresh_from_db()
    assert attempt.feedback == ""  # a character that no text holds is refused, and nothing is saved
    browser.post(pages[0], {"points": "3", "note": "", "feedback": "A fine beginning."})
    attempt.refresh_from_db()
    assert attempt.feedback == "A fine beginning." in browser.get(pages[1]).text
    Attempt.objects.update(feedback="By another grader.")
    browser.post(
        pages[1],
        {"points": "3", "note": "", "feedback": "A fine beginning.", "initial-feedback": "A fine beginning."},
    )
    attempt.refresh_from_db()
    assert (attempt.feedback, attempt.status) == ("By another grader.", "graded")


def test_what_a_grader_wrote_to_somebody_is_theirs_once_the_score_is(instructor):
    attempt = handed_in(essays(2, course__instructor=instructor))
    student = attempt.enrollment.student

    def notes():
        return {answer["note"] for one in privacy.export(student) for answer in one["answers"]}

    give(attempt, instructor, answers=waiting(attempt)[:1], note="Half way.")
    assert notes() == {""}
    give(attempt, instructor, points=5, note="All the way.")
    assert notes() == {"", "Half way.", "All the way."}
