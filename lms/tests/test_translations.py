import os
import re
import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command

from lms.management.commands.compile_translations import compile_catalogues

LOCALE = Path(settings.BASE_DIR) / "locale"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def _messages(path):
    with path.open("rb") as stream:
        return [message for message in read_po(stream, locale="ar") if message.id]


def _texts(message):
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def _placeholders(text):
    return {name for pair in PLACEHOLDER.findall(text) for name in pair if name}


def test_arabic_has_every_message_in_every_plural_form():
    messages = _messages(LOCALE / "ar/LC_MESSAGES/django.po")
    assert len(messages) > 100
    assert [m.id for m in messages if m.fuzzy or not all(_texts(m))] == []


def test_arabic_keeps_the_placeholders():
    wrong = []
    for message in _messages(LOCALE / "ar/LC_MESSAGES/django.po"):
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        known = set().union(*(_placeholders(text) for text in ids))
        wrong += [message.id for text in _texts(message) if _placeholders(text) - known]
    assert wrong == []


@pytest.mark.skipif(
    not shutil.which("xgettext"), reason="no GNU gettext: the source is not searched for new messages"
)
def test_no_message_of_the_source_is_missing(tmp_path, settings, monkeypatch):
    # A copy of all: makemessages writes to the folder `locale` beside the sources, whatever LOCALE_PATHS says.
    project = tmp_path / "project"
    unread = shutil.ignore_patterns(".*", "data", "staticfiles", "static", "bench", "tests", "__pycache__")
    shutil.copytree(settings.BASE_DIR, project, ignore=unread)
    catalogue = project / "locale/ar/LC_MESSAGES/django.po"
    assert missing_after_search(project, catalogue, settings, monkeypatch) == []
    (project / "lms/new.py").write_text(
        'from django.utils.translation import gettext\n\ngettext("Nobody knows")\n'
    )
    assert missing_after_search(project, catalogue, settings, monkeypatch) == ["Nobody knows"]


def missing_after_search(project, catalogue, settings, monkeypatch):
    settings.LOCALE_PATHS = [str(project / "locale")]
    monkeypatch.chdir(project)
    call_command("makemessages", locale=["ar"], no_location=True, verbosity=0)
    return [m.id for m in _messages(catalogue) if m.fuzzy or not all(_texts(m))]


def test_compiling_writes_only_what_changed(tmp_path):
    folder = tmp_path / "ar/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Yes"\nmsgstr "نعم"\n'
    )
    assert compile_catalogues([tmp_path]) == 1
    assert compile_catalogues([tmp_path]) == 0
    later = (folder / "django.mo").stat().st_mtime + 5
    os.utime(folder / "django.po", (later, later))
    assert compile_catalogues([tmp_path]) == 1
