"""Figures for Prometheus: requests, tasks, and how long the queues are.

A process counts for itself. Where several serve one site, `PROMETHEUS_MULTIPROC_DIR` names a folder in which they
keep their counts together; it is emptied before the server starts (docs/deploying.md). Rows that wait are counted
in the database when somebody asks, so they are true whoever answers.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client import REGISTRY as OWN
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import OutgoingMail
from certificates.models import Certificate
from enrollments.models import Enrollment
from lms.lib import measures
from quizzes.models import Attempt

REQUESTS = Counter("lms_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "lms_request_seconds",
    "Seconds until the answer began.",
    ["method", "route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TASKS = Counter("lms_tasks", "Background tasks run.", ["task", "outcome"])
OUTCOMES = {"SUCCESS": "done", "FAILURE": "failed"}  # what is retried is counted when it ends
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

QUEUES: dict[str, Callable[[], int]] = {
    "mails": lambda: OutgoingMail.objects.filter(state=OutgoingMail.State.PENDING).count(),
    "certificate_pdfs": lambda: Certificate.objects.to_render(timezone.now()).count(),
    "certificate_mails": lambda: Certificate.objects.to_mail(timezone.now()).count(),
    "enrollments_to_recount": lambda: Enrollment.objects.stale().count(),
    "attempts_to_count": lambda: Attempt.objects.uncounted().count(),
}


class WaitingRows(Collector):
    """How many rows of each queue wait for a worker, asked at every scrape."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return one gauge with a sample for each queue."""
        waiting = GaugeMetricFamily("lms_waiting_rows", "Rows that wait for a worker.", labels=["queue"])
        for name, count in QUEUES.items():
            waiting.add_metric([name], count())
        yield waiting
        yield from _certificate_pdfs()


def _certificate_pdfs() -> Iterator[GaugeMetricFamily]:
    """Queues that are worked off say nothing about a picture that fails again and again: these do."""
    facts = Certificate.objects.pdf_facts()
    for state in ("pending", "failed"):
        name, text = f"lms_certificate_pdfs_{state}", f"Issued certificates whose PDF is {state}."
        yield GaugeMetricFamily(name, text, value=facts[state])
    waited = (timezone.now() - facts["oldest"]).total_seconds() if facts["oldest"] else 0
    yield GaugeMetricFamily(
        "lms_certificate_pdf_oldest_seconds", "Age of the oldest pending one.", value=waited
    )


def measured(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Count every request by the pattern of its route, never by its address: names stay out of the figures."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - started)
        return response

    return middleware


def task_ended(task: Any = None, state: str | None = None, **_signal: Any) -> None:
    """Receive Celery's `task_postrun`."""
    if outcome := OUTCOMES.get(state or ""):
        TASKS.labels(task.name, outcome).inc()


def worker_started(**_signal: Any) -> None:
    """Receive Celery's `worker_ready`: a worker has no web server, so it opens METRICS_PORT when that is set."""
    if settings.METRICS_PORT:
        start_http_server(settings.METRICS_PORT, registry=counted())


def counted() -> CollectorRegistry:
    """Return the counts of all processes that share the folder, without one those of this process."""
    if not measures.shared:
        return OWN
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus's text format for who holds METRICS_TOKEN; 404 while there is none, 401 for others."""
    if not settings.METRICS_TOKEN:
        raise Http404
    sent = request.headers.get("Authorization", "")
    if not constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    body = b"".join(_both())
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _both() -> Iterator[bytes]:
    yield generate_latest(counted())
    waiting = CollectorRegistry()
    waiting.register(WaitingRows())
    yield generate_latest(waiting)
