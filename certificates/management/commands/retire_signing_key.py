"""A key that signs no more."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from certificates.keys import KeyFileError, retire_key
from certificates.services import sign_again


class Command(BaseCommand):
    """Takes the private part of a key away; with --compromised the public part too, and has PDFs made again."""

    help = "Retire a key of credentials: what it signed still verifies, unless it is --compromised."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kid",
            help="the name of the key, as export_signing_keys prints it; write -- before one that begins with a dash",
        )
        parser.add_argument(
            "--compromised",
            action="store_true",
            help="somebody else may have it: nothing it signed is to verify any more, and PDFs are made again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, compromised = Path(settings.CERTIFICATE_KEYS_FILE), options["compromised"]
        try:
            key = retire_key(path, options["kid"], compromised=compromised)
        except (KeyFileError, OSError) as error:
            raise CommandError(str(error)) from None
        if not compromised:
            self.stdout.write(f"Key {key.kid} signs no more; what it signed still verifies.")
            return
        self.stdout.write(f"Key {key.kid} is gone; what it signed no longer verifies.")
        self.stdout.write(
            f"PDFs to be made again: {sign_again()}. Tell holders to fetch their credential anew."
        )
