"""What can go wrong with paper. Neither is the reader's fault, so these are not DomainErrors."""

from collections.abc import Iterable


class RenderError(Exception):
    """The engine could not make the PDF. `code` is short and stable, for the row that waits for the file."""

    code = "render_failed"


class MissingGlyphs(RenderError):
    """No font has these characters. Trying again cannot help; another font (or another text) can."""

    code = "missing_glyphs"

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(sorted(set(characters)))
        super().__init__(" ".join(f"{character} (U+{ord(character):04X})" for character in self.characters))
