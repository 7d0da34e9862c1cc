"""A burst of sign-ins leaves threads to everybody else."""

from contextlib import ExitStack

import pytest

from accounts import crowd
from accounts.crowd import Crowd
from accounts.exceptions import Busy
from accounts.models import SignInRecord, User
from accounts.tests.factories import PASSWORD


def test_a_crowd_may_be_large_for_a_moment(monkeypatch):
    four, clock = Crowd(4), [100.0]
    monkeypatch.setattr(crowd.time, "monotonic", lambda: clock[0])
    with ExitStack() as inside:
        for _ in range(10):
            inside.enter_context(four.join())  # all at once: they wait for their turn
        clock[0] += crowd.PATIENCE
        with pytest.raises(Busy) as refusal, four.join():
            pass
        assert 3 <= int(refusal.value.headers["Retry-After"]) <= 8
    with ExitStack() as inside:  # it has dispersed
        for _ in range(10):
            inside.enter_context(four.join())


def test_it_is_one_crowd_until_half_of_it_is_gone(monkeypatch):
    monkeypatch.setattr(crowd, "PATIENCE", 0)
    four = Crowd(4)
    with ExitStack() as rest:
        for _ in range(3):
            rest.enter_context(four.join())
        for _ in range(3):  # one comes and goes; the next finds no more room than before
            with four.join(), pytest.raises(Busy), four.join():
                pass


@pytest.mark.django_db
def test_doors_send_the_surplus_away_before_anything_is_looked_at(
    settings, monkeypatch, visitor, client, student, caplog
):
    monkeypatch.setattr(crowd, "PATIENCE", 0)
    settings.WEB_THREADS = 2
    crowd._crowd.cache_clear()
    body = {"email": student.email, "password": PASSWORD}
    new = {"email": "new@example.com", "full_name": "New Person"}
    with crowd.signing_in():
        answers = [
            visitor.post("/api/v1/auth/login", body),
            visitor.post("/api/v1/auth/register", {**new, "password": PASSWORD}),
            client.post("/accounts/login/", {"login": student.email, "password": PASSWORD}),
            client.post("/accounts/signup/", {**new, "password1": PASSWORD}),
        ]
    crowd._crowd.cache_clear()
    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(answer["Retry-After"] for answer in answers)
    assert answers[0].json()["code"] == "busy"
    assert not [
        r for r in caplog.records if r.name == "django.request"
    ]  # two hundred are no two hundred faults
    assert student.email in answers[2].content.decode()  # what was typed stays
    assert not SignInRecord.objects.exists() and User.objects.get_queryset().count() == 1
