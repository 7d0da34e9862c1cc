"""Compile the message catalogues with Babel: a bare machine has no GNU gettext."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Writes the .mo file beside each .po file that is newer than it."""

    help = "Compile locale/*/LC_MESSAGES/*.po where they changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        compiled = compile_catalogues([Path(path) for path in settings.LOCALE_PATHS])
        self.stdout.write(f"Translations compiled: {compiled}.")


def compile_catalogues(folders: list[Path]) -> int:
    """Compile what changed below `folders`; return how many files were written.

    A fuzzy message is left out, as msgfmt does. The file is written aside and renamed, so that a process
    that starts meanwhile reads the old one or the new one, never half of it.
    """
    written = 0
    for source in sorted(path for folder in folders for path in folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name)
        aside = target.with_suffix(".mo.new")
        with aside.open("wb") as stream:
            write_mo(stream, catalogue)
        aside.rename(target)
        written += 1
    return written
