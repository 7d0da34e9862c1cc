"""`python -m bench.certificates [count]`: from a completed enrollment to the stored PDF, in one process on one core.

Needs DATABASE_URL (a PostgreSQL on which databases may be created). Measures issuing, the PDF (claimed, drawn,
signed, stored, marked) and both forms of the credential; memory after a tenth and at the end tells whether it grows.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench.__main__ import _database
from bench.servers import production_environment

HEADER = f"{'':<24} {'a second':>9} {'CPU ms each':>12} {'p95 ms':>8} {'memory, MB':>14}"


def main() -> int:
    """Make the enrollments and measure; return the exit status."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.stderr.write("Set DATABASE_URL to a PostgreSQL on which a database may be made.\n")
        return 2
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder, _database(url, "lms_bench_certificates") as own_url:
        os.environ.update(production_environment(own_url, folder))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("compile_translations", stdout=sys.stderr)
        call_command("create_signing_key", verbosity=0)
        enrollments = _completed(count)
        sys.stdout.write(f"{count} certificates, one process\n{HEADER}\n")
        _measure(enrollments)
        connection.close()
    return 0


def _completed(count: int) -> list[Any]:
    from django.utils import timezone

    from accounts.models import User
    from accounts.services import ensure_instructor_profile
    from courses import services as courses
    from enrollments.models import Enrollment

    teacher = User.objects.create(email="teacher@bench.example", full_name="Nour El-Masry", role="instructor")
    ensure_instructor_profile(user=teacher)
    course = courses.create_course(by=teacher, title="Optics for everybody", description="Light. " * 30)
    names = ("Salma Haddad", "سلمى حدّاد", "Jean-Baptiste عبد الرحمن O'Neill")
    students = User.objects.bulk_create(
        User(email=f"s{n}@bench.example", full_name=f"{names[n % 3]} {n}", locale=("en", "ar")[n % 2])
        for n in range(count)
    )
    Enrollment.objects.bulk_create(
        Enrollment(
            student=student, course=course, status="completed", completed_at=timezone.now(),
            total_lessons_count=1, completed_lessons_count=1, progress_percentage=100,
        )
        for student in students
    )  # fmt: skip
    return list(Enrollment.objects.select_related("student", "course__instructor"))


def _measure(enrollments: list[Any]) -> None:
    from certificates import services
    from certificates.credentials.documents import credential_of
    from certificates.credentials.signing import as_jws, signing_key, with_proof
    from certificates.models import Certificate

    _timed("issued", services.issue_certificate, enrollments)
    keys = list(Certificate.objects.values_list("pk", flat=True))
    services.render(keys[0])  # loads the fonts
    _timed("PDF drawn and stored", services.render, keys[1:])
    assert not Certificate.objects.exclude(pdf_status="ready").exists()
    rows = list(Certificate.objects.with_status_index().select_related("enrollment"))
    key = signing_key()
    _timed("credential, JWS", lambda row: as_jws(credential_of(row, row.status_index), key), rows)
    _timed("credential, proof", lambda row: with_proof(credential_of(row, row.status_index), key), rows)


def _timed(what: str, work: Callable[[Any], Any], things: list[Any]) -> None:
    took, early = [], 0.0
    wall, used = perf_counter(), process_time()
    for number, thing in enumerate(things):
        start = perf_counter()
        work(thing)
        took.append(perf_counter() - start)
        if number == len(things) // 10:
            early = _resident()
    wall, used = perf_counter() - wall, process_time() - used
    p95 = sorted(took)[int(len(took) * 0.95)] * 1000
    each = used / len(things) * 1000
    memory = f"{early:.0f} → {_resident():.0f}"
    sys.stdout.write(f"{what:<24} {len(things) / wall:9.1f} {each:12.1f} {p95:8.1f} {memory:>14}\n")
    sys.stdout.flush()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    sys.exit(main())
