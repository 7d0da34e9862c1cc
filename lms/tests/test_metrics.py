"""/metrics: who reads it, what it counts, and that no name of anybody stands in it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from celery import shared_task
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import OutgoingMail
from certificates import services
from certificates.models import Certificate
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory

ROOT = Path(__file__).resolve().parents[2]
TOKEN = {"Authorization": "Bearer let-me-read"}


@pytest.fixture
def scrape(settings, client):
    """Return the samples as {(name, labels): value}."""
    settings.METRICS_TOKEN = "let-me-read"

    def ask():
        answer = client.get("/metrics", headers=TOKEN)
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    return ask


def test_only_the_token_reads(client, settings):
    assert client.get("/metrics", headers=TOKEN).status_code == 404
    settings.METRICS_TOKEN = "let-me-read"
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "let-me-read"}):
        refused = client.get("/metrics", headers=headers)
        assert (refused.status_code, refused.content) == (401, b"")
        assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_status(scrape, client, instructor):
    course = CourseFactory(instructor=instructor)
    route = ("route", "api/v1/courses/<uslug:id>")
    key = ("lms_requests_total", ("method", "GET"), route, ("status", "200"))
    before = scrape()
    for _round in range(3):
        client.get(f"/api/v1/courses/{course.slug}")
    client.get(f"/api/v1/nothing/{course.slug}")
    after = scrape()
    assert after[key] - before.get(key, 0) == 3
    seconds = ("lms_request_seconds_count", ("method", "GET"), route)
    assert after[seconds] - before.get(seconds, 0) == 3
    assert not [name for name in after if course.slug in str(name)]


@shared_task(name="tests.counted")
def counted(fails):
    if fails:
        raise ValueError


@pytest.mark.django_db
def test_tasks_are_counted_by_outcome(scrape):
    before = scrape()
    for fails in (False, True, True):
        counted.delay(fails)
    after = scrape()
    for outcome, count in (("done", 1), ("failed", 2)):
        key = ("lms_tasks_total", ("outcome", outcome), ("task", "tests.counted"))
        assert after[key] - before.get(key, 0) == count


@pytest.mark.django_db
def test_waiting_rows_are_asked_for(scrape, student):
    queue = ("lms_waiting_rows", ("queue", "mails"))
    assert scrape()[queue] == 0
    OutgoingMail.objects.create(user=student, kind=OutgoingMail.Kind.WELCOME)
    assert scrape()[queue] == 1


@pytest.mark.django_db
def test_pictures_of_certificates_that_wait_or_fail(scrape):
    waiting, failed = CertificateFactory.create_batch(2)
    Certificate.objects.filter(pk=failed.pk).update(pdf_status="failed")
    long_ago = timezone.now() - timedelta(hours=1)
    Certificate.objects.filter(pk=waiting.pk).update(issued_at=long_ago)
    drawn = ("lms_certificate_render_seconds_count",)
    before = scrape()
    assert before[("lms_certificate_pdfs_pending",)] == before[("lms_certificate_pdfs_failed",)] == 1
    assert 3600 <= before[("lms_certificate_pdf_oldest_seconds",)] < 7200
    services.render(waiting.pk)
    after = scrape()
    assert after[("lms_certificate_pdfs_pending",)] == after[("lms_certificate_pdf_oldest_seconds",)] == 0
    assert after[drawn] - before[drawn] == 1


def test_processes_count_together(tmp_path):
    """Three processes, one of them ended: whoever is asked tells the sum."""
    script = (
        "import django, sys; django.setup()\n"
        "from lms import metrics\n"
        "metrics.TASKS.labels('some.task', 'done').inc()\n"
        "print(metrics.generate_latest(metrics.counted()).decode())\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "lms.settings_test",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts"),
    }
    for _process in range(3):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    assert 'lms_tasks_total{outcome="done",task="some.task"} 3.0' in done.stdout
