"""Who gets a file: people x files x requests, through the page and the API, which must agree."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import UserFactory
from courses import services as courses
from courses.tests.factories import CourseFactory
from enrollments.services import drop
from enrollments.tests.factories import EnrollmentFactory
from files.models import StoredFile
from files.tests.factories import mp4_bytes, stored
from quizzes.tests.factories import AttemptFactory, QuizFactory

PEOPLE = ("visitor", "owner", "classmate", "enrolled", "dropped", "instructor", "outsider", "admin")
# Files: of the owner (a colleague, who does not teach the course). Attached ones hang on lessons of the course;
# asked and explained ones stand in a question of it, which the enrolled has open; the due one's attempt is graded.
TABLE = {
    #                      visitor owner classmate enrolled dropped instructor outsider admin
    "private":            "404     200   404       404      404     404        404      200",
    "public":             "200     200   200       200      200     200        200      200",
    "attached":           "404     200   404       200      404     200        404      200",
    "attached to preview": "200    200   200       200      200     200        200      200",
    "asked":              "404     200   404       200      404     200        404      200",
    "explained":          "404     200   404       404      404     200        404      200",
    "explained, due":     "404     200   404       200      404     200        404      200",
    "uploading":          "404     404   404       404      404     404        404      404",
}  # fmt: skip
FREE = ("private", "public")  # nothing shows them


def build():
    """Return the people and the files by name."""
    people = make_people()
    return people, make_files(people)


@pytest.fixture(scope="module")
def built(once):
    return once(build)


@pytest.fixture
def matrix(built, db):
    return built()


@pytest.fixture
def people(matrix):
    return matrix[0]


@pytest.fixture
def files(matrix):
    return matrix[1]


def make_people():
    made = {name: UserFactory() for name in ("classmate", "enrolled", "dropped")}
    made |= {name: UserFactory(role="instructor") for name in ("owner", "instructor", "outsider")}
    return {"visitor": None, **made, "admin": UserFactory(role="admin")}


def make_files(people):
    owner, teacher = people["owner"], people["instructor"]
    made = {name: stored(owner, mp4_bytes(), f"{number}.mp4") for number, name in enumerate(TABLE)}
    StoredFile.objects.filter(pk=made["public"].pk).update(visibility="public")
    StoredFile.objects.filter(pk=made["uploading"].pk).update(status="uploading")
    course = CourseFactory(instructor=teacher, modules=1, lessons=3)
    shown, preview = list(course.lessons.order_by("position"))[:2]
    courses.update_lesson(lesson=preview, by=None, fields={"is_preview": True})
    for lesson, name in ((shown, "attached"), (preview, "attached to preview")):
        courses.add_resource(lesson=lesson, by=None, file=made[name], title="Film")
    enrolled = EnrollmentFactory(course=course, student=people["enrolled"])
    left = EnrollmentFactory(course=course, student=people["dropped"])
    for answers in (None, "right"):
        quiz = QuizFactory(course=course, questions=1)
        for enrollment in (enrolled, left):
            AttemptFactory(quiz=quiz, enrollment=enrollment, answers=answers)
        question = quiz.questions.get()
        if answers is None:
            question.pictures.add(made["asked"])
            question.review_pictures.add(made["explained"])
        else:
            question.review_pictures.add(made["explained, due"])
    drop(enrollment=left, by=people["dropped"])
    return made


def doors(login, person):
    api = APIClient()
    if person is not None:
        api.force_authenticate(person)
    return (
        (login(person), lambda file: file.get_absolute_url()),
        (api, lambda file: f"/api/v1/files/{file.pk}/download"),
    )


def body_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("who", PEOPLE)
def test_each_gets_what_the_table_says_through_both_doors(people, files, login, who):
    wrong = []
    for name, line in TABLE.items():
        expected = int(line.split()[PEOPLE.index(who)])
        file = files[name]
        for client, address in doors(login, people[who]):
            whole = client.get(address(file))
            size = len(body_of(whole))  # read at once: the storage of tests has one position for all who read
            part = client.get(address(file), headers={"Range": "bytes=4-7"})
            known = client.get(address(file), headers={"If-None-Match": f'"{file.sha256}"'})
            sizes = size, body_of(part)
            got = [
                whole.status_code,
                client.head(address(file)).status_code,
                part.status_code,
                known.status_code,
            ]
            wanted = [200, 200, 206, 304] if expected == 200 else [404] * 4
            if got != wanted or (expected == 200 and sizes != (file.size, b"ftyp")):
                wrong.append((name, address(file), got, sizes if expected == 200 else ()))
    assert not wrong


@pytest.mark.parametrize("who", PEOPLE)
def test_only_owner_and_admin_change_and_delete(people, files, login, who):
    before = list(StoredFile.objects.order_by("pk").values_list())
    client = APIClient()
    if people[who] is not None:
        client.force_authenticate(people[who])
    for name, line in TABLE.items():
        sees = line.split()[PEOPLE.index(who)] == "200"
        address = f"/api/v1/files/{files[name].pk}"
        if who in ("owner", "admin") and sees:
            assert client.patch(address, {"alt_text": "x"}, format="json").status_code == 200
            assert client.delete(address).status_code == (204 if name in FREE else 409)
            continue
        expected = 401 if who == "visitor" else 403 if sees else 404
        got = [
            client.patch(address, {"alt_text": "x"}, format="json").status_code,
            client.delete(address).status_code,
        ]
        assert got == [expected] * 2, name
    if who not in ("owner", "admin"):
        assert list(StoredFile.objects.order_by("pk").values_list()) == before


def test_access_ends_with_the_next_request(people, files, login):
    student, film = people["enrolled"], files["attached"]
    client = login(student)
    assert client.get(film.get_absolute_url(), headers={"Range": "bytes=0-3"}).status_code == 206
    drop(enrollment=student.enrollments.get(), by=student)
    assert client.get(film.get_absolute_url(), headers={"Range": "bytes=4-7"}).status_code == 404


@pytest.mark.parametrize("name", ["..%2f..%2fetc", "a%00b", "..%2f"])
def test_no_name_leads_elsewhere(people, files, login, name):
    client = login(people["admin"])
    assert client.get(f"/files/{files['private'].pk}/{name}").status_code == 404
    assert client.get(f"/api/v1/files/{name}/download").status_code == 404
