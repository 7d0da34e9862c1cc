"""How static files leave for production: hashed, compressed, and each stylesheet in one piece."""

import re
from collections.abc import Iterator
from posixpath import dirname, join
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN_IMPORT = re.compile(r'^@import "([\w./-]+\.css)";\n', re.MULTILINE)

Paths = dict[str, tuple[Storage, str]]


class BundlingStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which first writes `@import "other.css";` out, so that a page asks once."""

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[tuple[Any, ...]]:
        """Post-process what was collected; the sources of stylesheets with imports are replaced first."""
        bundled = InMemoryStorage()
        changed: Paths = {}
        for name in paths:
            if name.endswith(".css") and OWN_IMPORT.search(css := _read(paths, name)):
                bundled.save(name, ContentFile(_write_out(paths, name, css).encode()))
                changed[name] = (bundled, name)
        yield from super().post_process({**paths, **changed}, dry_run, **options)


def _read(paths: Paths, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())


def _write_out(paths: Paths, name: str, css: str) -> str:
    """Return a stylesheet with its imports in place, theirs too; a missing file raises KeyError."""

    def imported(match: re.Match[str]) -> str:
        other = join(dirname(name), match[1])
        return _write_out(paths, other, _read(paths, other))

    return OWN_IMPORT.sub(imported, css)
