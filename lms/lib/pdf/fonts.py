"""The typefaces on paper: which there are, in what order they are tried, and what they can print."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from lms.lib.pdf.errors import MissingGlyphs, RenderError

LATIN, ARABIC = "Source Serif 4", "Amiri"
_PACKAGES = ("fontpkg_source_serif_4", "fontpkg_amiri")
_SUFFIXES = frozenset({".ttf", ".otf"})

# They shape or order their neighbours and have no picture of their own.
_UNSEEN = frozenset("\u00ad\u034f\u061c\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f")
# Fonts map these, yet printed text must not carry them: they turn what follows around.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")


@dataclass(frozen=True)
class FontSet:
    """Folders of font files, and the characters that each family in them can print."""

    folders: tuple[Path, ...]
    families: tuple[tuple[str, frozenset[str]], ...]

    def order(self, *, arabic: bool) -> list[str]:
        """Return the families in the order in which they are tried."""
        ours = (ARABIC, LATIN) if arabic else (LATIN, ARABIC)
        return [*ours, *(name for name, _ in self.families if name not in ours)]

    def check(self, texts: Iterable[str]) -> None:
        """Raise MissingGlyphs for the characters of `texts` that would come out as empty boxes."""
        missing = {character for character in set().union(*texts) - _UNSEEN if not self._prints(character)}
        if missing:
            raise MissingGlyphs(missing)

    def _prints(self, character: str) -> bool:
        # A letter that a font lacks is put together from the parts it has.
        parts = set(unicodedata.normalize("NFD", character))
        return character not in _OVERRIDES and any(
            character in printable or parts <= printable for _, printable in self.families
        )


@lru_cache(maxsize=4)
def font_set(extra_folder: Path | None = None) -> FontSet:
    """Return our fonts and those of one more folder, read once a process.

    Raises RenderError when the folder holds a file that is no font.
    """
    ours = tuple(Path(str(files(package) / "files")) for package in _PACKAGES)
    folders = (*ours, extra_folder) if extra_folder else ours
    families: dict[str, frozenset[str]] = {}
    for path in _font_paths(folders):
        name, characters = _read(path)
        # Bold must print what regular prints: a family has what all of its files have.
        families[name] = families.get(name, characters) & characters
    return FontSet(folders, tuple(families.items()))


def _font_paths(folders: Iterable[Path]) -> list[Path]:
    return [
        path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in _SUFFIXES
    ]


def _read(path: Path) -> tuple[str, frozenset[str]]:
    try:
        with TTFont(path, lazy=True) as font:
            name = font["name"].getBestFamilyName()
            characters = frozenset(map(chr, font.getBestCmap()))
    except (TTLibError, OSError, KeyError, TypeError) as error:
        raise RenderError(f"{path.name} is not a usable font.") from error
    return name, frozenset(c for c in characters if unicodedata.category(c) != "Cc")
