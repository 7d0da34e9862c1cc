"""An instructor builds a small course by clicking, in the admin."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import PASSWORD
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory
from files.tests.factories import png_bytes
from quizzes.tests.factories import QuizFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ABOUT = "How a piece of **glass** bends light, and what one can do with it on a sunny day."


def enter(page, person):
    """Come to the admin as a stranger and sign in through the site's form."""
    page.goto("/admin/")
    page.fill("[name=login]", person.email)
    page.fill("[name=password]", PASSWORD)
    page.locator("main .btn--primary[type=submit]").click()
    page.wait_for_url("**/admin/")


def row(page, title):
    """The row of the outline whose name is `title`."""
    return page.locator(".les").filter(has=page.locator(f'[data-name][value="{title}"]'))


def order(page):
    return page.locator(".les [data-name]").evaluate_all("inputs => inputs.map(input => input.defaultValue)")


@contextmanager
def replaced(page):
    """Wait until the outline on the page has given way to the one that the server answered."""
    page.locator("#outline").evaluate("part => part.dataset.former = ''")
    yield
    expect(page.locator("#outline[data-former]")).to_have_count(0)


def drag_up(page):
    """Drag the second lesson before the first one."""
    first = page.locator(".les").nth(0)
    page.locator(".les").nth(1).locator(".grip").drag_to(first, target_position={"x": 20, "y": 4})


@pytest.mark.parametrize("locale, width", [("en", 1280), ("ar", 360)])
def test_a_course_is_built_and_published(open_page, instructor, locale, width):
    type(instructor).objects.filter(pk=instructor.pk).update(locale=locale)
    page = open_page(locale=locale, width=width)
    enter(page, instructor)
    page.locator("a[href='/admin/courses/course/add/']").first.click()
    page.fill("[name=title]", "Lenses & light")
    page.fill("[name=description]", ABOUT)
    expect(page.locator("[data-preview] strong")).to_have_text("glass")
    page.locator("#submit-row [name=_save]").click()
    page.wait_for_url("**/outline/")

    page.fill("#new-module", "Glass")
    page.keyboard.press("Enter")
    expect(page.locator(".mod")).to_have_count(1)
    module = page.locator(".mod").first
    module.locator("[id^=new-]").fill("At the window")
    module.locator("[id^=add-]").click()
    expect(page.locator(".les")).to_have_count(1)
    paste = module.locator(".paste").first
    paste.locator("summary").click()
    paste.locator("textarea").fill("At the wall\nIn the hand")
    paste.locator(".ab").click()
    expect(page.locator(".les")).to_have_count(3)
    assert order(page) == ["At the window", "At the wall", "In the hand"]

    _arrange(page)
    _write(page, "At the window", with_picture=True)
    _write(page, "At the wall")
    _write(page, "Held in the hand")
    page.locator("[name=verb][value=publish_all]").click()
    expect(page.locator(".state--published")).to_be_visible()
    course = Course.objects.get()
    assert (course.status, course.lesson_count) == ("published", 3)
    page.locator(f"a[href*='enrollment/?course={course.pk}']").first.click()
    page.wait_for_url("**/enrollments/enrollment/**")


def _arrange(page):
    """Order by button and by dragging, rename in place, remove and take it back."""
    row(page, "At the window").locator("[value=lesson_down]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".les [data-name]").first).to_have_value("At the wall")
    assert page.evaluate("document.activeElement.value") == "lesson_down"  # one goes on where one was
    with replaced(page):
        drag_up(page)
    expect(page.locator(".les [data-name]").first).to_have_value("At the window")
    assert list(Lesson.objects.order_by("position").values_list("title", flat=True)) == order(page)

    name = row(page, "In the hand").locator("[data-name]")
    name.fill("Held in the hand")
    name.press("Enter")
    expect(row(page, "Held in the hand")).to_have_count(1)
    held = row(page, "Held in the hand")
    held.locator(".more summary").click()
    held.locator("[value=remove_lesson]").click()
    expect(page.locator(".les")).to_have_count(2)
    page.locator("#undo").click()
    expect(page.locator(".les")).to_have_count(3)


def _write(page, title, with_picture=False):
    row(page, title).locator("a.ib").click()
    page.locator("#id_body").fill("## Hold it\n\nto the **light**.\n\n")
    expect(page.locator("[data-preview] strong")).to_have_text("light")
    if with_picture:
        page.fill("#id_picture_alt", "A lens")
        page.set_input_files(
            "#id_picture", {"name": "lens.png", "mimeType": "image/png", "buffer": png_bytes()}
        )
        expect(page.locator("[data-preview] img[alt='A lens']")).to_be_visible()
        assert "![A lens](file:" in page.locator("#id_body").input_value()
    page.locator("#submit-row [name=_save]").click()
    page.wait_for_url("**/outline/**")


@pytest.fixture
def outline(open_page, sign_in):
    """The outline of a course of two lessons, opened by its instructor."""
    course = CourseFactory(draft=True, modules=1, lessons=2)
    page = open_page(width=1280)
    sign_in(page, course.instructor)
    page.goto(f"/admin/courses/course/{course.pk}/outline/")
    return page


def test_what_is_typed_while_an_answer_comes_is_kept(outline):
    page = outline
    before = order(page)
    waiting = []
    page.route("**/outline/", lambda route: waiting.append(route))
    with replaced(page):
        with page.expect_request("**/outline/"):
            drag_up(page)
        name = page.locator(".les [data-name]").nth(0)
        page.fill("#new-module", "Mirrors")
        name.fill("Held in the hand")
        waiting.pop().continue_()
    page.unroute("**/outline/")
    expect(page.locator("#new-module")).to_have_value("Mirrors")
    expect(name).to_have_value("Held in the hand")
    expect(name).to_be_focused()
    with replaced(page):
        name.press("Enter")
    assert order(page) == ["Held in the hand", before[0]]
    expect(page.locator("#new-module")).to_have_value("Mirrors")  # still waits to be sent
    with replaced(page):
        page.locator("#new-module").press("Enter")
    expect(page.locator(".mod")).to_have_count(2)
    expect(page.locator("#new-module")).to_have_value("")


def test_what_is_typed_does_not_undo_what_another_changed_meanwhile(outline):
    page = outline
    lesson = Lesson.objects.order_by("position").first()
    waiting = []
    page.route("**/outline/", lambda route: waiting.append(route))
    with replaced(page):
        with page.expect_request("**/outline/"):
            drag_up(page)
        name = row(page, lesson.title).locator("[data-name]")
        name.fill("Mine")
        Lesson.objects.filter(pk=lesson.pk).update(title="Another's")
        waiting.pop().continue_()
    page.unroute("**/outline/")
    name = row(page, "Another's").locator("[data-name]")
    expect(name).to_have_value("Mine")
    with replaced(page):
        name.press("Enter")
    expect(page.locator("#outline [role=alert]")).to_contain_text("Another's")
    lesson.refresh_from_db()
    assert lesson.title == "Another's"
    expect(name).to_have_value("Mine")


def test_a_name_is_saved_on_leaving_after_an_answer_that_failed(outline, complaints):
    complaints.expect("503")
    page = outline
    page.route("**/outline/", lambda route: route.fulfill(status=503))
    with page.expect_response("**/outline/"):
        drag_up(page)
    page.unroute("**/outline/")
    name = page.locator(".les [data-name]").nth(0)
    name.fill("Held in the hand")
    with replaced(page):
        page.locator("#new-module").focus()
    assert Lesson.objects.filter(title="Held in the hand").exists()


def test_the_outline_works_without_scripts(open_page, instructor, sign_in):
    page = open_page(scripts=False)
    sign_in(page, instructor)
    page.goto("/admin/courses/course/add/")
    page.fill("[name=title]", "Lenses")
    page.locator("[name=title]").press("Enter")
    page.wait_for_url("**/outline/")
    page.fill("#new-module", "Glass")
    page.keyboard.press("Enter")
    page.locator(".mod [id^=new-]").fill("At the window")
    page.keyboard.press("Enter")
    page.locator(".mod [id^=new-]").fill("At the wall")
    page.keyboard.press("Enter")
    row(page, "At the wall").locator("[value=lesson_up]").click()
    assert order(page) == ["At the wall", "At the window"]
    row(page, "At the wall").locator("[value=show_lesson]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    assert not Lesson.objects.filter(is_published=True).exists()


def test_questions_of_a_quiz_are_dragged(open_page, sign_in, complaints):
    quiz = QuizFactory(draft=True)
    before = list(quiz.questions.values_list("pk", flat=True))
    page = open_page()
    sign_in(page, quiz.course.instructor)
    page.set_viewport_size({"width": 1280, "height": 4000})  # nothing scrolls under the hand
    page.goto(f"/admin/quizzes/quiz/{quiz.pk}/change/")
    questions = page.locator("[data-sort] > article")
    with page.expect_navigation():
        questions.nth(2).locator(".grip").drag_to(questions.nth(0), target_position={"x": 20, "y": 4})
    expect(questions.first).to_have_id(f"question-{before[2]}")
    assert list(quiz.questions.values_list("pk", flat=True)) == [before[2], before[0], before[1]]
