"""The instructor's pages of a course: list, form, check list, and who never sees them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses import services
from courses.models import Category, Course, Tag
from courses.tests.factories import CategoryFactory, CourseFactory
from files.models import StoredFile
from files.tests.factories import png_bytes, stored

pytestmark = pytest.mark.django_db

LIST = "/admin/courses/course/"
ADD = "/admin/courses/course/add/"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def page(course, name="change"):
    return reverse(f"admin:courses_course_{name}", args=[course.pk])


def form_of(client, url):
    """What the browser would send back unchanged."""
    form = client.get(url).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        value = getattr(value, "pk", value)
        if field.__class__.__name__ == "BooleanField":
            if value:
                data[name] = "on"
        else:
            data[name] = "" if value is None else value
    return data


def new_course(**fields):
    return {
        "title": "Light and lenses", "subtitle": "", "slug": "", "description": "", "objectives": "",
        "requirements": "", "category": "", "tags": "", "level": "beginner", "language": "en", "thumbnail": "",
        "thumbnail_alt": "", "promo_video_url": "", "estimated_duration_minutes": "", "price": "0",
        "currency": "EGP", "max_students": "", "access_days": "", "certificate_enabled": "on",
        "min_quiz_average": "", **fields,
    }  # fmt: skip


def test_an_instructor_creates_a_course_and_lands_on_its_outline(login, instructor):
    response = login(instructor).post(
        ADD,
        new_course(objectives="Bend light\n\n  Grind a lens ", tags="Optics, الضوء، optics", price="120.50"),
    )
    course = Course.objects.get()
    assert response["Location"] == page(course, "outline")
    assert course.instructor == instructor
    assert course.status == "draft"
    assert course.objectives == ["Bend light", "Grind a lens"]
    assert set(course.tags.values_list("name", flat=True)) == {"Optics", "الضوء"}
    assert str(course.price) == "120.500"


def test_everything_can_be_changed_and_nothing_changes_by_saving(login, course, instructor):
    client = login(instructor)
    before = Course.objects.values().get(pk=course.pk)
    assert client.post(page(course), form_of(client, page(course))).status_code == 302
    assert Course.objects.values().get(pk=course.pk) == before
    category = CategoryFactory()
    changes = {
        "title": "Lenses",
        "category": category.pk,
        "tags": "Glass",
        "requirements": "Patience",
        "price": "5",
    }
    client.post(page(course), {**form_of(client, page(course)), **changes})
    course.refresh_from_db()
    assert (course.title, course.category, course.requirements) == ("Lenses", category, ["Patience"])
    assert [tag.name for tag in course.tags.all()] == ["Glass"]


def test_a_comma_may_be_part_of_a_tag(login, instructor):
    course = CourseFactory(instructor=instructor, tags=["R, advanced", "الضوء، أساسيات", "Glass"], draft=True)
    client = login(instructor)
    sent = form_of(client, page(course))
    assert client.post(page(course), {**sent, "title": "Statistics"}).status_code == 302
    names = set(course.tags.values_list("name", flat=True))
    assert names == {"R, advanced", "الضوء، أساسيات", "Glass"}
    sent = form_of(client, page(course))
    client.post(page(course), {**sent, "tags": f'{sent["tags"]}، "Arts, crafts",Paper'})
    assert set(course.tags.values_list("name", flat=True)) == names | {"Arts, crafts", "Paper"}


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"title": "ab"}, "title"),
        ({"title": "a\u202eb c"}, "title"),
        ({"language": "xx-nonsense"}, "language"),
        ({"tags": ",".join(f"tag{n}" for n in range(11))}, "tags"),
        ({"objectives": "x" * 301}, "objectives"),
        ({"price": "-1"}, "price"),
        ({"currency": "XXX1"}, "currency"),
        ({"promo_video_url": "https://evil.example/film"}, "promo_video_url"),
        ({"slug": "mine"}, "slug"),
        ({"description": "![x](file:01a1fc60-7c33-7186-8d43-435c97f99d55)"}, "description"),
        ({"max_students": "0"}, "max_students"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_written(login, instructor, fields, field):
    response = login(instructor).post(ADD, new_course(**fields))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not Course.objects.exists()


def test_a_refused_change_leaves_the_course_as_it_was(login, course, instructor, shape):
    CourseFactory(instructor=instructor, title="Mirrors")
    client, before = login(instructor), shape(course)
    response = client.post(page(course), {**form_of(client, page(course)), "title": "New", "slug": "mirrors"})
    assert "slug" in response.context["adminform"].form.errors
    assert shape(course) == before


def test_fields_that_are_not_the_forms_are_not_written(login, course, instructor, outsider_instructor):
    client = login(instructor)
    data = {**form_of(client, page(course)), "instructor": outsider_instructor.pk, "status": "archived",
            "enrollment_count": 99, "published_at_0": "2020-01-01", "deleted_at": "2020-01-01"}  # fmt: skip
    assert client.post(page(course), data).status_code == 302
    course.refresh_from_db()
    assert (course.instructor, course.status, course.enrollment_count) == (instructor, "published", 0)
    assert course.deleted_at is None


def test_an_admin_names_the_instructor_and_gives_courses_away(
    login, admin_user, instructor, outsider_instructor
):
    client = login(admin_user)
    client.post(ADD, new_course(instructor=instructor.pk))
    course = Course.objects.get()
    assert course.instructor == instructor
    client.post(page(course), {**form_of(client, page(course)), "instructor": outsider_instructor.pk})
    course.refresh_from_db()
    assert course.instructor == outsider_instructor


def test_a_student_cannot_be_made_the_instructor(login, admin_user, student):
    response = login(admin_user).post(ADD, new_course(instructor=student.pk))
    assert "instructor" in response.context["adminform"].form.errors
    assert not Course.objects.exists()


def test_a_picture_comes_with_the_form(login, course, instructor):
    client = login(instructor)
    picture = SimpleUploadedFile("lens.png", png_bytes(), content_type="image/png")
    data = {**form_of(client, page(course)), "thumbnail_upload": picture, "thumbnail_alt": "A lens"}
    assert client.post(page(course), data).status_code == 302
    course.refresh_from_db()
    assert (course.thumbnail.alt_text, course.thumbnail.visibility) == ("A lens", "public")


def test_a_file_that_is_no_picture_is_refused(login, course, instructor):
    client = login(instructor)
    data = {**form_of(client, page(course)), "thumbnail_upload": SimpleUploadedFile("a.png", b"<html>hello")}
    response = client.post(page(course), data)
    assert "thumbnail_upload" in response.context["adminform"].form.errors
    assert not StoredFile.objects.exists()


def test_somebody_elses_picture_is_refused(login, course, instructor, outsider_instructor):
    client, foreign = login(instructor), stored(outsider_instructor)
    response = client.post(page(course), {**form_of(client, page(course)), "thumbnail": foreign.pk})
    assert "thumbnail" in response.context["adminform"].form.errors
    course.refresh_from_db()
    assert course.thumbnail is None


def test_what_is_missing_stands_in_the_check_list_with_links(login, draft, instructor):
    lesson = draft.lessons.first()
    draft.lessons.filter(pk=lesson.pk).update(body="")
    html = login(instructor).get(page(draft)).content.decode()
    assert "Write the text." in html
    assert reverse("admin:courses_lesson_change", args=[lesson.pk]) in html


def test_publishing_is_refused_with_every_reason(login, instructor):
    course = CourseFactory(instructor=instructor, draft=True, modules=1, lessons=1, description="Short.")
    client = login(instructor)
    html = client.post(page(course, "life"), {"verb": "publish"}, follow=True).content.decode()
    assert "Publish at least 3 lessons (now 1)." in html
    course.refresh_from_db()
    assert course.status == "draft"


@pytest.mark.parametrize(
    "verbs, status",
    [
        (["publish"], "published"),
        (["publish", "publish"], "published"),
        (["publish", "unpublish"], "draft"),
        (["archive"], "archived"),
        (["archive", "restore"], "draft"),
        (["publish", "restore"], "published"),
    ],
)
def test_verbs_of_life(login, draft, instructor, verbs, status):
    client = login(instructor)
    for verb in verbs:
        back = client.post(page(draft, "life"), {"verb": verb, "next": page(draft, "outline")})
        assert back["Location"] == page(draft, "outline")
    draft.refresh_from_db()
    assert draft.status == status


def test_publish_everything_that_is_ready(login, draft, instructor):
    draft.lessons.update(is_published=False)
    empty = draft.lessons.in_order().first()
    draft.lessons.filter(pk=empty.pk).update(body="")
    login(instructor).post(page(draft, "life"), {"verb": "publish_all"})
    draft.refresh_from_db()
    assert (draft.status, draft.lesson_count) == ("published", 5)
    empty.refresh_from_db()
    assert not empty.is_published


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_way_back_stays_on_the_site(login, draft, instructor, place):
    back = login(instructor).post(page(draft, "life"), {"verb": "publish", "next": place})
    assert back["Location"] == page(draft)


def test_an_unknown_verb_is_404(login, draft, instructor):
    assert login(instructor).post(page(draft, "life"), {"verb": "transfer"}).status_code == 404


def test_actions_go_course_by_course_with_their_message(login, instructor, course):
    poor = CourseFactory(instructor=instructor, draft=True, modules=0, title="Nothing yet")
    client = login(instructor)
    data = {"action": "publish", "_selected_action": [course.pk, poor.pk]}
    html = client.post(LIST, data, follow=True).content.decode()
    assert "Nothing yet: This cannot be published yet." in html
    client.post(LIST, {"action": "bin", "_selected_action": [course.pk]})
    course.refresh_from_db()
    assert course.deleted_at is not None
    assert client.get(page(course)).status_code == 404


def test_only_admins_restore_from_the_bin(login, instructor, admin_user, course):
    services.bin_course(course=course, by=instructor)
    client = login(instructor)
    client.post(LIST, {"action": "restore", "_selected_action": [course.pk]})
    assert client.get(f"{LIST}?bin=yes").status_code in (200, 302)
    course.refresh_from_db()
    assert course.deleted_at is not None
    assert course.title in login(admin_user).get(f"{LIST}?bin=yes").content.decode()
    login(admin_user).post(f"{LIST}?bin=yes", {"action": "restore", "_selected_action": [course.pk]})
    course.refresh_from_db()
    assert course.deleted_at is None


def test_another_instructor_sees_none_of_it(login, outsider_instructor, course, shape):
    client, before = login(outsider_instructor), shape(course)
    lesson = course.lessons.first()
    pages = [page(course), page(course, "outline"), page(course, "history"),
             reverse("admin:courses_lesson_change", args=[lesson.pk]),
             reverse("admin:courses_lesson_history", args=[lesson.pk])]  # fmt: skip
    assert [client.get(url).status_code for url in pages] == [404] * len(pages)
    posts = [(page(course), new_course()), (page(course, "outline"), {"verb": "add_module", "title": "Mine"}),
             (page(course, "life"), {"verb": "archive"}),
             (reverse("admin:courses_lesson_change", args=[lesson.pk]), {"title": "Mine"}),
             (reverse("admin:courses_lesson_resources", args=[lesson.pk]), {"verb": "add"})]  # fmt: skip
    assert [client.post(url, data).status_code for url, data in posts] == [404] * len(posts)
    client.post(LIST, {"action": "archive", "_selected_action": [course.pk]})
    assert course.title not in client.get(LIST).content.decode()
    assert course.title not in client.get(f"{LIST}?q=Light").content.decode()
    assert shape(course) == before


def test_students_and_visitors_stay_outside(login, student, course):
    for person in (None, student):
        client = login(person)
        for url in (LIST, ADD, page(course), page(course, "outline"), "/admin/"):
            assert client.get(url).status_code == 302
    assert login(None).get(LIST, follow=True).redirect_chain[-1][0].startswith("/accounts/login/")
    answer = login(student).get(LIST, follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (403, 1)


def test_the_menu_holds_only_what_the_person_may_open(login, instructor, admin_user):
    for person in (instructor, admin_user):
        client = login(person)
        groups = client.get("/admin/").context["sidebar_navigation"]
        links = [entry["link"] for group in groups for entry in group["items"]]
        assert [client.get(link).status_code for link in links] == [200] * len(links)
        assert ("/admin/courses/category/" in links) is person.is_admin
    assert login(instructor).get("/admin/courses/category/").status_code == 403


def test_the_first_page_shows_own_courses_with_figures(
    login, course, instructor, outsider_instructor, max_queries
):
    client = login(instructor)  # the session and the person are two of the nine
    with max_queries(9):
        html = client.get("/admin/").content.decode()
    assert course.title in html
    for _n in range(3):
        CourseFactory(instructor=instructor)
    with max_queries(9):
        client.get("/admin/")
    assert course.title not in login(outsider_instructor).get("/admin/").content.decode()


def test_the_list_says_what_each_course_lacks_in_a_constant_number_of_queries(login, instructor, max_queries):
    whole = CourseFactory(instructor=instructor, draft=True, title="Whole")
    poor = CourseFactory(instructor=instructor, draft=True, modules=0, title="Poor")
    client = login(instructor)
    with max_queries(10):
        rows = client.get(LIST).context["cl"].result_list
    shown = {row.pk: row.blocking_count for row in rows}
    for course in (whole, poor):
        assert shown[course.pk] == sum(problem.is_blocking for problem in course.problems())
    for _n in range(4):
        CourseFactory(instructor=instructor, category=CategoryFactory())
    with max_queries(10):
        client.get(LIST)


def test_hostile_text_is_text(login, admin_user, instructor):
    course = CourseFactory(instructor=instructor, title=HOSTILE, subtitle=HOSTILE, description=HOSTILE * 2,
                           objectives=[HOSTILE], tags=[HOSTILE[:40]], draft=True)  # fmt: skip
    module = course.modules.first()
    services.update_module(module=module, by=instructor, fields={"title": HOSTILE})
    lesson = module.lessons.first()
    services.update_lesson(lesson=lesson, by=instructor, fields={"title": HOSTILE, "body": HOSTILE})
    urls = ["/admin/", LIST, page(course), page(course, "outline"),
            reverse("admin:courses_lesson_change", args=[lesson.pk])]  # fmt: skip
    for person in (instructor, admin_user):
        for url in urls:
            html = login(person).get(url).content.decode()
            assert "<script>alert" not in html
            assert "<img src=x" not in html


def test_the_preview_shows_what_readers_will_see(login, instructor, course, outsider_instructor):
    client = login(instructor)
    own, foreign = stored(instructor), stored(outsider_instructor)
    text = f"# Light\n\n![a lens](file:{own.pk}) ![x](file:{foreign.pk})\n\n{HOSTILE}"
    data = {"text": text, "course": course.pk}
    html = client.post(
        "/admin/courses/course/markdown/", data, HTTP_X_REQUESTED_WITH="XMLHttpRequest"
    ).content.decode()
    assert html.startswith('<div class="prose"')
    assert str(own.pk) in html
    assert str(foreign.pk) not in html
    assert "<script>alert" not in html
    whole = client.post("/admin/courses/course/markdown/", {"preview": "body", "body": text}).content.decode()
    assert "<html" in whole
    long = client.post("/admin/courses/course/markdown/", {"text": "[" * 50_001}).content.decode()
    assert "too long" in long


def merging(client, kind, rows, into=None):
    """Choose rows of a list and merge them; without `into` only the question comes."""
    answer = {"apply": "1", "into": into.pk} if into else {}
    data = {"action": "merge", "_selected_action": [row.pk for row in rows], **answer}
    return client.post(f"/admin/courses/{kind}/", data, follow=True)


def test_merging_categories(login, admin_user, instructor):
    client = login(admin_user)
    kept, gone, other = CategoryFactory(name_en="Optics"), CategoryFactory(name_en="Optik"), CategoryFactory()
    course = CourseFactory(instructor=instructor, category=gone)
    binned = CourseFactory(instructor=instructor, category=gone, draft=True)
    services.bin_course(course=binned, by=instructor)
    asked = merging(client, "category", [kept, gone]).content.decode()
    assert "The one that stays" in asked and Category.objects.count() == 3
    assert "Select a valid choice" in merging(client, "category", [kept, gone], into=other).content.decode()
    assert "at least two" in merging(client, "category", [gone], into=gone).content.decode()
    assert Category.objects.count() == 3
    merging(client, "category", [kept, gone], into=kept)
    assert set(Category.objects.all()) == {kept, other}
    assert set(Course.objects.values_list("category", flat=True)) == {kept.pk}
    services.refresh_search()  # the task that a commit wakes
    course.refresh_from_db()
    assert "optics" in course.search_text and "optik" not in course.search_text


def test_merging_tags(login, admin_user, instructor):
    both = CourseFactory(instructor=instructor, tags=["Optics", "Optik", "Glass"])
    one = CourseFactory(instructor=instructor, tags=["Optik"])
    kept, gone = (Tag.objects.get(name=name) for name in ("Optics", "Optik"))
    merging(login(admin_user), "tag", [kept, gone], into=kept)
    assert [{tag.name for tag in course.tags.all()} for course in (both, one)] == [
        {"Optics", "Glass"},
        {"Optics"},
    ]
    assert set(Tag.objects.values_list("name", flat=True)) == {"Optics", "Glass"}
    one.refresh_from_db()
    assert "optics" in one.search_text and "optik" not in one.search_text


def test_instructors_merge_nothing(login, instructor):
    rows = [CategoryFactory(), CategoryFactory()]
    assert merging(login(instructor), "category", rows, into=rows[0]).status_code == 403
    assert Category.objects.count() == 2


def test_categories_and_tags_are_for_admins(login, admin_user, instructor):
    client = login(admin_user)
    first, second = CategoryFactory(position=1), CategoryFactory(position=2)
    client.post("/admin/courses/category/add/", {"name_en": "Music", "name_ar": "موسيقى", "position": "1"})
    names = [row.name_en for row in Category.objects.order_by("position")]
    assert names == ["Music", first.name_en, second.name_en]
    course = CourseFactory(instructor=instructor, category=first, tags=["Python", "Snakes"])
    kept = client.post(
        "/admin/courses/category/",
        {"action": "delete_unused", "_selected_action": [first.pk, second.pk]},
        follow=True,
    )
    assert "Courses are still in this category." in kept.content.decode()
    assert [row.name_en for row in Category.objects.order_by("position")] == ["Music", first.name_en]
    tag = course.tags.get(name="Snakes")
    client.post(f"/admin/courses/tag/{tag.pk}/change/", {"name": "python"})
    assert [tag.name for tag in course.tags.all()] == ["Python"]
    assert login(instructor).get("/admin/courses/tag/").status_code == 403
