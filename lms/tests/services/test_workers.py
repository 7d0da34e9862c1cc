"""Real workers on a real broker, killed and stopped at the worst moment."""

import hashlib
import os
import re
import time
from contextlib import closing
from random import Random

import pytest
from django.utils import timezone
from pypdfium2 import PdfDocument

from certificates.credentials.checking import Verdict, check_credential
from certificates.keys import KeyRing, create_key
from lms.tests.services.conftest import wait_until

pytestmark = pytest.mark.services

READY = "SELECT count(*) FROM certificates_certificate WHERE pdf_status = 'ready'"
RAISED = "SELECT count(*) FROM certificates_certificate WHERE pdf_error <> ''"
COMPLETED = "SELECT count(*) FROM enrollments_enrollment WHERE status = 'completed'"
WHOLE = """SELECT count(*), count(DISTINCT enrollment_id), count(DISTINCT number) FROM certificates_certificate
WHERE pdf_status = 'ready' AND pdf_revision = revision AND email_due_at IS NULL"""
LATER = """UPDATE certificates_certificate SET pdf_not_before = now(),
email_due_at = CASE WHEN email_tries > 0 AND email_due_at IS NOT NULL THEN now() ELSE email_due_at END"""
MAILED = "SELECT count(*) FROM certificates_certificate WHERE emailed_at IS NOT NULL"


@pytest.mark.dear(seconds=110)
def test_kills_a_broker_away_and_a_failing_engine_lose_and_double_nothing(school):
    """A hundred certificates; ten kills at random points, of pool children and of the whole worker; Redis stopped
    among them; at first an engine that raises. Nothing waits for the clock: leases are aged while nobody works."""
    kills, random = 10, Random()
    key = create_key(school.folder / "certificate_keys.json")
    fonts = school.folder / "fonts"
    fonts.mkdir()
    (fonts / "broken.ttf").write_bytes(b"no font at all")
    school.environment |= {"CERTIFICATE_FONT_DIR": str(fonts), "PUBLISH_MIN_LESSONS": "1"}
    school.start_worker()
    school.graduate(100)
    wait_until(lambda: school.one(RAISED) >= 2, 180, "the engine to raise")
    (fonts / "broken.ttf").unlink()
    for kill in range(kills):
        _let_work(school, random.randint(0, 6))
        if kill == 5:
            _stop_redis_during_completions(school, 8)
        if kill == kills - 1:
            wait_until(lambda: school.processes["students"].poll() == 0, 180, "a hundred completions")
        if kill % 3:
            school.kill_child("worker", random)
            continue
        school.kill("worker")
        if kill == kills - 1:
            school.end_connections()
            school.change(LATER)
        school.start_worker()
    school.run("shell", "-v", "0", "-c", "from lms.celery import app; app.send_task('certificates.sweep')")
    wait_until(lambda: school.one(READY) == 100, 180, "all PDFs")
    wait_until(lambda: school.one(MAILED) == 100, 90, "all mails")
    assert school.rows(WHOLE) == [(100, 100, 100)]
    _require_whole_pdfs(school, key)
    sent = re.findall(r"^Message-ID:\s+(<certificate-\S+)", _mails(school), re.MULTILINE | re.IGNORECASE)
    assert len(set(sent)) == 100 and len(sent) <= 100 + kills


def _let_work(school, count):
    """Wait until so many more PDFs are ready, or a while: what works now may be waiting for its lease."""
    wanted, deadline = school.one(READY) + count, time.monotonic() + 3
    while school.one(READY) < wanted and time.monotonic() < deadline:
        time.sleep(0.05)


def _stop_redis_during_completions(school, count):
    school.kill("redis")
    wanted = min(100, school.one(COMPLETED) + count)
    wait_until(lambda: school.one(COMPLETED) >= wanted, 60, "completions without a broker")
    school.start_redis()


def _require_whole_pdfs(school, key):
    """Every row's file is whole and proves itself; once strays are a day old, no other is left."""
    rows = school.rows("SELECT number, pdf, pdf_sha256 FROM certificates_certificate")
    files = school.folder / "files"
    for number, name, digest in rows:
        data = (files / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        with closing(PdfDocument(data)) as pdf:
            assert len(pdf) == 1 and number in pdf[0].get_textpage().get_text_range()
    finding = check_credential(data, KeyRing((key,)), None, timezone.now())
    assert finding.verdict == Verdict.VALID and number in str(finding.document)
    for path in (files / "certificates").iterdir():
        os.utime(path, (0, 0))
    school.run("shell", "-v", "0", "-c", "from certificates import services; services.clean_pdfs()")
    left = {f"certificates/{path.name}" for path in (files / "certificates").iterdir()}
    assert left == {name for _number, name, _digest in rows}


def _mails(school):
    return "".join(path.read_text(errors="replace") for path in (school.folder / "mail").iterdir())


@pytest.mark.dear(seconds=20)
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
    wait_until(lambda: school.one(READY) == 1, 180, "the certificate")
    _status, listed = school.call("GET", "/certificates", token=token)
    status, pdf = school.call("GET", f"/certificates/{listed['items'][0]['id']}/download", token=token)
    assert (status, pdf[:5]) == (200, b"%PDF-")


def _enrollment(school, token):
    return school.call("GET", "/enrollments", token=token)[1]["items"][0]["id"]
