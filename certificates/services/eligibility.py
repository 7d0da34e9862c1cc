"""Why there is no certificate yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates.models import Certificate
from certificates.services.issuing import may_issue_automatically
from courses.models import Lesson
from enrollments import services as enrollments
from enrollments.models import Enrollment, LessonProgress
from enrollments.permissions import lesson_url
from enrollments.services import Requirement
from quizzes.models import Attempt


def eligibility(enrollment: Enrollment) -> dict[str, Any]:
    """Return how `enrollment` stands to its certificate (at most four queries).

    `state` is issued, revoked, preparing, not_complete or not_offered; `missing` lists what not_complete lacks
    (code, sentence, link); `certificate` is the row or None.
    """
    certificate = _certificate_of(enrollment)
    missing: list[Requirement] = []
    if certificate:
        state = certificate.status
    elif not may_issue_automatically(enrollment.course):
        state = "not_offered"
    elif enrollment.status == Enrollment.Status.COMPLETED:
        state = "preparing"
    else:
        state, missing = "not_complete", _missing(enrollment)
    return {"state": state, "missing": missing, "certificate": certificate}


def _certificate_of(enrollment: Enrollment) -> Certificate | None:
    try:
        return enrollment.certificate
    except Certificate.DoesNotExist:
        return None


def _missing(enrollment: Enrollment) -> list[Requirement]:
    if enrollment.completed_at is not None:
        return [
            Requirement("enrollment_not_active", _("Your enrollment is not active: ask your instructor."))
        ]
    waiting = _waiting_for_grading(enrollment)
    asked = enrollments.failed_checks(enrollment)
    links = {requirement.link for requirement in waiting}
    # Who waits for a grade has sat the quiz: nobody asks them to sit it again.
    asked = [r for r in asked if not (r.code == "quiz_not_taken" and r.link in links)]
    return [*_lessons_left(enrollment), *waiting, *asked]


def _lessons_left(enrollment: Enrollment) -> list[Requirement]:
    done = LessonProgress.objects.filter(enrollment=enrollment, status=LessonProgress.Status.COMPLETED)
    lessons = (
        Lesson.objects.required().filter(course=enrollment.course_id).exclude(pk__in=done.values("lesson"))
    )
    left = list(lessons.in_order().values_list("title", "slug"))
    if not left:
        return []
    title, slug = left[0]
    words = {"count": len(left), "title": title}
    sentence = ngettext(
        "%(count)d required lesson is left: “%(title)s”.",
        "%(count)d required lessons are left; the next one is “%(title)s”.",
        len(left),
    )
    return [Requirement("lessons_left", sentence % words, lesson_url(enrollment.course, slug))]


def _waiting_for_grading(enrollment: Enrollment) -> list[Requirement]:
    """The quizzes that a person has yet to grade, unless another attempt is known to have passed."""
    known = Attempt.objects.graded().released()
    passed = known.filter(enrollment=enrollment, quiz=OuterRef("quiz"), is_passed=True)
    attempts = Attempt.objects.filter(enrollment=enrollment, status=Attempt.Status.SUBMITTED)
    found = attempts.exclude(Exists(passed)).order_by("quiz__position", "quiz_id")
    quizzes: dict[UUID, str] = dict(found.values_list("quiz_id", "quiz__title"))
    return [
        Requirement(
            "quiz_waiting_for_grading",
            _("The quiz “%(title)s” waits for its grading.") % {"title": title},
            reverse("quizzes:quiz_detail", args=[quiz_id]),
        )
        for quiz_id, title in quizzes.items()
    ]
