"""What the taking page does when something comes between: another device, a lost session, a closed attempt."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from enrollments.tests.factories import EnrollmentFactory
from lms.tests.browser import world
from lms.tests.browser.walk import answer, is_chosen, is_saved, press, until
from quizzes import services
from quizzes.models import Answer, Attempt

pytestmark = [pytest.mark.browser, pytest.mark.drawn, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sitting(open_page: Any, sign_in: Any) -> tuple[Page, Attempt]:
    """The page of an attempt in progress."""
    made = world.build(film=False)
    enrollment = EnrollmentFactory(course=made.course)
    page = open_page()
    sign_in(page, enrollment.student)
    page.goto(made.quiz.get_absolute_url())
    press(page, "main .panel form [type=submit]")
    return page, Attempt.objects.select_related("enrollment__student").get()


def first(attempt: Attempt) -> Answer:
    return Answer.objects.get(attempt=attempt, question=attempt.layout["questions"][0]["id"])


def waiting(page: Page) -> dict[str, Any]:
    """Return what waits in the browser."""
    return page.evaluate("""() => {
      const key = Object.keys(localStorage).find((name) => name.startsWith("quiz:"));
      return key ? JSON.parse(localStorage.getItem(key)) : {};
    }""")


def another_device_answers(attempt: Attempt, place: int) -> None:
    row = first(attempt)
    services.save_answer(
        attempt=attempt, question_id=row.question_id, response={"option": place}, revision=row.revision + 5
    )


@pytest.mark.parametrize("decision", ["keep", "take"])
def test_two_devices_and_one_answer(sitting: tuple[Page, Attempt], complaints: Any, decision: str) -> None:
    complaints.expect("409")
    page, attempt = sitting
    another_device_answers(attempt, 3)
    page.locator("[data-number='1'] input[data-answer]").first.check()
    box = page.locator("[data-number='1'] [data-conflict]")
    expect(box).to_be_visible()
    assert first(attempt).response == {"option": 3}
    box.get_by_role("button").nth(0 if decision == "keep" else 1).click()
    expect(box).to_have_count(0)
    place = 1 if decision == "keep" else 3
    expect(page.locator("[data-number='1'] input[data-answer]").nth(place - 1)).to_be_checked()
    until(page, lambda: not waiting(page))
    assert first(attempt).response == {"option": place}


def test_a_lost_session_loses_nothing(sitting: tuple[Page, Attempt], sign_in: Any, complaints: Any) -> None:
    complaints.expect("401")
    page, attempt = sitting
    Session.objects.all().delete()
    answer(page, 1, "The window")
    notice = page.locator("[data-notice] a")
    expect(notice).to_have_attribute("target", "_blank")
    assert len(waiting(page)) == 1 and first(attempt).response is None
    sign_in(page, attempt.enrollment.student)  # in another tab
    is_saved(page, 1)
    assert not waiting(page)
    expect(page.locator("[data-notice] *")).to_have_count(0)
    assert first(attempt).revision == 1


def test_closed_on_another_device(sitting: tuple[Page, Attempt], complaints: Any) -> None:
    complaints.expect("409")
    page, attempt = sitting
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    answer(page, 1, "The window")
    press(page, "[data-notice] a")
    page.wait_for_url("**/result/")
    assert first(attempt).response is None and not waiting(page)


def test_what_was_just_chosen_goes_with_the_page(sitting: tuple[Page, Attempt]) -> None:
    page, attempt = sitting
    answer(page, 1, "The window")
    page.goto("/courses/")  # before the two seconds are over
    row = until(page, lambda: Answer.objects.filter(attempt=attempt, revision=1).first())
    assert row.response is not None


def test_leaving_by_the_forms_own_button_saves_once(sitting: tuple[Page, Attempt]) -> None:
    page, attempt = sitting
    answer(page, 1, "The window")
    press(page, ".quiz-end [value=submit]")
    page.wait_for_url("**/submit/")
    page.go_back()
    is_chosen(page, 1, "The window")
    until(page, lambda: not waiting(page))
    assert first(attempt).revision == 1


def test_a_quiz_by_keyboard(sitting: tuple[Page, Attempt]) -> None:
    page, attempt = sitting
    page.locator("[data-number='1'] [data-flag]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    is_saved(page, 1)
    row = first(attempt)
    assert (row.response, row.is_flagged) == ({"option": 2}, True)
    label = page.locator("[data-map='1']").get_attribute("aria-label")
    assert label == "Question 1, answered, flagged"
