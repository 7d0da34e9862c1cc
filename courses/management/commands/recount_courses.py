"""Counts lessons and minutes of every course anew."""

from typing import Any

from django.core.management.base import BaseCommand

from courses import services
from courses.models import Course


class Command(BaseCommand):
    help = "Count the lessons and minutes of all courses anew and store what was wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        mended = [course for course in Course.objects.order_by("pk") if services.recounted(course)]
        for course in mended:
            self.stdout.write(f"mended: {course.slug}")
        self.stdout.write(f"{len(mended)} courses had wrong figures.")
