"""Enroll everybody of a CSV file, however long it is: in parts, each person in a transaction of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from courses.models import Course
from enrollments import services
from enrollments.rosters import read_csv


class Command(BaseCommand):
    help = "Enroll the people of a CSV file (email, full_name, expires_at) in a course. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("course", help="Slug of the course.")
        parser.add_argument("file", type=Path, help="CSV in UTF-8, comma or semicolon.")
        parser.add_argument("--by", required=True, help="E-mail of the person in whose name it is done.")
        parser.add_argument("--invite", action="store_true", help="Make accounts for unknown addresses.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen; write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["course"], deleted_at=None).first()
        if course is None:
            raise CommandError(f"There is no course {options['course']}.")
        by = User.objects.active().filter(email=User.clean_email(options["by"])).first()
        if by is None or not course.can_edit(by):
            raise CommandError(f"{options['by']} is nobody who may edit this course.")
        try:
            entries = read_csv(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        terms = {"by": by, "invite": options["invite"], "dry_run": options["dry_run"]}
        done = 0
        for start in range(0, len(entries), settings.BULK_ENROLL_MAX):
            part = entries[start : start + settings.BULK_ENROLL_MAX]
            for row in services.enroll_many(course=course, entries=part, **terms):
                done += row.is_done
                self.stdout.write(f"{row.line}\t{row.email}\t{row.result}\t{row.sentence}")
        self.stdout.write(f"{done} of {len(entries)} are in the course.")
