"""`python -m bench.sign_in`: what signing in costs, and what a school that signs in at once does to the others.

Needs DATABASE_URL (a PostgreSQL on which databases may be created). Measures one hash, sign-ins one after the other,
whether time tells a known e-mail from an unknown one, `--people` sign-ins spread over `--seconds`, and 200 at once;
beside the last two a reader asks for the catalogue.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from bench.__main__ import _database
from bench.servers import production_environment, running
from bench.world import PASSWORD

BURST = 200


def main() -> int:
    """Make people, run the four measurements, print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m bench.sign_in", description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.stderr.write("Set DATABASE_URL to a PostgreSQL on which a database may be made.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, _database(url) as own_url:
        environment = production_environment(own_url, folder, WEB_THREADS="8", TRUSTED_NETWORKS="127.0.0.0/8")
        os.environ.update(environment)
        _prepare(max(arguments.people, BURST))
        _hashes()
        with running("gunicorn", environment, workers=2, threads=8) as port:
            _one_after_the_other(port)
            _known_and_unknown(port)
            gap = arguments.seconds / arguments.people
            _together(port, f"{arguments.people} in {arguments.seconds:.0f} s", arguments.people, gap)
            _together(port, f"{BURST} at once", BURST, 0)
    return 0


def _prepare(people: int) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    password = make_password(PASSWORD)
    User.objects.get_queryset().bulk_create(
        User(email=f"p{n}@bench.example", full_name=f"Person {n}", password=password) for n in range(people)
    )
    connection.close()


def _hashes() -> None:
    from django.contrib.auth.hashers import make_password

    for name in ("argon2", "bcrypt_sha256"):
        times = [_timed(lambda name=name: make_password(PASSWORD, hasher=name)) for _ in range(15)]
        _say(f"one hash, {name}", f"{statistics.median(times) * 1000:.0f} ms")


def _one_after_the_other(port: int) -> None:
    for number in range(16):
        _sign_in(port, number)  # so that both processes are warm
    times = [_timed(lambda number=number: _sign_in(port, number)) for number in range(100)]
    _say("one client, one after the other", _quantiles(times))
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(lambda number: _sign_in(port, number), range(200)))
    _say("eight clients", f"{200 / (time.perf_counter() - began):.0f} a second, {dict(statuses)}")


def _known_and_unknown(port: int) -> None:
    """Ask in turn for people who have an account and people who have none: the medians must not tell them apart."""
    for path, more in (("login", {"password": "Wrong-1 password"}), ("password/forgot", {})):
        times: dict[str, list[float]] = {"p": [], "nobody": []}
        for number in range(100):
            for who, kept in times.items():
                body = json.dumps({"email": f"{who}{number}@bench.example", **more}).encode()
                kept.append(
                    _timed(lambda body=body, path=path: _ask(port, "POST", f"/api/v1/auth/{path}", body))
                )
        known, unknown = (statistics.median(kept) * 1000 for kept in times.values())
        _say(f"{path}: known and unknown e-mail", f"medians {known:.1f} and {unknown:.1f} ms")


def _together(port: int, name: str, people: int, gap: float) -> None:
    statuses: Counter[int] = Counter()
    times: list[float] = []
    start = time.perf_counter() + 0.5

    def come(number: int) -> None:
        time.sleep(max(0.0, start + number * gap - time.perf_counter()))
        began = time.perf_counter()
        statuses[_sign_in(port, number)] += 1
        times.append(time.perf_counter() - began)

    with _reader(port) as pages, ThreadPoolExecutor(min(people, 250)) as pool:
        list(pool.map(come, range(people)))
    _say(f"{name}: sign-ins", f"{_quantiles(times)}, {dict(statuses)}")
    _say(f"{name}: pages beside them", f"{_quantiles(pages)}, {len(pages)} pages")


@contextmanager
def _reader(port: int) -> Iterator[list[float]]:
    """Somebody who asks for the catalogue every tenth of a second."""
    times: list[float] = []
    done = threading.Event()

    def read() -> None:
        while not done.wait(0.1):
            times.append(_timed(lambda: _ask(port, "GET", "/courses/", b"")))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield times
    finally:
        done.set()
        thread.join()


def _sign_in(port: int, number: int) -> int:
    body = json.dumps({"email": f"p{number}@bench.example", "password": PASSWORD}).encode()
    return _ask(port, "POST", "/api/v1/auth/login", body)


def _ask(port: int, method: str, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body or None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _quantiles(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=20)
    return f"p50 {cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms"


def _say(name: str, figures: str) -> None:
    sys.stdout.write(f"{name:<36}{figures}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
