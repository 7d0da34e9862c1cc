"""The outline page: every verb, each refusal, with htmx and without."""

from uuid import uuid4

import pytest
from django.urls import reverse

from courses import services
from courses.models import Course, Lesson, Module
from courses.tests.factories import CourseFactory, LessonFactory

pytestmark = pytest.mark.django_db


def page(course):
    return reverse("admin:courses_course_outline", args=[course.pk])


@pytest.fixture
def do(login, instructor, course):
    """`do("rename", lesson=…, title=…)`: the answer of the outline to a verb, for htmx unless told otherwise."""
    client = login(instructor)

    def post(verb, htmx=True, to=course, **fields):
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(page(to), {"verb": verb, **fields}, headers=headers)

    return post


def titles(module):
    return list(module.lessons.order_by("position").values_list("title", flat=True))


def test_htmx_gets_the_outline_alone_and_others_a_redirect(do, course):
    fragment = do("add_module", title="Colour")
    assert fragment.status_code == 200
    assert fragment.content.decode().lstrip().startswith('<div id="outline"')
    assert "Module added." in fragment.content.decode()
    whole = do("add_module", htmx=False, title="Mirrors")
    assert (whole.status_code, whole["Location"]) == (302, page(course))
    assert list(course.modules.order_by("position").values_list("title", flat=True))[2:] == [
        "Colour",
        "Mirrors",
    ]


def test_a_refusal_is_said_in_the_page_and_changes_nothing(do, course, shape):
    before = shape(course)
    module = course.modules.first()
    refused = [
        do("add_module", title=""),
        do("add_module", title="x" * 256),
        do("add_lesson", module=module.pk, title=""),
        do("add_lesson", module=module.pk, title="Fine", type="assignment"),
        do("add_lesson", module=module.pk, titles="Good one\nx"),
        do("add_lesson", module=module.pk, titles="\n".join(f"Title {n}" for n in range(201))),
        do("rename", module=module.pk, title="", was=module.title),
        do("order_lessons", module=module.pk, ids=[course.lessons.first().pk]),
        do("order_modules", ids=[module.pk, module.pk]),
    ]
    for answer in refused:
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode()
    assert 'role="alert"' in do("add_module", htmx=False, title="").content.decode()
    assert shape(course) == before


def test_lessons_are_added_one_or_many(do, course):
    module = course.modules.order_by("position").last()
    do("add_lesson", module=module.pk, title="A film", type="video")
    do("add_lesson", module=module.pk, titles="  First line \n\nالسطر الثاني\n", type="text")
    assert titles(module)[3:] == ["A film", "First line", "السطر الثاني"]
    assert module.lessons.get(title="A film").type == "video"
    assert not module.lessons.get(title="A film").is_published


def test_names_are_changed_in_place_also_in_passing(do, course):
    module, lesson = course.modules.first(), course.lessons.in_order().first()
    do("rename", module=module.pk, title="Bending", was=module.title)
    do("hide_lesson", lesson=lesson.pk, title="A new name", was=lesson.title)
    module.refresh_from_db()
    lesson.refresh_from_db()
    assert (module.title, lesson.title, lesson.is_published) == ("Bending", "A new name", False)


def test_an_unchanged_name_overwrites_nobody(do, course, instructor):
    lesson = course.lessons.in_order().first()
    old = lesson.title
    services.update_lesson(lesson=lesson, by=instructor, fields={"title": "Renamed elsewhere"})
    do("lesson_down", lesson=lesson.pk, title=old, was=old)
    lesson.refresh_from_db()
    assert (lesson.title, lesson.position) == ("Renamed elsewhere", 2)


def test_a_name_given_elsewhere_is_not_overwritten_unread(do, course, instructor):
    module, lesson = course.modules.first(), course.lessons.in_order().first()
    services.update_lesson(lesson=lesson, by=instructor, fields={"title": "Theirs"})
    services.update_module(module=module, by=instructor, fields={"title": "Theirs too"})
    for answer in (
        do("rename", lesson=lesson.pk, title="Mine", was=lesson.title),
        do("hide_lesson", lesson=lesson.pk, title="Mine", was=lesson.title),
    ):
        assert "renamed this to “Theirs” in the meantime; “Mine” is not saved" in answer.content.decode()
    assert "“Theirs too”" in do("rename", module=module.pk, title="My", was=module.title).content.decode()
    for row in (module, lesson):
        row.refresh_from_db()
    assert (module.title, lesson.title, lesson.is_published) == ("Theirs too", "Theirs", True)
    do("rename", lesson=lesson.pk, title="Mine", was="Theirs")  # now it is a decision
    lesson.refresh_from_db()
    assert lesson.title == "Mine"


def test_order_by_buttons_and_by_dropping(do, course):
    first, second = course.modules.order_by("position")
    one, two, three = first.lessons.order_by("position")
    do("lesson_down", lesson=one.pk)
    assert titles(first) == [two.title, one.title, three.title]
    do("lesson_up", lesson=two.pk)
    assert titles(first) == [two.title, one.title, three.title]
    do("order_lessons", module=first.pk, ids=[three.pk, two.pk, one.pk])
    assert titles(first) == [three.title, two.title, one.title]
    do("move_lesson", lesson=two.pk, target=second.pk, position=1)
    assert titles(second)[0] == two.title
    assert titles(first) == [three.title, one.title]
    do("module_up", module=second.pk)
    assert list(course.modules.order_by("position")) == [second, first]
    do("order_modules", ids=[first.pk, second.pk])
    do("module_down", module=first.pk)
    assert list(course.modules.order_by("position")) == [second, first]
    assert [module.position for module in course.modules.order_by("position")] == [1, 2]


def test_shown_and_hidden(do, course):
    module, lesson = course.modules.first(), course.lessons.in_order().first()
    for _twice in range(2):  # a second click, or a page that is behind, says the same again
        do("hide_module", module=module.pk)
        assert course.lessons.live().count() == 3
    for _twice in range(2):
        do("show_module", module=module.pk)
        do("hide_lesson", lesson=lesson.pk)
        assert course.lessons.live().count() == 5
    html = do("hide_lesson", lesson=lesson.pk).content.decode()
    assert f'id="show-{lesson.pk}" name="verb" value="show_lesson"' in html
    assert f'id="show-{module.pk}" name="verb" value="hide_module"' in html
    Lesson.objects.filter(pk=lesson.pk).update(body="")
    answer = do("show_lesson", lesson=lesson.pk).content.decode()
    assert "Write the text." in answer
    assert course.lessons.live().count() == 5


def test_removed_undone_and_restored(do, course):
    first, second = course.modules.order_by("position")
    lesson = first.lessons.order_by("position")[1]
    answer = do("remove_lesson", lesson=lesson.pk)
    undo = answer.context["done"].undo
    assert "Undo" in answer.content.decode()
    assert lesson.title not in titles(first)
    do(**undo)
    lesson.refresh_from_db()
    assert (lesson.module, lesson.position) == (first, 2)
    do("remove_module", module=first.pk)
    assert list(course.modules.all()) == [second]
    assert [row.module for row in course.lessons.filter(pk=lesson.pk)] == [None]
    do("restore_lesson", lesson=lesson.pk, target=second.pk)
    assert titles(second)[-1] == lesson.title


def test_removing_what_students_worked_on_is_asked_twice(do, course, pupils):
    lesson = course.lessons.in_order().first()
    pupils({lesson.pk: 3})
    answer = do("remove_lesson", lesson=lesson.pk)
    assert "3 students" in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.deleted_at is None
    do(**answer.context["done"].force)
    lesson.refresh_from_db()
    assert lesson.deleted_at is not None


def test_nothing_of_another_course_is_reached(do, course, instructor, outsider_instructor, shape):
    foreign = CourseFactory(instructor=outsider_instructor)
    sister = CourseFactory(instructor=instructor)
    own_lesson, own_module = course.lessons.in_order().first(), course.modules.first()
    before = [shape(row) for row in (course, foreign, sister)]
    for other in (foreign, sister):
        lesson, module = other.lessons.in_order().first(), other.modules.first()
        for verb in ("rename", "show_lesson", "hide_lesson", "lesson_up", "lesson_down", "remove_lesson"):
            assert do(verb, lesson=lesson.pk, title="Mine", was="x").status_code == 404
        for verb in ("rename", "hide_module", "module_up", "module_down", "remove_module", "add_lesson"):
            assert do(verb, module=module.pk, title="Mine", was="x").status_code == 404
        assert do("move_lesson", lesson=own_lesson.pk, target=module.pk).status_code == 404
        assert do("move_lesson", lesson=lesson.pk, target=own_module.pk).status_code == 404
        assert do("restore_lesson", lesson=own_lesson.pk, target=module.pk).status_code == 404
        assert 'role="alert"' in do("order_lessons", module=own_module.pk, ids=[lesson.pk]).content.decode()
    for nonsense in ("", "x", uuid4(), "'; drop table"):
        assert do("show_lesson", lesson=nonsense).status_code == 404
    assert do("publish").status_code == 404
    assert [shape(row) for row in (course, foreign, sister)] == before


def test_the_outline_costs_the_same_at_triple_size(login, instructor, course, max_queries):
    client = login(instructor)
    services.remove_lesson(lesson=course.lessons.first(), by=instructor)
    with max_queries(12):
        client.get(page(course))
    for module in list(course.modules.all()) * 2:
        for _n in range(3):
            LessonFactory(module=module)
    for n in range(4):
        services.add_module(course=course, by=instructor, title=f"More {n}")
    with max_queries(12):
        html = client.get(page(course)).content.decode()
    assert html.count('class="les"') == course.lessons.present().count()


def test_from_nothing_to_published(login, instructor):
    """The whole way by forms alone, as without JavaScript."""
    client = login(instructor)
    terms = {
        "level": "beginner",
        "language": "en",
        "price": "0",
        "currency": "EGP",
        "certificate_enabled": "on",
    }
    made = client.post(
        "/admin/courses/course/add/",
        {
            **terms,
            "title": "Lenses",
            "description": "How a piece of glass bends light, and what one can do with it.",
        },
    )
    outline = made["Location"]
    client.post(outline, {"verb": "add_module", "title": "Glass"})
    module = Module.objects.get()
    client.post(
        outline, {"verb": "add_lesson", "module": module.pk, "titles": "One\nTwo\nThree", "type": "text"}
    )
    client.post(outline, {"verb": "add_lesson", "module": module.pk, "title": "Quiz", "type": "quiz"})
    for lesson in Lesson.objects.filter(type="text"):
        url = reverse("admin:courses_lesson_change", args=[lesson.pk])
        data = {"title": lesson.title, "type": "text", "body": "# Hold it\n\nto the window.", "is_required": "on",
                "required_watch_percentage": "80", "_save": ""}  # fmt: skip
        assert client.post(url, data)["Location"].startswith(outline)
    quiz = Lesson.objects.get(type="quiz")
    assert f"{reverse('admin:quizzes_quiz_add')}?lesson={quiz.pk}" in client.get(outline).content.decode()
    course = Course.objects.get()
    client.post(reverse("admin:courses_course_life", args=[course.pk]), {"verb": "publish_all"})
    course.refresh_from_db()
    assert (course.status, course.lesson_count) == ("published", 3)  # the quiz waits for its questions
