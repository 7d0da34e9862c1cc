"""Demo data worth looking at, for trying the site."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.demo.people import password_file, read_people
from lms.demo.seed import seed


class Command(BaseCommand):
    """Seeds the demo once, and says who can sign in."""

    help = "Make three courses with a teacher's and a student's view of them. Safe to repeat; not for production."
    requires_system_checks: list[str] = []  # they would take longer than finding the demo in place

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("Demo accounts have one known password: seed_demo does not run in production.")
        seeded = seed()
        self.stdout.write("Demo data is ready.\n\n" if seeded.is_new else "Demo data is in place.\n\n")
        people = read_people()
        known, others = people["students"][:1], people["students"][1:]
        for row in people["staff"] + known:
            self.stdout.write(f"  {row['email']:<26}{row.get('role', 'student'):<12}{row['full_name']}\n")
        names = ", ".join(row["email"].partition("@")[0] for row in others)
        self.stdout.write(f"  {len(others)} more students: {names} (@example.com)\n\n")
        self.stdout.write(f"  Password of all: {seeded.password}   (kept in {password_file()})\n")
        self.stdout.write(f"  Address: {settings.SITE_URL}\n")
