"""Hold the stored numbers against the ledger; `--fix` writes what the ledger says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.models import Course
from enrollments import services


class Command(BaseCommand):
    help = "Compare progress, study time, seats and ratings with the ledger; --fix repairs what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", help="Slug of one course; all of them without it.")
        parser.add_argument("--fix", action="store_true", help="Write what the ledger says.")

    def handle(self, *args: Any, **options: Any) -> None:
        courses = Course.objects.all().order_by("pk")
        if slug := options["course"]:
            courses = courses.filter(slug=slug)
            if not courses:
                raise CommandError(f"There is no course {slug}.")
        found = 0
        for course in courses.iterator():
            for line in services.find_drift(course):
                found += 1
                self.stdout.write(line)
            if options["fix"]:
                services.repair(course)
        ending = "repaired" if options["fix"] else "found; --fix repairs"
        self.stdout.write(f"{found} differences {ending}." if found else "Everything agrees with the ledger.")
