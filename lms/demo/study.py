"""What the students of the demo did: by the verbs of their pages, then dated back to when it is said to have been."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from certificates.codes import new_number
from certificates.models import Certificate
from certificates.services import issue_certificate
from courses.models import Course, Lesson
from enrollments import services as enrollments
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review, StudyDay
from lms.demo.schedule import Visit, plan_visits
from quizzes import layout
from quizzes import services as quizzes
from quizzes.models import Answer, Attempt, Question, QuestionOption, Quiz

Plan = Mapping[str, Any]  # one [[students.courses]] of people.toml
Via = LessonProgress.Via


def study(*, student: User, course: Course, plan: Plan, now: datetime) -> Certificate | None:
    """Enroll the student and let them do what `plan` says; return the certificate they earned, if any."""
    enrollment = enrollments.enroll(student=student, course=course, source=Enrollment.Source.WEB)
    lessons = list(course.lessons.live().in_order().select_related("module", "video_file", "course"))
    done = len(lessons) if plan["lessons"] == "all" else plan["lessons"]
    tries = dict(
        zip((x.pk for x in lessons if x.type == Lesson.Type.QUIZ), plan.get("quizzes", []), strict=False)
    )
    goes_on = plan.get("opened") or "watching" in plan or any(x.pk in tries for x in lessons[done:])
    visits = plan_visits(
        lessons[: done + 1] if goes_on else lessons[:done],
        first=plan["enrolled"],
        last=plan.get("last", plan["enrolled"]),
        now=now,
        zone=ZoneInfo(student.time_zone),
        seed=f"{student.email} {course.slug}",
    )
    for number, visit in enumerate(visits):
        share = Decimal(1) if number < done else Decimal(str(plan.get("watching", 0)))
        _do(enrollment, visit, completes=number < done, watched=share, tries=tries.get(visit.lesson.pk, []))
    _annotate(enrollment, lessons, plan)
    if "dropped" in plan:
        enrollments.drop(enrollment=enrollment, by=student)
    _date_back(enrollment, visits, plan, now)
    if "review" in plan:
        _review(enrollment, plan, visits[-1].ended_at + timedelta(minutes=12))
    return _certificate(enrollment)


def _do(
    enrollment: Enrollment, visit: Visit, *, completes: bool, watched: Decimal, tries: Sequence[int]
) -> None:
    """Study one lesson; the visit learns when it was completed."""
    lesson = visit.lesson
    row = enrollments.open_lesson(enrollment=enrollment, lesson=lesson)
    if lesson.type == Lesson.Type.QUIZ:
        _sit(enrollment, visit, tries)
        return
    if lesson.type == Lesson.Type.VIDEO:
        _watch(row, lesson, watched)
    if completes:
        via = Via.WATCH if lesson.type == Lesson.Type.VIDEO else Via.SELF
        enrollments.complete_lesson(enrollment=enrollment, lesson=lesson, via=via, row=row)
        visit.completed_at = visit.ended_at


def _watch(row: LessonProgress, lesson: Lesson, share: Decimal) -> None:
    """Note how far the film was watched. A beat would not do: it believes only the present clock."""
    length = lesson.video_seconds or 0
    seen = int(length * share)
    LessonProgress.objects.filter(pk=row.pk).update(
        watched=[[0, seen]],
        last_position_seconds=seen,
        completion_percentage=Decimal(10000 * seen // length) / 100,
    )


def _sit(enrollment: Enrollment, visit: Visit, tries: Sequence[int]) -> None:
    """Take the quiz once for each of `tries`, the number of right answers."""
    quiz = Quiz.objects.select_related("course", "lesson__module").get(lesson=visit.lesson)
    for number, right in enumerate(tries):
        attempt = quizzes.start_attempt(quiz=quiz, student=enrollment.student)
        answers = _answers(attempt, right)
        attempt = quizzes.submit_attempt(attempt=attempt, by=enrollment.student, answers=answers)
        quizzes.count_result(attempt)
        length = timedelta(seconds=visit.seconds / len(tries))
        started_at = visit.started_at + number * length
        submitted_at = started_at + length * 0.9
        Answer.objects.filter(attempt=attempt).update(answered_at=submitted_at - length * 0.1)
        Attempt.objects.filter(pk=attempt.pk).update(
            started_at=started_at, submitted_at=submitted_at, graded_at=submitted_at, counted_at=submitted_at
        )
        if attempt.is_passed and visit.completed_at is None:
            visit.completed_at = submitted_at


def _answers(attempt: Attempt, right: int) -> dict[Any, quizzes.Sent]:
    """Answer `right` of the questions as they should be, the others wrong; the same ones on every run."""
    drawn = layout.read(attempt.layout)
    seed = f"{attempt.enrollment.student.email} {attempt.quiz.title} {attempt.number}"
    known = random.Random(seed).sample(range(1, len(drawn) + 1), right)  # noqa: S311  no secret
    keys = QuestionOption.objects.filter(question__in=[entry.question_id for entry in drawn], is_correct=True)
    correct = set(keys.values_list("pk", flat=True))
    answers = {}
    for entry in drawn:
        places = range(1, len(entry.option_ids) + 1)
        good = [place for place in places if entry.option_ids[place - 1] in correct]
        bad = [place for place in places if place not in good]
        knows = entry.number in known
        response: dict[str, Any]
        if entry.type == Question.Type.MULTIPLE_CHOICE:
            response = {"options": good if knows else good[:1]}
        else:
            response = {"option": good[0] if knows else bad[0]}
        answers[entry.question_id] = quizzes.Sent(response=response, revision=1)
    return answers


def _annotate(enrollment: Enrollment, lessons: Sequence[Lesson], plan: Plan) -> None:
    for number, text in plan.get("notes", {}).items():
        lesson = lessons[int(number) - 1]
        enrollments.save_notes(enrollment=enrollment, lesson=lesson, notes=text, revision=0)
    for number in plan.get("bookmarks", []):
        enrollments.set_bookmark(enrollment=enrollment, lesson=lessons[number - 1], bookmarked=True)


def _date_back(enrollment: Enrollment, visits: Sequence[Visit], plan: Plan, now: datetime) -> None:
    """Move what was just done to the times of the visits: ledger, days, numbers and history agree."""
    rows = {row.lesson_id: row for row in LessonProgress.objects.filter(enrollment=enrollment)}
    for visit in visits:
        row = rows[visit.lesson.pk]
        row.started_at, row.last_accessed_at = visit.started_at, visit.ended_at
        row.completed_at = visit.completed_at
        row.time_spent_seconds = visit.seconds
    changed = ["started_at", "last_accessed_at", "completed_at", "time_spent_seconds"]
    LessonProgress.objects.bulk_update(rows.values(), changed)
    days: Counter[Any] = Counter()
    for visit in visits:
        days[visit.day_on] += visit.seconds
    StudyDay.objects.filter(enrollment=enrollment).delete()
    StudyDay.objects.bulk_create(
        StudyDay(enrollment=enrollment, day_on=day, seconds=seconds) for day, seconds in days.items()
    )
    _date_enrollment(enrollment, visits, plan, now)


def _date_enrollment(enrollment: Enrollment, visits: Sequence[Visit], plan: Plan, now: datetime) -> None:
    enrollment.refresh_from_db()
    first = visits[0].started_at if visits else None
    last = visits[-1].ended_at if visits else None
    came = (first or now - timedelta(days=plan["enrolled"])) - timedelta(minutes=3)
    left = now - timedelta(days=plan["dropped"]) if "dropped" in plan else None
    finished = (
        max(visit.completed_at or visit.started_at for visit in visits) if enrollment.completed_at else None
    )
    Enrollment.objects.filter(pk=enrollment.pk).update(
        enrolled_at=came,
        started_at=first,
        completed_at=finished,
        dropped_at=left,
        last_accessed_at=last,
        last_beat_at=last,
        updated_at=left or last or came,
        time_spent_seconds=sum(visit.seconds for visit in visits),
    )
    kinds = EnrollmentEvent.Kind
    for kind, at in ((kinds.ENROLLED, came), (kinds.COMPLETED, finished), (kinds.DROPPED, left)):
        events = EnrollmentEvent.objects.filter(enrollment=enrollment, kind=kind)
        events.update(at=at or came, mail_state=EnrollmentEvent.MailState.NONE)  # nobody is mailed
    enrollment.refresh_from_db()


def _review(enrollment: Enrollment, plan: Plan, at: datetime) -> None:
    written = plan["review"]
    review = enrollments.add_review(enrollment=enrollment, rating=written["rating"], text=written["text"])
    times: dict[str, datetime] = {"created_at": at, "updated_at": at}
    if "reply" in plan:
        teacher = enrollment.course.instructor
        enrollments.reply_to_review(review=review, by=teacher, text=plan["reply"])
        times["replied_at"] = at + timedelta(hours=19)
    Review.objects.filter(pk=review.pk).update(**times)


def _certificate(enrollment: Enrollment) -> Certificate | None:
    """Issue it as of the completion, its number with that day; nobody is mailed."""
    if enrollment.completed_at is None:
        return None
    certificate = issue_certificate(enrollment)
    issued_at = enrollment.completed_at + timedelta(minutes=1)
    Certificate.objects.filter(pk=certificate.pk).update(
        issued_at=issued_at, number=new_number(issued_at), email_due_at=None, emailed_at=issued_at
    )
    return certificate
