"""A key to sign credentials with."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from certificates.keys import KeyFileError, create_key, key_ring


class Command(BaseCommand):
    """Adds an Ed25519 key to CERTIFICATE_KEYS_FILE; nothing in the file is lost."""

    help = "Create the key that signs credentials, in CERTIFICATE_KEYS_FILE (put it into the backup)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--if-missing", action="store_true", help="do nothing when there is a signing key")
        how.add_argument(
            "--rotate", action="store_true", help="sign with a new key from now on; keep the others"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.CERTIFICATE_KEYS_FILE)
        if options["if_missing"] and key_ring().signing:
            if options["verbosity"]:
                self.stdout.write(f"{path} has a signing key.")
            return
        try:
            key = create_key(path, rotate=options["rotate"])
        except (KeyFileError, OSError) as error:
            raise CommandError(str(error)) from None
        if options["verbosity"]:
            self.stdout.write(
                f"Key {key.kid} signs from now on. It is in {path}: put that file into the backup."
            )
