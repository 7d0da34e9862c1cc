"""The page of a quiz in the admin: what is typed in one question survives what is done beside it."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from quizzes.tests.factories import QuizFactory

pytestmark = [pytest.mark.browser, pytest.mark.drawn, pytest.mark.django_db(transaction=True)]


def test_moving_a_question_asks_before_it_drops_what_was_typed_in_another(
    open_page: Any, sign_in: Any
) -> None:
    quiz = QuizFactory(draft=True)
    one, two, _three = quiz.questions.order_by("position")
    page = open_page()
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    sign_in(page, quiz.course.instructor)
    page.goto(reverse("admin:quizzes_quiz_change", args=[quiz.pk]))
    page.locator(f"#question-{one.pk} details.q-form > summary").click()
    text = page.locator(f"[name='q-{one.pk}-text']")
    text.fill("What is the capital of Jordan?")
    page.locator(f"#question-{two.pk} [value=question_down]").click()
    expect(text).to_have_value("What is the capital of Jordan?")
    assert asked == ["beforeunload"]
    page.locator(f"#question-{one.pk} [value=save_question]").click()  # its own form goes without asking
    expect(page.locator(f"#question-{one.pk}")).to_contain_text("capital of Jordan")
    assert asked == ["beforeunload"]
