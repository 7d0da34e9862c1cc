"""Two authors at one course, and what the admin offers beside the form: releases, copies, undo, transfer, bin."""

from datetime import timedelta
from functools import partialmethod

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import services
from courses.admin.course_form import CourseForm
from courses.admin.lesson_form import LessonForm
from courses.models import Course, Module
from courses.tests.factories import CourseFactory
from enrollments.services import enroll

pytestmark = pytest.mark.django_db


def outline(course):
    return reverse("admin:courses_course_outline", args=[course.pk])


def details(course):
    return reverse("admin:courses_course_change", args=[course.pk])


def life(course):
    return reverse("admin:courses_course_life", args=[course.pk])


def sent(client, address):
    """What the browser would send back from the form of this page, untouched."""
    response = client.get(address)
    form = response.context["adminform"].form
    fields = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, (list, tuple)):
            fields[bound.html_name] = [getattr(item, "pk", item) for item in value]
        elif value is not None and value is not False:
            fields[bound.html_name] = value
    assert f'name="seen" value="{form.fingerprint}"' in response.content.decode()
    return {**fields, "seen": form.fingerprint}


# --- Two authors


def test_the_second_author_overwrites_nothing_unknowingly(login, course, instructor, admin_user):
    mine, theirs = login(instructor), login(admin_user)
    first = sent(mine, details(course))
    second = sent(theirs, details(course))
    assert theirs.post(details(course), {**second, "subtitle": "Theirs"}).status_code == 302
    refused = mine.post(details(course), {**first, "title": "Mine"})
    html = refused.content.decode()
    assert refused.status_code == 200
    assert "Amal Farouk saved this in the meantime" in html
    assert "Now stands here: Theirs" in html
    course.refresh_from_db()
    assert (course.title, course.subtitle) == ("Light and lenses", "Theirs")
    seen = refused.context["adminform"].form.fingerprint  # now it is a decision
    assert mine.post(details(course), {**first, "title": "Mine", "seen": seen}).status_code == 302
    course.refresh_from_db()
    assert (course.title, course.subtitle) == ("Mine", "")


def test_a_save_between_the_look_and_the_write_is_not_overwritten(
    login, course, lesson, instructor, admin_user, monkeypatch
):
    def elsewhere(form, write):
        row, fields = form.instance, {"title": "Theirs"}
        if isinstance(row, Course):
            services.update_course(course=row, by=admin_user, fields=fields)
        else:
            services.update_lesson(lesson=row, by=admin_user, fields=fields)
        return write(form)

    client = login(instructor)
    for form, row in ((CourseForm, course), (LessonForm, lesson)):
        address = reverse(f"admin:courses_{row._meta.model_name}_change", args=[row.pk])
        read = sent(client, address)
        monkeypatch.setattr(form, "write", partialmethod(elsewhere, form.write))
        refused = client.post(address, {**read, "title": "Mine"})
        assert "This was changed in the meantime" in refused.content.decode()
        row.refresh_from_db()
        assert row.title == "Theirs"


def test_a_change_of_the_outline_makes_no_form_stale(login, course, instructor):
    client = login(instructor)
    form = sent(client, details(course))
    services.add_module(course=course, by=instructor, title="Colour")
    enroll(student=instructor, course=course, source="web")
    assert client.post(details(course), {**form, "subtitle": "Glass"}).status_code == 302


def test_the_second_author_of_a_lesson(login, lesson, instructor):
    client = login(instructor)
    address = reverse("admin:courses_lesson_change", args=[lesson.pk])
    form = sent(client, address)
    services.update_lesson(lesson=lesson, by=None, fields={"body": "Somebody else's words."})
    refused = client.post(address, {**form, "body": "My words."})
    assert "This was saved elsewhere in the meantime." in refused.content.decode()
    assert "My words." in refused.content.decode()
    lesson.refresh_from_db()
    assert lesson.body == "Somebody else&#x27;s words." or lesson.body == "Somebody else's words."


# --- Modules: release, copy, undo


@pytest.fixture
def do(login, instructor, course):
    client = login(instructor)

    def post(verb, **fields):
        return client.post(outline(course), {"verb": verb, **fields}, headers={"HX-Request": "true"})

    return post


def test_a_release_is_set_in_the_authors_time_zone(do, course, instructor):
    type(instructor).objects.filter(pk=instructor.pk).update(time_zone="Africa/Cairo")
    module = course.modules.first()
    terms = {"description": "Look", "release_at": "2027-01-10T09:00", "release_after_days": "7"}
    page = do("set_up_module", module=module.pk, revision=module.revision, **terms)
    module.refresh_from_db()
    assert module.release_at.isoformat() == "2027-01-10T07:00:00+00:00"
    assert (module.description, module.release_after_days) == ("Look", 7)
    html = page.content.decode()
    assert 'value="2027-01-10T09:00"' in html
    assert "Opens 7 days after enrolling" in html


def test_settings_of_a_module_are_refused_with_a_sentence(do, course, shape):
    module = course.modules.first()
    before = shape(course)
    for fields in (
        {"release_at": "soon"},
        {"release_after_days": "-1"},
        {"release_after_days": "3651"},
        {"description": "x" * 2001},
        {"revision": module.revision + 1},
    ):
        html = do("set_up_module", module=module.pk, **fields).content.decode()
        assert 'role="alert"' in html, fields
    assert shape(course) == before
    assert do("set_up_module", module=CourseFactory().modules.first().pk).status_code == 404


def test_removing_a_module_is_taken_back(do, course):
    module = course.modules.first()
    opens = timezone.now() + timedelta(days=3)
    Module.objects.filter(pk=module.pk).update(release_at=opens, description="Look", is_published=False)
    lessons = list(module.lessons.order_by("position").values_list("pk", flat=True))
    undo = do("remove_module", module=module.pk).context["done"].undo
    assert course.modules.count() == 1
    assert "is back" in do(**undo).content.decode()
    back = course.modules.order_by("position").first()
    assert (back.title, back.description, back.release_at, back.is_published) == (
        module.title,
        "Look",
        opens,
        False,
    )
    assert list(back.lessons.order_by("position").values_list("pk", flat=True)) == lessons
    assert 'role="alert"' in do(**undo).content.decode()  # once is enough


def test_copies_stand_below_their_originals_and_are_hidden(do, course, lesson):
    do("duplicate_lesson", lesson=lesson.pk)
    assert list(lesson.module.lessons.order_by("position").values_list("title", "is_published"))[:2] == [
        ("Lesson 1.1", True),
        ("Copy of Lesson 1.1", False),
    ]
    do("duplicate_module", module=lesson.module_id)
    assert list(course.modules.order_by("position").values_list("title", "is_published"))[:2] == [
        ("Module 1", True),
        ("Copy of Module 1", False),
    ]
    foreign = CourseFactory()
    for verb, row in (
        ("duplicate_lesson", foreign.lessons.first()),
        ("duplicate_module", foreign.modules.first()),
    ):
        assert do(verb, **{verb.removeprefix("duplicate_"): row.pk}).status_code == 404
    assert (foreign.lessons.count(), foreign.modules.count()) == (6, 2)


# --- The course as a whole


def test_a_course_is_duplicated_by_those_who_may(login, course, instructor, outsider_instructor):
    response = login(instructor).post(life(course), {"verb": "duplicate"})
    copy = Course.objects.exclude(pk=course.pk).get()
    assert response["Location"] == outline(copy)
    assert (copy.title, copy.status, copy.instructor) == ("Copy of Light and lenses", "draft", instructor)
    assert login(outsider_instructor).post(life(course), {"verb": "duplicate"}).status_code == 404
    assert Course.objects.count() == 2


def test_binning_asks_first_and_leaves_courses_with_students_to_admins(
    login, course, instructor, admin_user, student
):
    client = login(instructor)
    assert "Put into the recycle bin" in client.post(life(course), {"verb": "bin"}).content.decode()
    course.refresh_from_db()
    assert course.deleted_at is None
    enroll(student=student, course=course, source="web")
    client.post(life(course), {"verb": "bin", "apply": "1"}, follow=True)
    course.refresh_from_db()
    assert course.deleted_at is None
    boss = login(admin_user)
    assert "1 person is enrolled" in boss.post(life(course), {"verb": "bin"}).content.decode()
    boss.post(life(course), {"verb": "bin", "apply": "1"})
    course.refresh_from_db()
    assert course.deleted_at is not None
    assert client.get(outline(course)).status_code == 404
    boss.post(life(course), {"verb": "restore"})
    course.refresh_from_db()
    assert (course.deleted_at, course.status) == (None, "draft")


def test_admins_give_courses_to_another_teacher(
    login, course, instructor, outsider_instructor, admin_user, student
):
    boss, address = login(admin_user), reverse("admin:courses_course_changelist")
    action = {"action": "transfer", "_selected_action": [course.pk]}
    page = boss.post(address, action)
    assert "New teacher" in page.content.decode()
    assert student.full_name not in page.content.decode()
    boss.post(address, {**action, "apply": "1", "instructor": student.pk})
    course.refresh_from_db()
    assert course.instructor == instructor
    login(instructor).post(address, {**action, "apply": "1", "instructor": outsider_instructor.pk})
    course.refresh_from_db()
    assert course.instructor == instructor
    boss.post(address, {**action, "apply": "1", "instructor": outsider_instructor.pk})
    course.refresh_from_db()
    assert course.instructor == outsider_instructor


def test_prerequisites_are_chosen_among_what_one_can_see(
    login, course, instructor, outsider_instructor, shape
):
    client = login(instructor)
    public = CourseFactory(instructor=outsider_instructor, title="Seeing")
    hidden = CourseFactory(instructor=outsider_instructor, title="Secret", draft=True)
    form = sent(client, details(course))
    before = shape(course)
    assert client.post(details(course), {**form, "prerequisite_courses": [hidden.pk]}).status_code == 200
    assert client.post(details(course), {**form, "prerequisite_courses": [course.pk]}).status_code == 200
    assert shape(course) == before
    assert not course.prerequisite_courses.exists()
    assert client.post(details(course), {**form, "prerequisite_courses": [public.pk]}).status_code == 302
    assert list(course.prerequisite_courses.all()) == [public]
    query = {"app_label": "courses", "model_name": "course", "field_name": "prerequisite_courses"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert {row["text"] for row in found} == {"Light and lenses", "Seeing"}


def test_looking_as_others_do_leaves_no_trace(login, course, instructor):
    from enrollments.models import Enrollment, LessonProgress

    client = login(instructor)
    lesson = course.lessons.first()
    for view in ("visitor", "student"):
        for address in (course.get_absolute_url(), f"/learn/{course.slug}/{lesson.slug}/"):
            assert client.get(f"{address}?preview={view}").status_code in (200, 403)
    assert not Enrollment.objects.exists()
    assert not LessonProgress.objects.exists()
    course.refresh_from_db()
    assert course.enrollment_count == 0
