"""Compare storage and rows, for whoever has restored a backup or moved a bucket."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import services


class Command(BaseCommand):
    """Names every blob without a row, row without a blob, and size that differs; fails when something is left."""

    help = "Compare stored files and their rows both ways. Uploads and deletions on their way are left to sweep_files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fix",
            action="store_true",
            help="delete blobs that no row names, and rows without a blob that nothing shows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        left = 0
        try:
            for finding in services.check_storage(fix=options["fix"]):
                left += not finding.is_fixed
                mark = "fixed" if finding.is_fixed else "     "
                self.stdout.write(f"{mark}  {finding.name}: {finding.sentence}")
        except OSError as error:
            raise CommandError(f"Storage does not answer: {error}") from error
        if left:
            raise CommandError(f"{left} differences are left.")
        self.stdout.write("Storage and rows agree.")
