"""Tasks of quizzes; each is safe twice and at once."""

from celery import shared_task

from quizzes import services


@shared_task(name="quizzes.submit_overdue_attempts")
def submit_overdue_attempts() -> None:
    """Submit, with what was saved, the attempts whose time is over and whose student did not come back."""
    services.submit_overdue_attempts()


@shared_task(name="quizzes.count_results")
def count_results() -> None:
    """Pass on results that were graded and never counted: the process stopped in between."""
    services.count_results()


@shared_task(name="quizzes.send_graded_mail")
def send_graded_mail(attempt_id: str | None = None) -> None:
    """Tell one student that a person has marked the attempt; without an id, wake all that are due."""
    if attempt_id is None:
        services.wake_due_mail()
    else:
        services.deliver_graded_mail(attempt_id)


@shared_task(name="quizzes.regrade_quiz")
def regrade_quiz() -> None:
    """Mark again what staff ordered; what a round leaves over the next one does."""
    services.regrade_ordered()


@shared_task(name="quizzes.check_drift")
def check_drift() -> None:
    """Compare counters, scores and passes with their rows, and log what differs."""
    services.check_quiz_drift()
