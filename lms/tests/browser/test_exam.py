"""An exam against the clock: the page is killed, the network is cut, minutes are given, and nothing is lost."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from enrollments.tests.factories import EnrollmentFactory
from lms.tests.browser import world
from lms.tests.browser.walk import answer, answer_true, is_chosen, is_saved, press, until
from quizzes import services
from quizzes.models import Answer, Attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def exam(open_page: Any, sign_in: Any) -> tuple[Page, Attempt]:
    """The page of a running exam of thirty minutes, with typed and ordered answers too."""
    quiz = world.build(film=False).quiz
    services.add_question(quiz=quiz, type="numeric", text="How far is the wall, in metres?", numeric_value=2)
    services.add_question(
        quiz=quiz, type="ordering", text="Put them in order.", options=[("first",), ("second",), ("third",)]
    )
    services.update_quiz(quiz=quiz, time_limit_minutes=30)
    enrollment = EnrollmentFactory(course=quiz.course)
    page = open_page()
    sign_in(page, enrollment.student)
    page.goto(quiz.get_absolute_url())
    press(page, "main .panel form [type=submit]")
    return page, Attempt.objects.select_related("enrollment__student", "quiz").get()


def stored(attempt: Attempt, number: int) -> Any:
    question = attempt.layout["questions"][number - 1]["id"]
    return Answer.objects.get(attempt=attempt, question=question).response


def test_a_killed_page_loses_nothing(exam: tuple[Page, Attempt], complaints: Any) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page, attempt = exam
    answer(page, 1, "The window")
    is_saved(page, 1)
    page.context.set_offline(True)
    page.locator("[data-number='4'] [data-answer]").fill("٢٫٠ م")
    expect(page.locator("[data-number='4'] [data-read-as]")).to_have_text("Read as 2")
    page.locator("[data-number='5'] [data-move='1']").first.click()
    expect(page.locator("[data-notice]")).to_contain_text("Offline")
    context, address = page.context, page.url
    with page.expect_event("crash"), suppress(PlaywrightError):
        page.goto("chrome://crash")  # closing would let it send a last word
    page.close()
    assert stored(attempt, 1) is not None and stored(attempt, 4) is None
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    is_chosen(again, 1, "The window")
    expect(again.locator("[data-number='4'] [data-answer]")).to_have_value("٢٫٠ م")
    until(
        again, lambda: stored(attempt, 4) == {"text": "٢٫٠ م"} and stored(attempt, 5) == {"order": [2, 1, 3]}
    )
    assert Attempt.objects.count() == 1


def test_a_cut_network_and_minutes_given_meanwhile(exam: tuple[Page, Attempt], complaints: Any) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page, attempt = exam
    timer = page.locator("[data-timer-value]")
    expect(timer).to_contain_text("29:")
    page.context.set_offline(True)
    answer(page, 1, "The window")
    answer_true(page, 3)
    expect(page.locator("[data-notice]")).to_contain_text("Offline")
    services.extend_attempt(
        attempt=attempt, minutes=15, reason="The network failed", by=attempt.quiz.course.instructor
    )
    page.context.set_offline(False)
    is_saved(page, 1)
    is_saved(page, 3)
    expect(timer).to_contain_text("44:")
    expect(page.locator("[data-timer-said]")).to_contain_text("Time left: 44:")
    assert stored(attempt, 1) is not None and stored(attempt, 3) == {"option": 1}


def test_at_zero_the_page_submits_by_itself(exam: tuple[Page, Attempt]) -> None:
    page, attempt = exam
    Attempt.objects.filter(pk=attempt.pk).update(
        deadline_at=timezone.now() + timedelta(seconds=3), started_at=timezone.now() - timedelta(minutes=30)
    )
    answer(page, 1, "The window")  # its save brings the new deadline
    page.wait_for_url("**/result/")
    attempt.refresh_from_db()
    assert attempt.status == "graded" and stored(attempt, 1) is not None
