"""The public keys, to check credentials with where this site cannot be reached."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from certificates.credentials.issuer import public_keys
from certificates.keys import key_ring


class Command(BaseCommand):
    """Prints what anybody may have: never a private part."""

    help = "Print the public keys of credentials as a JWK set, or one of them as PEM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pem", metavar="KID", nargs="?", const="", help="one key as PEM: the signing one, or KID"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ring = key_ring()
        if options["pem"] is None:
            self.stdout.write(json.dumps(public_keys(ring), indent=1))
            return
        key = ring.find(options["pem"]) if options["pem"] else ring.signing
        if key is None:
            raise CommandError("There is no such key.")
        self.stdout.write(key.pem(), ending="")
