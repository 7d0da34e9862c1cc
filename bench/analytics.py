"""`python -m bench.analytics`: what the dashboards cost with 1 000 and with 1 000 000 enrollments, and a large course.

Needs DATABASE_URL (a PostgreSQL on which databases may be created); each size gets one of its own, dropped afterwards.
`--sizes 1000,1000000` are the enrollments, in `--courses 1000` each; `--large 10000x100` is one course, enrollments by
lessons (`--large ""` leaves it out). The sizes are made first, each in a process of its own, and then asked in turns,
page by page, so that whatever else the machine does meets all of them alike. For each page: queries; the least, p50 and
p95 of 100 warm answers through Django's client, in milliseconds (the least is what others on the machine disturb
least); and how these grew from the first size to the last. Then the rounds of the schedule, with what beats of a
student in another process took in a quiet moment and meanwhile. `--only pages`, `--only rounds` does one of the two.

With `--keep` the databases stay, and those that are there are asked as they are: for looking at plans, and for
comparing two versions of the code with the same rows.

Compared are equal pages: the measured course, a twentieth of all enrollments, fills a page of its students and of
its newest reviews at the smaller size too; teachers have as many courses, students as many enrollments.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.__main__ import _database
from bench.servers import production_environment


def main() -> int:
    """Make the sizes, compare their pages, run their rounds; then the large course."""
    arguments = _arguments()
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.stderr.write("Set DATABASE_URL to a PostgreSQL on which a database may be made.\n")
        return 2
    sizes = [size for size in arguments.sizes.split(",") if size]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if sizes and arguments.only != "rounds":
            _collect_static(url, folder)
        worlds = [World(url, size, folder, stack, keep=arguments.keep) for size in sizes]
        for world in worlds:
            world.ask("make", str(arguments.courses))
        if worlds and arguments.only != "rounds":
            _compare(worlds, sizes, arguments)
        for world in worlds if arguments.only != "pages" else ():
            world.ask("rounds")
        if arguments.large:
            World(url, arguments.large, folder, stack, keep=arguments.keep).ask("large")
    return 0


def _collect_static(url: str, folder: str) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(command, env=production_environment(url, folder), check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.analytics", description=__doc__)
    parser.add_argument("--sizes", default="1000,1000000", help="enrollments, separated by commas")
    parser.add_argument("--courses", type=int, default=1000)
    parser.add_argument(
        "--keep", action="store_true", help="leave the databases, and use those that were left"
    )
    parser.add_argument("--pages", default="", help="parts of names of pages, separated by commas")
    parser.add_argument("--turns", type=int, default=10, help="ten answers of each page at each size")
    parser.add_argument("--only", choices=["pages", "rounds"], default="")
    parser.add_argument("--large", default="10000x100", help="one course: enrollments x lessons")
    return parser.parse_args()


class World:
    """A size in a database and a process of its own, which does what it is asked."""

    def __init__(self, url: str, size: str, folder: str, stack: ExitStack, *, keep: bool) -> None:
        database = _kept_database if keep else _database
        own_url = stack.enter_context(database(url, f"{_name_in(url)}_bench_{size}"))
        environment = production_environment(own_url, folder) | {"DJANGO_SETTINGS_MODULE": "lms.settings"}
        command = [sys.executable, "-m", "bench.analytics_child", size]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        stack.callback(self.child.wait)
        stack.callback(self.child.stdin.close)  # type: ignore[union-attr]

    def ask(self, *words: str) -> Any:
        """Send a line, show what the process says, and return the JSON with which it ends."""
        assert self.child.stdin and self.child.stdout
        self.child.stdin.write(" ".join(words) + "\n")
        self.child.stdin.flush()
        for line in self.child.stdout:
            if line.startswith("="):
                return json.loads(line[1:])
            say(line.rstrip("\n"))
        raise SystemExit(self.child.wait() or 1)


@contextmanager
def _kept_database(url: str, name: str) -> Iterator[str]:
    """Make the database unless it is there, and leave it."""
    parts = urlsplit(url)
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    yield parts._replace(path=f"/{name}").geturl()


def _name_in(url: str) -> str:
    """Return the name by which the databases begin: that of the one in the URL, which is left alone."""
    return url.rpartition("/")[2].partition("?")[0] or "lms"


def _compare(worlds: list[World], sizes: list[str], arguments: argparse.Namespace) -> None:
    """Ask each page of all sizes in turns; print what it took, and how much more at the last size."""
    heads = "".join(f"{size:>10}: queries{'least':>8}{'p50':>8}{'p95':>8}" for size in sizes)
    say(f"\n{'(ms)':<36}{heads}{'least':>9}{'p50':>8}{'p95':>8}")
    wanted = arguments.pages.split(",")
    for name in (name for name in worlds[0].ask("pages") if any(part in name for part in wanted)):
        found: list[dict[str, Any]] = [{"queries": 0, "times": []} for _world in worlds]
        for _turn in range(arguments.turns):
            for world, figures in zip(worlds, found, strict=True):
                answer = world.ask("page", name)
                figures["queries"] = answer["queries"]
                figures["times"] += answer["times"]
        cells = [(min(figures["times"]), *percentiles(figures["times"])) for figures in found]
        row = "".join(
            f"{figures['queries']:>19}" + "".join(f"{cell:8.1f}" for cell in of_size)
            for figures, of_size in zip(found, cells, strict=True)
        )
        growth = "".join(f"{big / small:7.2f}x" for small, big in zip(cells[0], cells[-1], strict=True))
        say(f"{name:<36}{row} {growth}")


def percentiles(times: list[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
