"""Take the roll-ups from the ledgers anew, or with `--check` only say where they differ."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics import services
from analytics.services.rounds import rebuild_course, rebuild_site, with_figures


class Command(BaseCommand):
    help = (
        "Rebuild the figures of courses and site from the ledgers, and tell each difference that was found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", help="Slug of one course; all of them, and the site, without it.")
        parser.add_argument(
            "--from", dest="first", help="Days from this one on (2026-01-31); all without it."
        )
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; exit with 1 where something differs."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        first = _day(options["first"])
        courses = with_figures().order_by("pk")
        if slug := options["course"]:
            courses = courses.filter(slug=slug)
            if not courses:
                raise CommandError(f"There are no figures of a course {slug}.")
        found = 0
        for pk in list(courses.values_list("pk", flat=True)):
            found += self._tell(
                services.check_course(pk, first=first)
                if options["check"]
                else rebuild_course(pk, first=first)
            )
        if not slug:
            found += self._tell(
                services.check_site(first=first) if options["check"] else rebuild_site(first=first)
            )
        ending = "found" if options["check"] else "found and written anew"
        self.stdout.write(
            f"{found} differences {ending}." if found else "Everything agrees with the ledgers."
        )
        if found and options["check"]:
            sys.exit(1)

    def _tell(self, lines: Any) -> int:
        count = 0
        for line in lines:
            count += 1
            self.stdout.write(line)
        return count


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is no day such as 2026-01-31.") from None
