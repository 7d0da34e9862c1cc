"""How much an instructor has to do for a course of three modules and ten lessons: counted, hand by hand."""

import pytest
from playwright.sync_api import expect

from courses.models import Course, Lesson

pytestmark = [pytest.mark.browser, pytest.mark.drawn, pytest.mark.django_db(transaction=True)]

MOST = 60
OUTLINE = {"Glass": 4, "Light": 3, "Colour": 3}


class Hands:
    """Clicks, fields filled and keys pressed, one each."""

    def __init__(self, page):
        self.page, self.done = page, 0

    def click(self, place):
        self.done += 1
        self.page.locator(place).first.click()

    def fill(self, place, text):
        self.done += 1
        self.page.locator(place).first.fill(text)

    def press(self, key):
        self.done += 1
        self.page.keyboard.press(key)


def test_three_modules_and_ten_lessons_take_fewer_than_sixty_steps(open_page, sign_in, instructor):
    page = open_page()
    sign_in(page, instructor)
    page.goto("/admin/")
    hands = Hands(page)
    hands.click("a[href='/admin/courses/course/add/']")
    hands.fill("[name=title]", "Lenses and light")
    hands.fill(
        "[name=description]", "How a piece of glass bends light, and what one can do with it on a sunny day."
    )
    hands.click("#submit-row [name=_save]")
    page.wait_for_url("**/outline/")
    for number, (module, lessons) in enumerate(OUTLINE.items()):
        _add_module(page, hands, number, module, [f"{module} {n}" for n in range(1, lessons + 1)])
    for lesson in Lesson.objects.in_order():
        hands.click(f"#lesson-{lesson.pk} a.ib")
        hands.fill("#id_body", f"## {lesson.title}\n\nHold it to the **light**.")
        hands.click("#submit-row [name=_save]")
        page.wait_for_url("**/outline/**")
    hands.click("[name=verb][value=publish_all]")
    expect(page.locator(".state--published")).to_be_visible()
    course = Course.objects.get()
    assert (course.status, course.lesson_count, course.modules.count()) == ("published", 10, 3)
    assert hands.done < MOST, hands.done


def _add_module(page, hands, number, title, lessons):
    hands.fill("#new-module", title)
    hands.press("Enter")
    expect(page.locator(".mod")).to_have_count(number + 1)
    place = f".mod:nth-child({number + 1})"
    hands.click(f"{place} .paste >> nth=0 >> summary")
    hands.fill(f"{place} textarea[name=titles]", "\n".join(lessons))
    hands.click(f"{place} .paste >> nth=0 >> button")
    expect(page.locator(f"{place} .les")).to_have_count(len(lessons))
