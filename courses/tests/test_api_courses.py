"""Courses over the API."""

import pytest

from courses import services
from courses.models import Category, Course, Tag
from courses.tests.factories import CategoryFactory, CourseFactory
from files.tests.factories import stored

pytestmark = pytest.mark.django_db
API = "/api/v1"
ITEM = {
    "id",
    "slug",
    "title",
    "subtitle",
    "category",
    "tags",
    "level",
    "language",
    "direction",
    "instructor",
    "thumbnail",
    "price",
    "currency",
    "is_free",
    "duration_minutes",
    "lesson_count",
    "quiz_count",
    "enrollment_count",
    "average_rating",
    "review_count",
    "certificate_enabled",
    "published_at",
}


def titles(response):
    assert response.status_code == 200, response.content
    return [item["title"] for item in response.json()["items"]]


def codes(response):
    return [(e["field"], e["code"]) for e in response.json()["errors"]]


# --- Lists


def test_list_is_the_catalogue(api, course, draft, instructor):
    picture = stored(instructor)
    category = CategoryFactory(name_en="Physics", name_ar="فيزياء")
    fields = {"thumbnail": picture, "category": category, "tags": ["Optics"], "price": "9.50"}
    services.update_course(course=course, by=instructor, fields=fields)
    services.set_rating(course.pk, "4.25", 4)
    body = api().get(f"{API}/courses").json()
    assert {key: body[key] for key in body if key != "items"} == {
        "total": 1,
        "page": 1,
        "page_size": 20,
        "total_pages": 1,
        "next": None,
        "previous": None,
    }
    item = body["items"][0]
    assert set(item) == ITEM
    assert (item["price"], item["average_rating"], item["is_free"]) == (9.5, 4.25, False)
    assert item["category"]["name"] == "Physics"
    assert item["tags"] == [{"slug": "optics", "name": "Optics"}]
    assert item["thumbnail"]["id"] == str(picture.pk)
    assert set(item["instructor"]) == {"id", "slug", "full_name", "avatar_url", "headline"}
    arabic = api().get(f"{API}/courses", headers={"accept-language": "ar"}).json()
    assert arabic["items"][0]["category"]["name"] == "فيزياء"


def test_list_is_filtered_paged_and_counted(api, instructor):
    for n, level in enumerate(("beginner", "beginner", "advanced")):
        CourseFactory(instructor=instructor, title=f"Course {n}", level=level)
    client = api()
    page = client.get(f"{API}/courses?level=beginner&ordering=title&page_size=1&facets=true")
    assert titles(page) == ["Course 0"]
    body = page.json()
    assert body["next"] == (
        "http://testserver/api/v1/courses?level=beginner&ordering=title&page_size=1&facets=true&page=2"
    )
    assert titles(client.get(body["next"])) == ["Course 1"]
    assert {f["value"]: f["count"] for f in body["facets"]["level"]} == {
        "beginner": 2,
        "intermediate": 0,
        "advanced": 1,
    }
    assert body["facets"]["level"][0]["label"] == "Beginner"
    assert titles(client.get(f"{API}/courses?search=course 2")) == ["Course 2"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=0", "invalid_page"),
        ("page=2", "invalid_page"),
        ("page_size=101", "invalid_page"),
        ("ordering=password", "invalid_filter"),
        ("instructor__password=x", "invalid_filter"),
        ("facets=maybe", "invalid_filter"),
        ("search=a", "search_too_short"),
        ("level=a%00b", "invalid_filter"),
        ("limit=5", "invalid_filter"),
    ],
)
def test_what_the_list_does_not_take(api, course, query, code):
    response = api().get(f"{API}/courses?{query}")
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_status_and_bin_are_for_admins(api, course, draft, student, instructor, admin_user):
    gone = CourseFactory(instructor=instructor, title="Gone", draft=True)
    services.bin_course(course=gone, by=instructor)
    for person in (None, student, instructor):
        for query in ("status=all", "deleted=true"):
            assert api(person).get(f"{API}/courses?{query}").status_code == 403
    client = api(admin_user)
    assert titles(client.get(f"{API}/courses?status=draft")) == [draft.title]
    assert set(titles(client.get(f"{API}/courses?status=all"))) == {course.title, draft.title}
    assert titles(client.get(f"{API}/courses?deleted=true")) == ["Gone"]
    assert client.get(f"{API}/courses?status=none").status_code == 400
    listed = client.get(f"{API}/courses?status=draft&instructor={instructor.pk}").json()["items"]
    assert listed[0]["status"] == "draft"


def test_answer_is_not_sent_twice(api, course):
    first = api().get(f"{API}/courses")
    assert first["ETag"].startswith('W/"')
    again = api().get(f"{API}/courses", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Course.objects.update(subtitle="New")
    services.update_course(course=course, by=None, fields={"subtitle": "Newer"})
    other = api().get(f"{API}/courses?level=beginner", headers={"if-none-match": first["ETag"]})
    assert other.status_code == 200


def test_popular_and_top_rated(api, instructor):
    for n, (people, rating, reviews) in enumerate(
        [(1, "4.00", 1), (9, None, 0), (5, "4.00", 7), (0, "5.00", 1)]
    ):
        course = CourseFactory(instructor=instructor, title=f"Course {n}")
        services.set_enrollment_count(course.pk, people)
        services.set_rating(course.pk, rating, reviews)
    CourseFactory(instructor=instructor, draft=True)
    client = api()
    assert titles(client.get(f"{API}/courses/popular")) == ["Course 1", "Course 2", "Course 0", "Course 3"]
    assert titles(client.get(f"{API}/courses/top-rated?limit=2")) == ["Course 3", "Course 2"]
    for query in ("limit=0", "limit=51", "limit=x", "page=1"):
        assert client.get(f"{API}/courses/popular?{query}").status_code == 400


def test_mine(api, course, draft, instructor, outsider_instructor):
    client = api(instructor)
    assert set(titles(client.get(f"{API}/courses/mine"))) == {course.title, draft.title}
    assert titles(client.get(f"{API}/courses/mine?status=draft")) == [draft.title]
    assert titles(client.get(f"{API}/courses/mine?search=second")) == [draft.title]
    assert titles(api(outsider_instructor).get(f"{API}/courses/mine")) == []
    assert client.get(f"{API}/courses/mine?search=x").status_code == 400
    assert client.get(f"{API}/courses/mine?ordering=price").status_code == 400


# --- One course


def test_writing_a_course(api, instructor):
    category = CategoryFactory(slug="physics")
    picture = stored(instructor)
    sent = {
        "title": "الضوء والعدسات",
        "description": f"![A lens](file:{picture.pk}) **bold**",
        "objectives": ["See"],
        "category": "physics",
        "tags": ["Optics", "ضوء"],
        "language": "ar",
        "price": 12.5,
        "thumbnail": str(picture.pk),
    }
    response = api(instructor).post(f"{API}/courses", sent)
    assert response.status_code == 201, response.content
    body = response.json()
    course = Course.objects.get()
    assert response["Location"] == f"/api/v1/courses/{course.pk}"
    assert api(instructor).get(response["Location"]).status_code == 200
    assert (body["slug"], body["status"], body["can_edit"]) == ("الضوء-والعدسات", "draft", True)
    assert (body["direction"], body["price"], body["category"]["id"]) == ("rtl", 12.5, str(category.pk))
    assert f"/files/{picture.pk}/" in body["description_html"]
    assert "<strong>bold</strong>" in body["description_html"]


def test_admin_names_the_teacher_of_a_new_course(api, admin_user, instructor, outsider_instructor, student):
    client = api(admin_user)
    body = client.post(f"{API}/courses", {"title": "Optics", "instructor": str(instructor.pk)}).json()
    assert body["instructor"]["id"] == str(instructor.pk)
    for person in (student.pk, "018f4c1e-0000-7000-8000-000000000001"):
        response = client.post(f"{API}/courses", {"title": "Optics", "instructor": str(person)})
        assert (response.status_code, codes(response)) == (422, [("instructor", "not_an_instructor")])
    sent = {"title": "Optics", "instructor": str(outsider_instructor.pk)}
    assert api(instructor).post(f"{API}/courses", sent).status_code == 403
    assert Course.objects.count() == 1


def test_course_by_id_slug_and_old_slug(api, course, instructor):
    services.update_course(course=course, by=instructor, fields={"slug": "عدسات"})
    for name in (course.pk, "عدسات", "light-and-lenses"):
        body = api().get(f"{API}/courses/{name}").json()
        assert (body["id"], body["slug"]) == (str(course.pk), "عدسات")
        assert (body["status"], body["can_edit"]) == (None, False)
    for name in ("unknown", "018f4c1e-0000-7000-8000-000000000001", "A%20B", "-"):
        assert api().get(f"{API}/courses/{name}").status_code == 404


def test_patch_changes_what_is_sent_and_put_the_rest_too(api, course, instructor):
    client = api(instructor)
    client.patch(f"{API}/courses/{course.pk}", {"subtitle": "Glass", "objectives": ["See"], "price": 5})
    body = client.patch(f"{API}/courses/{course.pk}", {"tags": ["Optics"]}).json()
    assert (body["subtitle"], body["objectives"], body["price"]) == ("Glass", ["See"], 5)
    body = client.put(f"{API}/courses/{course.pk}", {"title": "Mirrors", "price": 7}).json()
    assert (body["title"], body["subtitle"], body["objectives"], body["tags"], body["price"]) == (
        "Mirrors",
        "",
        [],
        [],
        7,
    )
    assert (body["slug"], body["status"]) == ("light-and-lenses", "published")
    assert client.put(f"{API}/courses/{course.pk}", {"price": 7}).status_code == 422


def test_every_wrong_value_is_an_entry(api, course, instructor, shape):
    before = shape(course)
    sent = {"title": "a\0b", "tags": ["x"] * 11, "price": -1, "level": "expert", "category": "nowhere"}
    response = api(instructor).patch(f"{API}/courses/{course.pk}", sent)
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert set(codes(response)) == {
        ("price", "min_value"),
        ("level", "invalid_choice"),
        ("category", "unknown_category"),
    }
    response = api(instructor).patch(f"{API}/courses/{course.pk}", {"title": "a\0b", "tags": ["x"] * 11})
    assert set(codes(response)) == {("title", "invalid_characters"), ("tags", "too_many_tags")}
    assert shape(course) == before


def test_publishing_says_everything_that_is_missing(api, instructor):
    client = api(instructor)
    course = client.post(f"{API}/courses", {"title": "Optics"}).json()
    response = client.post(f"{API}/courses/{course['id']}/publish", {})
    body = response.json()
    assert (response.status_code, body["code"]) == (409, "not_publishable")
    assert {"too_few_lessons", "description_too_short"} <= {e["code"] for e in body["errors"]}
    assert all(e["target"] == course["id"] and e["url"] for e in body["errors"])
    listed = client.get(f"{API}/courses/{course['id']}/checklist").json()
    assert listed["publishable"] is False
    assert {p["code"] for p in listed["problems"] if p["level"] == "blocking"} == {
        e["code"] for e in body["errors"]
    }


def test_life_over_the_api(api, draft, instructor):
    client, address = api(instructor), f"{API}/courses/{draft.pk}"

    def post(verb, **body):
        return client.post(f"{address}/{verb}", body)

    assert post("publish", publish_content=True).json()["status"] == "published"
    assert post("publish").status_code == 200
    assert post("archive").json()["status"] == "archived"
    assert (post("unpublish").status_code, post("unpublish").json()["code"]) == (409, "wrong_status")
    assert post("restore").json()["status"] == "draft"
    assert post("publish", everything=True).status_code == 422
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_bin_with_people_inside(api, course, instructor, admin_user):
    services.set_enrollment_count(course.pk, 2)
    for query in ("", "?force=true"):
        response = api(instructor).delete(f"{API}/courses/{course.pk}{query}")
        assert (response.status_code, response.json()["code"]) == (409, "course_has_students")
    assert api(admin_user).delete(f"{API}/courses/{course.pk}").status_code == 409
    assert api(admin_user).delete(f"{API}/courses/{course.pk}?force=true").status_code == 204
    course.refresh_from_db()
    assert course.deleted_at


def test_transfer_is_for_admins(api, course, instructor, outsider_instructor, admin_user):
    sent = {"instructor": str(outsider_instructor.pk)}
    assert api(instructor).post(f"{API}/courses/{course.pk}/transfer", sent).status_code == 403
    body = api(admin_user).post(f"{API}/courses/{course.pk}/transfer", sent).json()
    assert body["instructor"]["id"] == str(outsider_instructor.pk)


def test_huge_bodies(api, course, instructor, shape):
    before = shape(course)
    client = api(instructor)
    response = client.patch(f"{API}/courses/{course.pk}", {"description": "x" * 10_000_000})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    response = client.patch(f"{API}/courses/{course.pk}", {"description": "[" * 1_000_000})
    assert (response.status_code, codes(response)) == (422, [("description", "max_length")])
    assert shape(course) == before


# --- Categories, tags, teachers, previews


def test_categories_count_published_courses(api, course, draft, instructor):
    physics, empty = CategoryFactory(name_en="Physics"), CategoryFactory(name_en="Empty")
    for row in (course, draft):
        services.update_course(course=row, by=instructor, fields={"category": physics})
    items = api().get(f"{API}/categories").json()["items"]
    assert [(i["name"], i["course_count"]) for i in items] == [("Physics", 1), ("Empty", 0)]
    assert items[1]["id"] == str(empty.pk)


def test_tags_of_drafts_are_in_no_list(api, course, draft, instructor):
    services.update_course(course=course, by=instructor, fields={"tags": ["Optics"]})
    services.update_course(course=draft, by=instructor, fields={"tags": ["Optics", "Secret"]})
    items = api().get(f"{API}/tags").json()["items"]
    assert [(i["name"], i["course_count"]) for i in items] == [("Optics", 1)]


def test_admins_keep_the_shelf(api, course, admin_user, instructor):
    client = api(admin_user)
    made = client.post(f"{API}/categories", {"name_en": "Physics", "name_ar": "فيزياء"})
    assert (made.status_code, made.json()["slug"]) == (201, "physics")
    address = f"{API}/categories/{made.json()['id']}"
    assert client.patch(address, {"name_en": "Natural science"}).json()["name_ar"] == "فيزياء"
    assert client.patch(address, {"name_en": "\0"}).status_code == 422
    client.patch(f"{API}/courses/{course.pk}", {"category": "physics", "tags": ["Optik"]})
    assert (client.delete(address).status_code, client.delete(address).json()["code"]) == (
        409,
        "category_in_use",
    )
    tag = Tag.objects.get()
    renamed = client.patch(f"{API}/tags/{tag.pk}", {"name": "Optics"}).json()
    assert (renamed["name"], renamed["course_count"]) == ("Optics", 1)
    assert client.post(f"{API}/tags", {"name": "OPTICS"}).json()["id"] == str(tag.pk)
    for person in (instructor, None):
        for path, sent in (("categories", {"name_en": "x", "name_ar": "y"}), ("tags", {"name": "x"})):
            assert api(person).post(f"{API}/{path}", sent).status_code in (401, 403)
        assert api(person).delete(f"{API}/tags/{tag.pk}").status_code in (401, 403)
    assert client.delete(f"{API}/tags/{tag.pk}").status_code == 204
    client.patch(f"{API}/courses/{course.pk}", {"category": None})
    assert client.delete(address).status_code == 204
    assert not Category.objects.exists()


def test_teachers_page(api, course, draft, instructor, student):
    for name in (instructor.pk, course.instructor.instructor_profile.slug):
        body = api().get(f"{API}/instructors/{name}").json()
        assert (body["id"], body["full_name"]) == (str(instructor.pk), "Nour El-Masry")
        assert [c["title"] for c in body["courses"]] == [course.title]
        assert instructor.email not in str(body)
    assert api().get(f"{API}/instructors/{student.pk}").status_code == 404
    assert api().get(f"{API}/instructors/nobody").status_code == 404


def test_preview_of_a_text(api, instructor, outsider_instructor, student):
    mine, foreign = stored(instructor), stored(outsider_instructor)
    text = f"**Hi** <script>alert(1)</script> ![](file:{mine.pk}) ![other](file:{foreign.pk})"
    body = api(instructor).post(f"{API}/markdown/preview", {"text": text}).json()
    assert "<strong>Hi</strong>" in body["html"]
    assert "<script" not in body["html"]
    assert f"/files/{mine.pk}/" in body["html"]
    assert str(foreign.pk) not in body["html"]
    assert [w["code"] for w in body["warnings"]] == ["picture_without_alt"]
    response = api(instructor).post(f"{API}/markdown/preview", {"text": "[" * 60_000})
    assert (response.status_code, codes(response)) == (422, [("text", "max_length")])
    for person, status in ((None, 401), (student, 403)):
        assert api(person).post(f"{API}/markdown/preview", {"text": "x"}).status_code == status
