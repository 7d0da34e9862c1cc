"""Compare the figures of quizzes and graded attempts with the rows they are made of."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from quizzes import services


class Command(BaseCommand):
    """Lists what differs; `--fix` puts it right. Exit code 0 either way."""

    help = "Compare counters, scores and passes of quizzes with their rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="put right what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = services.check_quiz_drift(fix=options["fix"])
        for drift in found:
            name = f"{drift.target._meta.model_name} {drift.target.pk}"
            self.stdout.write(f"{name}: {drift.stored} is {drift.real}")
        self.stdout.write(f"{len(found)} differ{', put right' if options['fix'] else ''}.")
