"""How an attempt ends when something is wrong at that moment: nothing typed is lost, and staff see what came late."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from enrollments.tests.factories import EnrollmentFactory
from lms.tests.browser import world
from lms.tests.browser.walk import answer, answer_true, is_saved, log_in, press, until
from quizzes import services
from quizzes.models import Answer, Attempt

pytestmark = [pytest.mark.browser, pytest.mark.drawn, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def attempt() -> Attempt:
    """An attempt in progress."""
    made = world.build(film=False)
    enrollment = EnrollmentFactory(course=made.course)
    services.start_attempt(quiz=made.quiz, student=enrollment.student)
    return Attempt.objects.select_related("enrollment__student", "quiz__course").get()


def taking(open_page: Any, sign_in: Any, attempt: Attempt) -> Page:
    page = open_page()
    sign_in(page, attempt.enrollment.student)
    page.goto(attempt.get_absolute_url())
    return page


def nth(attempt: Attempt, number: int) -> Answer:
    return Answer.objects.get(attempt=attempt, question=attempt.layout["questions"][number - 1]["id"])


def kept(page: Page) -> dict[str, Any]:
    """Return what waits in the browser."""
    return page.evaluate("""() => {
      const key = Object.keys(localStorage).find((name) => name.startsWith("quiz:"));
      return key ? JSON.parse(localStorage.getItem(key)) : {};
    }""")


def no_saves(context: BrowserContext | Page) -> None:
    context.route("**/answers/*", lambda route: route.abort())


def ends_in(attempt: Attempt, seconds: int) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=timezone.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize("status", [401, 422])
def test_a_refusal_at_zero_loses_nothing(
    open_page: Any, sign_in: Any, complaints: Any, attempt: Attempt, status: int
) -> None:
    complaints.expect("ERR_FAILED", str(status))
    ends_in(attempt, 3)
    page = taking(open_page, sign_in, attempt)
    no_saves(page)
    refused: list[dict[str, Any]] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.fallback()
            return
        refused.append(route.request.post_data_json)
        errors = [{"field": "answers.1.response", "code": "invalid_response", "message": "No"}]
        route.fulfill(status=status, json={"code": "validation_error", "errors": errors, "detail": "No"})

    page.route("**/submit", refuse_once)
    answer(page, 1, "The window")
    answer_true(page, 3)
    page.wait_for_url("**/result/")
    assert len(refused[0]["answers"]) == 2
    done = Attempt.objects.get(pk=attempt.pk)
    assert done.status == "graded"
    given = [nth(attempt, 1).response is not None, nth(attempt, 3).response is not None]
    assert given == ([True, True] if status == 401 else [True, False])  # one was refused, not both


def test_what_waited_when_it_was_closed_elsewhere_reaches_staff(
    open_page: Any, sign_in: Any, complaints: Any, attempt: Attempt
) -> None:
    complaints.expect("409", "ERR_FAILED")
    page = taking(open_page, sign_in, attempt)
    no_saves(page)
    answer(page, 1, "The window")
    answer_true(page, 3)
    until(page, lambda: len(kept(page)) == 2)
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    page.unroute("**/answers/*")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-notice]")).to_contain_text("question 1, 3")
    until(page, lambda: nth(attempt, 3).late_at and nth(attempt, 1).late_at)
    assert (nth(attempt, 1).response, nth(attempt, 3).late_response) == (None, {"option": 1})


def test_a_closing_time_that_comes_later_is_shown_on_the_open_page(
    open_page: Any, sign_in: Any, attempt: Attempt
) -> None:
    page = taking(open_page, sign_in, attempt)
    timer = page.locator("[data-timer]")
    expect(timer).to_be_hidden()
    services.update_quiz(quiz=attempt.quiz, available_until=timezone.now() + timedelta(hours=2))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(timer).to_be_visible()
    expect(page.locator("[data-timer-value]")).to_contain_text(":")


def test_two_tabs_keep_each_others_unsent_answers(
    open_page: Any, sign_in: Any, complaints: Any, attempt: Attempt
) -> None:
    complaints.expect("ERR_FAILED")
    page = taking(open_page, sign_in, attempt)
    other = page.context.new_page()
    other.goto(attempt.get_absolute_url())
    no_saves(page.context)
    answer(page, 1, "The window")
    until(page, lambda: len(kept(page)) == 1)
    answer_true(other, 3)
    until(page, lambda: len(kept(page)) == 2)
    page.context.unroute("**/answers/*")
    page.evaluate("dispatchEvent(new Event('online'))")
    is_saved(page, 1)
    assert list(kept(page)) == [str(nth(attempt, 3).question_id)]


def test_the_forms_buttons_work_after_logging_in_again(
    open_page: Any, complaints: Any, attempt: Attempt
) -> None:
    complaints.expect("401")
    page = open_page()
    log_in(page, attempt.enrollment.student.email)
    page.goto(attempt.get_absolute_url())
    Session.objects.all().delete()
    answer(page, 1, "The window")
    expect(page.locator("[data-notice] a")).to_be_visible()
    other = page.context.new_page()
    log_in(other, attempt.enrollment.student.email)
    press(page, ".quiz-end [value=submit]")
    page.wait_for_url("**/submit/")
    assert nth(attempt, 1).response is not None


def test_a_voided_attempt_says_so(open_page: Any, sign_in: Any, complaints: Any, attempt: Attempt) -> None:
    complaints.expect("409")
    page = taking(open_page, sign_in, attempt)
    services.void_attempt(attempt=attempt, reason="The wrong room", by=attempt.quiz.course.instructor)
    answer(page, 1, "The window")
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("closed")
    assert "00:00" not in notice.inner_text() and "Invalid" not in notice.inner_text()
    press(page, "[data-notice] a")
    page.wait_for_url("**/result/")
    expect(page.locator("h1")).to_have_text("This attempt does not count")
    expect(page.locator("main")).not_to_contain_text("Your teacher has to look")
