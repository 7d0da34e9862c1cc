"""What the catalogue costs with many courses: `python -m bench.catalogue 1000 100000`.

The database, named by DATABASE_URL, must be empty and migrated; it is filled up to each number in turn and asked
through Django's client, in this process. For each address: queries, processor time of this process and wall-clock
time, cold (nothing cached) and warm. Processor time leaves the database out and does not depend on what else the
machine does.
"""

import logging
import os
import random
import statistics
import sys
import time
from typing import Any

WARM, COLD = 200, 7
ADDRESSES = (
    "/courses/",
    "/courses/?category=subject-1&level=beginner",
    "/courses/?ordering=title&page=3",
    "/api/v1/courses",
    "/api/v1/courses?facets=true",
    "/courses/?q=practical",
    "/courses/?q=zubject+zxq",
)


def main() -> None:
    """Fill and measure."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    logging.disable(logging.CRITICAL)
    teacher, categories = _people()
    sizes = [int(text) for text in sys.argv[1:]] or [1_000, 100_000]
    made = 0
    for size in sizes:
        _fill(made, size, teacher, categories)
        made = size
        say(f"\n{size} courses; load {os.getloadavg()[0]:.1f}")
        say(f"{'':46}queries   cold CPU   cold wall   warm CPU p50   p95   warm wall p50   p95 (ms)")
        for address in ADDRESSES:
            _measure(address)


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _people() -> tuple[Any, list[Any]]:
    from accounts.models import User
    from accounts.services import ensure_instructor_profile
    from courses.models import Category

    teacher = User.objects.create(email="teacher@bench.example", full_name="Bench Teacher", role="instructor")
    ensure_instructor_profile(user=teacher)
    names = [(f"Subject {n}", f"مادة {n}", f"subject-{n}") for n in range(8)]
    return teacher, [Category.objects.create(name_en=en, name_ar=ar, slug=slug) for en, ar, slug in names]


def _fill(start: int, end: int, teacher: Any, categories: list[Any]) -> None:
    from django.db import connection
    from django.utils import timezone

    from bench.world import _course
    from courses.catalogue_version import touch_catalogue
    from courses.models import Course

    rng, now = random.Random(7), timezone.now()
    for first in range(start, end, 5_000):
        numbers = range(first, min(first + 5_000, end))
        Course.objects.bulk_create([_course(n, teacher, categories, rng, now) for n in numbers], 1_000)
    touch_catalogue()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _measure(address: str) -> None:
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"Accept-Encoding": "identity"})
    client.get(address)
    cold = []
    for _ in range(COLD):
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            cold.append(_timed(client, address))
    queries = len(captured)
    warm = [_timed(client, address) for _ in range(COLD if "?q=" in address else WARM)]
    figures = [statistics.median(pair[0] for pair in cold), statistics.median(pair[1] for pair in cold)]
    for column in (0, 1):
        ordered = sorted(pair[column] for pair in warm)
        figures += [statistics.median(ordered), ordered[int(len(ordered) * 0.95)]]
    say(f"{address:46}{queries:7}" + "".join(f"{1000 * seconds:12.1f}" for seconds in figures))


def _timed(client: Any, address: str) -> tuple[float, float]:
    """Return processor and wall-clock seconds of one answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    visitor = ".".join(str(random.randrange(1, 255)) for _ in range(4))  # each from elsewhere: no throttle
    response = client.get(address, REMOTE_ADDR=visitor)
    if response.status_code != 200:
        raise SystemExit(f"{address}: {response.status_code}")
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()
