"""`Idempotency-Key`: sent twice, done once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import IdempotencyRecord
from accounts.services.idempotency import IdempotencyRecords
from courses import services
from courses.models import Course
from courses.tests.factories import CourseFactory
from files.models import StoredFile
from files.tests.factories import png_bytes
from lms.lib.idempotency import Answer

API = "/api/v1"
KEY = {"Idempotency-Key": "order-1"}


@pytest.fixture
def course(instructor):
    """A published course."""
    return CourseFactory(instructor=instructor, title="Light and lenses")


def new_course(client, title="Light", **headers):
    return client.post(f"{API}/courses", {"title": title}, headers=headers or KEY)


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_second_gets_the_first_answer(self, api, instructor):
        first = new_course(api(instructor))
        second = new_course(api(instructor))
        assert first.status_code == second.status_code == 201
        assert second.content == first.content
        assert second.headers["Location"] == first.headers["Location"]
        assert second.headers["ETag"] == first.headers["ETag"]
        assert second.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert Course.objects.count() == 1

    def test_spaces_and_order_make_no_other_request(self, api, instructor):
        client = api(instructor)
        bodies = ('{"title": "Light", "level": "advanced"}', '{"level":"advanced","title":"Light"}')
        answers = [
            client.post(f"{API}/courses", body, content_type="application/json", headers=KEY)
            for body in bodies
        ]
        assert answers[1].content == answers[0].content

    def test_another_body_or_address_is_refused_on_top(self, api, instructor, course):
        new_course(api(instructor))
        for answer in (
            new_course(api(instructor), "Other"),
            api(instructor).post(f"{API}/courses/{course.pk}/unpublish", headers=KEY),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        course.refresh_from_db()
        assert course.is_published
        assert Course.objects.count() == 2

    def test_keys_belong_to_people(self, api, instructor, outsider_instructor):
        new_course(api(instructor))
        assert new_course(api(outsider_instructor), "Other").status_code == 201
        assert Course.objects.count() == 2

    def test_a_refusal_is_an_answer(self, api, instructor, course):
        client = api(instructor)
        answers = []
        for _round in range(2):
            answers.append(client.post(f"{API}/courses/{course.pk}/restore", {}, headers=KEY))
            services.archive(course=course, by=instructor)  # now it could be done
        assert [a.status_code for a in answers] == [409, 409]
        assert answers[1].content == answers[0].content
        assert answers[1].headers["Content-Type"] == "application/problem+json"

    def test_a_running_one_is_waited_for_and_an_abandoned_one_claimed_anew(self, api, instructor):
        new_course(api(instructor))
        Course.objects.all().delete()
        record = IdempotencyRecord.objects
        record.update(answer_status=None, answer_body=None)
        refused = new_course(api(instructor))
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_in_progress")
        assert "Retry-After" in refused.headers
        record.update(claimed_at=timezone.now() - timedelta(seconds=59))
        assert new_course(api(instructor)).status_code == 409
        record.update(claimed_at=timezone.now() - timedelta(seconds=61))
        assert new_course(api(instructor)).status_code == 201
        assert Course.objects.count() == record.count() == 1

    def test_after_a_day_the_key_is_free(self, api, instructor):
        new_course(api(instructor))
        IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
        assert new_course(api(instructor), "Other").status_code == 201
        assert Course.objects.count() == 2
        assert new_course(api(instructor), "Other").headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize("key", ["", "k" * 201])
    def test_keys_have_1_to_200_characters(self, api, instructor, key):
        refused = new_course(api(instructor), **{"Idempotency-Key": key})
        assert (refused.status_code, refused.json()["code"]) == (422, "validation_error")
        assert refused.json()["errors"][0]["code"] == "invalid_idempotency_key"
        assert not Course.objects.exists()
        assert new_course(api(instructor), **{"Idempotency-Key": "k" * 200}).status_code == 201

    def test_what_could_not_be_read_or_may_not_be_asked_keeps_no_key(self, api, instructor, student):
        client = api(instructor)
        broken = client.post(f"{API}/courses", "{", content_type="application/json", headers=KEY)
        assert broken.status_code == 400
        assert new_course(api(student)).status_code == 403
        assert new_course(api()).status_code == 401
        assert not IdempotencyRecord.objects.exists()

    def test_uploads_compare_the_content(self, api, instructor):
        def send(content, name="a.png"):
            file = SimpleUploadedFile(name, content, "image/png")
            return api(instructor).post(f"{API}/files", {"file": file}, format="multipart", headers=KEY)

        first, second = send(png_bytes()), send(png_bytes())
        assert first.status_code == 201, first.content
        assert second.content == first.content
        assert send(png_bytes() + b"\0").json()["code"] == "idempotency_key_reused"
        assert StoredFile.objects.count() == 1

    def test_without_the_header_nothing_is_written(self, api, instructor, max_queries):
        api(instructor).post(f"{API}/courses", {"title": "Light"})
        assert not IdempotencyRecord.objects.exists()

    def test_who_was_overtaken_undoes_its_effect(self, api, instructor, monkeypatch):
        real = services.create_course

        def overtaken(**fields):
            IdempotencyRecord.objects.update(claimed_at=timezone.now() + timedelta(seconds=1))
            return real(**fields)

        monkeypatch.setattr("courses.services.create_course", overtaken)
        answer = new_course(api(instructor))
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        assert not Course.objects.exists()

    @pytest.mark.parametrize(
        "error, status", [(OperationalError("database is locked"), 503), (ValueError(), 500)]
    )
    def test_a_failure_frees_the_key(self, api, instructor, monkeypatch, error, status):
        def fail(**fields):
            raise error

        with monkeypatch.context() as broken:
            broken.setattr("courses.services.create_course", fail)
            assert new_course(api(instructor)).status_code == status
        assert not IdempotencyRecord.objects.exists()
        assert new_course(api(instructor)).status_code == 201

    def test_signing_in_keeps_nothing(self, instructor):
        body = {"email": instructor.email, "password": "wrong"}
        for _round in range(2):
            answer = APIClient().post(f"{API}/auth/login", body, headers=KEY)
            assert "Idempotent-Replayed" not in answer.headers
        assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_have_one_effect_and_one_answer(api, instructor, race):
    answers = race(*[lambda: new_course(api(instructor))] * 20)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert [
        a for a in answers if a.status_code == 409 and a.json()["code"] != "idempotency_in_progress"
    ] == []
    assert Course.objects.count() == IdempotencyRecord.objects.count() == 1
    assert new_course(api(instructor)).content == done[0].content


@pytest.mark.django_db(transaction=True)
def test_of_those_who_find_it_abandoned_one_gets_it(instructor, race):
    store = IdempotencyRecords()
    ask = {"person": instructor, "key": "k", "request_hash": "h"}
    store.claim(**ask)
    IdempotencyRecord.objects.update(claimed_at=timezone.now() - timedelta(minutes=2))
    results = race(*[lambda: store.claim(**ask)] * 8)
    claims = [result for result in results if not isinstance(result, Exception)]
    assert len(claims) == 1
    assert store.keep(claims[0], Answer(201, "{}"))
    assert store.claim(**ask) == Answer(201, "{}")
