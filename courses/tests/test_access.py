"""Who may see and do what: role x route x state of the course. Nothing changes on refusal."""

import pytest

from courses import services
from courses.models import Course, LessonResource
from courses.permissions import get_course_for
from courses.tests.factories import CourseFactory, LessonFactory

pytestmark = pytest.mark.django_db
API = "/api/v1"
STATES = ("draft", "published", "archived", "binned")
ROLES = ("visitor", "student", "owner", "outsider", "demoted", "admin")

OPEN = {"published": 200, "draft": 404, "archived": 404, "binned": 404}
ALL = dict.fromkeys(STATES, 200)
OWN = {**ALL, "binned": 404}
READ = {"visitor": OPEN, "student": OPEN, "owner": OWN, "outsider": OPEN, "demoted": OWN, "admin": ALL}


def write(done, forbidden="not_owner"):
    """Statuses of a write that answers `done` to those who may."""
    hidden = {"draft": 404, "archived": 404, "binned": 404}
    return {
        "visitor": dict.fromkeys(STATES, 401),
        "student": {"published": 403, **hidden},
        "owner": {**dict.fromkeys(STATES, done), "binned": 404},
        "outsider": {"published": 403, **hidden},
        "demoted": {"published": 403, "draft": 403, "archived": 403, "binned": 404},
        "admin": dict.fromkeys(STATES, done),
    }


# The parts of a lesson: locked for who sees the course without learning in it.
LOCKED = {"published": 403, "draft": 404, "archived": 404, "binned": 404}
PARTS = {
    **dict.fromkeys(["visitor", "student", "outsider"], LOCKED),
    "owner": OWN,
    "demoted": {**dict.fromkeys(STATES, 403), "binned": 404},
    "admin": ALL,
}
# The admin: a door for teachers, behind which there is nobody else's.
OUTSIDE, NOTHING = dict.fromkeys(STATES, 302), dict.fromkeys(STATES, 404)
STAFF = {
    **dict.fromkeys(["visitor", "student", "demoted"], OUTSIDE),
    "owner": OWN,
    "outsider": NOTHING,
    "admin": ALL,
}

# method, path, body, statuses by role and state
ROUTES = [
    ("get", "/admin/courses/course/{id}/change/", None, STAFF),
    ("get", "/admin/courses/course/{id}/outline/", None, STAFF),
    ("get", "/admin/courses/course/{id}/history/", None, STAFF),
    ("get", "/admin/courses/lesson/{lesson}/change/", None, STAFF),
    ("get", "/courses/{slug}/", None, READ),
    ("get", API + "/courses/{id}", None, READ),
    ("get", API + "/courses/{slug}", None, READ),
    ("get", API + "/courses/{id}/content", None, READ),
    ("get", API + "/courses/{id}/content?include=body", None, READ),
    ("get", API + "/courses/{id}/modules", None, READ),
    ("get", API + "/courses/{id}/lessons", None, READ),
    ("get", API + "/modules/{module}", None, READ),
    ("get", API + "/lessons/{lesson}", None, READ),
    ("get", API + "/lessons/{lesson}/resources", None, PARTS),
    ("get", API + "/courses/{id}/checklist", None, write(200)),
    ("put", API + "/courses/{id}/content", {"modules": []}, write(200)),
    ("post", API + "/courses/{id}/publish", {}, write(200)),
    ("post", API + "/courses/{id}/unpublish", {}, write(200)),
    ("post", API + "/courses/{id}/archive", {}, write(200)),
    ("post", API + "/courses/{id}/restore", {}, write(200)),
    ("post", API + "/courses/{id}/duplicate", {}, write(201)),
    ("post", API + "/modules/{module}/duplicate", {}, write(201)),
    ("post", API + "/lessons/{lesson}/duplicate", {}, write(201)),
    ("patch", API + "/courses/{id}", {"subtitle": "Other"}, write(200)),
    ("put", API + "/courses/{id}", {"title": "Other"}, write(200)),
    ("delete", API + "/courses/{id}", None, write(204)),
    ("post", API + "/courses/{id}/modules", {"title": "New"}, write(201)),
    ("post", API + "/courses/{id}/lessons", {"title": "New", "module": "{module}"}, write(201)),
    ("post", API + "/courses/{id}/reorder", {"ids": ["{second}", "{module}"]}, write(204)),
    ("patch", API + "/modules/{module}", {"title": "Other"}, write(200)),
    ("delete", API + "/modules/{module}", None, write(204)),
    ("post", API + "/modules/{module}/publish", {}, write(200)),
    ("post", API + "/modules/{module}/unpublish", {}, write(200)),
    ("post", API + "/modules/{module}/reorder", {"ids": "{lessons}"}, write(204)),
    ("patch", API + "/lessons/{lesson}", {"title": "Other"}, write(200)),
    ("delete", API + "/lessons/{lesson}", None, write(204)),
    ("post", API + "/lessons/{lesson}/publish", {}, write(200)),
    ("post", API + "/lessons/{lesson}/unpublish", {}, write(200)),
    ("post", API + "/lessons/{lesson}/move", {"module": "{second}"}, write(200)),
    ("post", API + "/lessons/{lesson}/restore", {"module": "{second}"}, write(200)),
    ("post", API + "/lessons/{lesson}/resources", {"url": "https://example.org/"}, write(201)),
    ("patch", API + "/resources/{resource}", {"title": "Other"}, write(200)),
    ("delete", API + "/resources/{resource}", None, write(204)),
]


@pytest.fixture
def people(instructor, outsider_instructor, student, admin_user):
    return {
        "visitor": None,
        "student": student,
        "owner": instructor,
        "outsider": outsider_instructor,
        "demoted": instructor,
        "admin": admin_user,
    }


@pytest.fixture
def set_up(people, instructor):
    """`set_up(state, role)`: a course in this state, and what of it addresses may name."""

    def make(state, role):
        course = CourseFactory(instructor=instructor, draft=state in ("draft", "binned"))
        lesson = course.lessons.in_order().first()
        resource = services.add_resource(lesson=lesson, by=instructor, url="https://example.org/a")
        if state == "archived":
            services.archive(course=course, by=instructor)
        if state == "binned":
            services.bin_course(course=course, by=instructor)
        if role == "demoted":
            type(instructor).objects.filter(pk=instructor.pk).update(role="student")
            instructor.refresh_from_db()
        modules = list(course.modules.order_by("position"))
        names = {
            "id": course.pk,
            "slug": course.slug,
            "module": modules[0].pk,
            "second": modules[1].pk,
            "lesson": lesson.pk,
            "resource": resource.pk,
        }
        lessons = [str(pk) for pk in modules[0].lessons.order_by("position").values_list("pk", flat=True)]
        return course, {key: str(value) for key, value in names.items()}, lessons

    return make


def filled(body, names, lessons):
    if not isinstance(body, dict):
        return body
    found = {}
    for key, value in body.items():
        if value == []:
            found[key] = value
        elif value == "{lessons}":
            found[key] = lessons[::-1]
        elif isinstance(value, list):
            found[key] = [text.format(**names) for text in value]
        else:
            found[key] = value.format(**names)
    return found


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", ROLES)
def test_matrix(set_up, people, api, login, shape, role, state):
    course, names, lessons = set_up(state, role)
    writes = [route for route in ROUTES if route[0] != "get"]
    for method, path, body, expected in ROUTES:
        may = expected[role][state]
        if (method, path, body, expected) in writes and may < 400:
            continue  # what they may do is done below, each on a fresh course
        before = shape(course)
        client = api(people[role]) if path.startswith(API) else login(people[role])
        options = {} if body is None else {"data": filled(body, names, lessons), "format": "json"}
        response = getattr(client, method)(path.format(**names), **options)
        assert response.status_code == may, (method, path, response.content)
        if may >= 400:
            assert shape(course) == before, path
            assert LessonResource.objects.count() == 1
        if may == 403:
            code = "not_owner" if role == "outsider" else "permission_denied"
            if expected is PARTS:  # learning decides, and says what is missing
                code = "sign_in_required" if role == "visitor" else "not_enrolled"
            assert response.json()["code"] == code, path


@pytest.mark.parametrize("role", ["owner", "admin"])
@pytest.mark.parametrize(
    ("method", "path", "body", "expected"), [r for r in ROUTES if r[0] != "get"], ids=lambda v: str(v)[:40]
)
def test_editors_may_write(set_up, people, api, role, method, path, body, expected):
    _course, names, lessons = set_up("draft", role)
    options = {} if body is None else {"data": filled(body, names, lessons), "format": "json"}
    response = getattr(api(people[role]), method)(path.format(**names), **options)
    assert response.status_code == expected[role]["draft"], response.content


@pytest.mark.parametrize("state", STATES)
def test_courses_are_given_away_by_admins_alone(set_up, people, api, shape, outsider_instructor, state):
    course, names, _lessons = set_up(state, "owner")
    before, body = shape(course), {"instructor": str(outsider_instructor.pk)}
    for role, expected in write(200).items():
        if role == "demoted":
            continue  # that role is a state of the owner
        status = 403 if role == "owner" and state != "binned" else expected[state]
        response = api(people[role]).post(f"{API}/courses/{names['id']}/transfer", body)
        assert response.status_code == status, role
        if role != "admin":
            assert shape(course) == before
    course.refresh_from_db()
    assert course.instructor == outsider_instructor


def test_bin_is_for_admins_alone(set_up, people, api):
    course, names, _lessons = set_up("binned", "owner")
    for role in ("visitor", "student", "owner", "outsider"):
        for user in (people[role],):
            assert course not in Course.objects.visible_to(user or AnonymousPerson())
    assert api(people["owner"]).post(f"{API}/courses/{names['id']}/restore", {}).status_code == 404
    assert api(people["admin"]).post(f"{API}/courses/{names['id']}/restore", {}).json()["status"] == "draft"


class AnonymousPerson:
    is_authenticated = False


@pytest.mark.parametrize("path", ["/courses", "/courses/mine"])
def test_only_teachers_author(api, people, path):
    method = "post" if path == "/courses" else "get"
    for role, status in (("visitor", 401), ("student", 403)):
        response = getattr(api(people[role]), method)(API + path, {"title": "Optics"})
        assert response.status_code == status
    assert not Course.objects.exists()


def test_rows_and_querysets_agree(set_up, people, instructor):
    for state in STATES:
        set_up(state, "owner")
    for role, person in people.items():
        user = person or AnonymousPerson()
        if role == "demoted":
            continue
        editable = set(Course.objects.editable_by(user))
        assert {course for course in Course.objects.all() if course.can_edit(user)} == editable
        for course in Course.objects.visible_to(user):
            assert get_course_for(user, course.pk) == course


# --- Ids of another course in every path and body


def test_foreign_parts_are_refused(api, instructor, shape):
    course, other = CourseFactory(instructor=instructor), CourseFactory(instructor=instructor)
    mine, theirs = course.modules.first(), other.modules.first()
    lesson = course.lessons.first()
    client = api(instructor)
    before = shape(course), shape(other)
    answers = [
        client.post(f"{API}/courses/{course.pk}/lessons", {"title": "New", "module": str(theirs.pk)}),
        client.post(f"{API}/lessons/{lesson.pk}/move", {"module": str(theirs.pk)}),
        client.post(f"{API}/courses/{course.pk}/reorder", {"ids": [str(theirs.pk), str(mine.pk)]}),
        client.post(
            f"{API}/modules/{mine.pk}/reorder",
            {"ids": [str(pk) for pk in other.lessons.values_list("pk", flat=True)][:3]},
        ),
    ]
    assert [a.status_code for a in answers] == [422, 422, 409, 409]
    assert [a.json()["errors"][0]["code"] for a in answers[:2]] == ["unknown_module"] * 2
    assert (shape(course), shape(other)) == before


@pytest.mark.parametrize(
    "name", ["status", "enrollment_count", "published_at", "id", "revision", "lesson_count"]
)
def test_read_only_fields_are_refused(api, course, lesson, instructor, shape, name):
    before = shape(course)
    client = api(instructor)
    bodies = [
        client.patch(f"{API}/courses/{course.pk}", {name: "published"}),
        client.put(f"{API}/courses/{course.pk}", {"title": "T" * 5, name: 1}),
        client.post(f"{API}/courses", {"title": "New", name: 1}),
        client.patch(f"{API}/lessons/{lesson.pk}", {name: 1}),
        client.patch(f"{API}/modules/{lesson.module_id}", {name: 1}),
        client.post(f"{API}/courses/{course.pk}/modules", {"title": "New", name: 1}),
    ]
    for response in bodies:
        assert response.status_code == 422
        assert response.json()["errors"] == [
            {"field": name, "code": "unknown_field", "message": "This field is not known here."}
        ]
    assert shape(course) == before
    assert Course.objects.count() == 1


def test_lesson_that_is_not_live_is_for_its_editors(api, course, people):
    hidden = LessonFactory(module=course.modules.first(), title="Hidden", is_published=False)
    for role, status in (
        ("visitor", 404),
        ("student", 404),
        ("outsider", 404),
        ("owner", 200),
        ("admin", 200),
    ):
        assert api(people[role]).get(f"{API}/lessons/{hidden.pk}").status_code == status
        tree = api(people[role]).get(f"{API}/courses/{course.pk}/content").json()
        assert ("Hidden" in str(tree)) is (status == 200)
        listed = api(people[role]).get(f"{API}/courses/{course.pk}/lessons").json()
        assert ("Hidden" in str(listed)) is (status == 200)
