"""Real workers on a real broker, killed and stopped at the worst moment."""

import pytest

from lms.tests.services.conftest import wait_until

pytestmark = pytest.mark.services

READY = "SELECT count(*) FROM certificates_certificate WHERE pdf_status = 'ready'"
MAILED = "SELECT count(*) FROM certificates_certificate WHERE emailed_at IS NOT NULL"


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(school):
    world = school.people(12)
    school.start_worker()
    tokens = [school.complete(email, world) for email in world["people"][:6]]
    wait_until(lambda: school.rows(READY)[0][0] >= 1, 60, "the first certificate")
    tokens += [school.complete(email, world) for email in world["people"][6:9]]
    school.kill("worker")  # SIGKILL to pool and parent, wherever they are
    tokens += [school.complete(email, world) for email in world["people"][9:]]
    school.start_worker()
    wait_until(lambda: school.rows(READY)[0][0] == 12, 180, "all PDFs")
    wait_until(lambda: school.rows(MAILED)[0][0] == 12, 90, "all mails")
    assert school.rows("SELECT count(*), count(DISTINCT enrollment_id) FROM certificates_certificate") == [
        (12, 12)
    ]
    for token in tokens:
        _status, listed = school.call("GET", "/certificates", token=token)
        assert listed["total"] == 1
        status, pdf = school.call("GET", f"/certificates/{listed['items'][0]['id']}/download", token=token)
        assert (status, pdf[:5], pdf.rstrip()[-5:]) == (200, b"%PDF-", b"%%EOF")


def test_redis_away_costs_time_and_nothing_else(school):
    world = school.people(2)
    school.start_worker()
    school.kill("redis")
    status, ready = school.call("GET", "/ready", root="")
    assert (status, ready["status"], ready["checks"]["broker"]) == (200, "degraded", "failed")
    token = school.complete(world["people"][0], world)
    assert school.call(
        "GET", "/certificates/eligibility?enrollment=" + _enrollment(school, token), token=token
    )[1]["state"] in ("preparing", "issued")
    school.start_redis()
    wait_until(lambda: school.rows(READY)[0][0] == 1, 180, "the certificate")
    _status, listed = school.call("GET", "/certificates", token=token)
    status, pdf = school.call("GET", f"/certificates/{listed['items'][0]['id']}/download", token=token)
    assert (status, pdf[:5]) == (200, b"%PDF-")


def _enrollment(school, token):
    return school.call("GET", "/enrollments", token=token)[1]["items"][0]["id"]
