"""The mail that says: a person has marked your quiz."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.services import send_templated_mail
from quizzes.models import Attempt


def send_graded_mail(attempt: Attempt) -> bool:
    """Send the mail, now; False when it is no longer wanted. Raises OSError when it cannot leave.

    It names no mark: those stand on the page, as they are then. One Message-ID for each marking, so that a mail
    sent twice is one in the mailbox.
    """
    student, quiz = attempt.enrollment.student, attempt.quiz
    if not student.is_active or quiz.course.deleted_at is not None:
        return False
    with translation.override(student.locale):
        action = _("See the result")
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    at = f"{attempt.graded_at:%Y%m%d%H%M%S%f}"
    send_templated_mail(
        user=student,
        template="quiz_graded",
        context={
            "attempt": attempt,
            "quiz": quiz,
            "action_url": settings.SITE_URL + attempt.get_absolute_url(),
            "action_text": action,
        },
        message_id=f"<attempt-{attempt.pk}-{at}@{host}>",
    )
    return True
