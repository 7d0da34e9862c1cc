"""The offline check of a credential."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from certificates.credentials.checking import Finding, Verdict, check_credential
from certificates.keys import KeyFileError, read_keys


class Command(BaseCommand):
    """Says what a file is worth; exits with 0 valid, 1 forged, 2 revoked or expired, 3 cannot tell."""

    help = (
        "Check a credential (.jwt, .json, or the PDF of a certificate) with the site's public keys, without "
        "database and network. Exit status: 0 valid, 1 forged, 2 revoked or expired, 3 cannot tell."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path, required=True, help="what /.well-known/jwks.json said")
        parser.add_argument("--status", type=Path, help="the revocation list that the credential names")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            status = options["status"].read_bytes() if options["status"] else None
            keys = read_keys(options["keys"])
            finding = check_credential(options["file"].read_bytes(), keys, status, timezone.now())
        except (OSError, KeyFileError) as error:
            finding = Finding(Verdict.CANNOT_TELL, str(error))
        for name, value in _flat("", finding.document or {}):
            self.stdout.write(f"{name}: {value}")
        self.stdout.write(f"\n{finding.verdict.name.replace('_', ' ')}. {finding.sentence}")
        sys.exit(finding.verdict)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every field, with the way that leads to it."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flat(f"{path}.{name}" if path else name, part)
    elif isinstance(value, list):
        for part in value:
            yield from _flat(path, part)
    else:
        yield path, value
