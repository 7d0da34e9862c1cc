"""Writes the search words of every course anew."""

from typing import Any

from django.core.management.base import BaseCommand

from courses import services


class Command(BaseCommand):
    help = "Write what search and the order of titles go by, for all courses."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.refresh_search()} courses written.")
