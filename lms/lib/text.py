"""Plain text in any script: what is accepted, how it is compared and which way it runs."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Direction = Literal["ltr", "rtl"]

# Written as escapes: these characters would reorder or break the very lines that name them.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
_FORBIDDEN = re.compile(f"[{_CONTROLS}{_BIDI_CONTROLS}{_SURROGATES}]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LINE_PARTS = str.maketrans("", "", "\n\t")

_NOT_IN_NAMES = re.compile(f"[{_CONTROLS}{_BIDI_CONTROLS}{_SURROGATES}\u00ad\u180e\u200b\u2060\ufeff]")
_JOINERS = "\u200c\u200d"  # Persian and several Indic scripts spell with them, inside a word

_NAME = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*(?=[,،]|$)|(?P<plain>[^,،]*))[,،]?')
_NEEDS_QUOTES = re.compile('[,،]|^"')

# Letters by category, blank to the eye: they must not pass for a title.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")

_TATWEEL = "\u0640"
_SEARCH_LETTERS = {
    "\u0671": "ا",
    "\u0672": "ا",
    "\u0673": "ا",
    "\u0675": "ا",
    "ى": "ي",
    "ی": "ي",
    "ة": "ه",
    "ؤ": "و",
    "ئ": "ي",
    "ک": "ك",
}


def word_set(words: str) -> frozenset[str]:
    """Return the words of a constant that reads better as a line than as a column."""
    return frozenset(words.split())


_RTL_SCRIPTS = word_set("adlm arab aran hebr mand nkoo rohg samr syrc thaa yezi")
_RTL_LANGUAGES = word_set(
    "ar arc arz ary acm aeb apc ars bgn bqi ckb dv fa glk he iw ji khw ks lki lrc mzn nqo pnb prs ps rhg sd "
    "sdh skr syr ug ur ydd yi"
)
_SCRIPT_SUBTAG = re.compile(r"[a-z]{4}")


def clean_text(value: str) -> str:
    """Return one line of text as it is stored: NFC and trimmed, empty when nothing of it is visible."""
    text = unicodedata.normalize("NFC", value).strip()
    return text if any(_is_visible(char) for char in text) else ""


def clean_multiline_text(value: str) -> str:
    """Return text of several lines as it is stored: as `clean_text`, every kind of line end a `\\n`."""
    return clean_text(_LINE_ENDS.sub("\n", value))


def clean_name(value: str) -> str:
    """Return a person's name: as `clean_text`, blanks collapsed, control and bidi characters dropped.

    The joiners that Persian and Indic spelling needs stay inside a word and go at its edges.
    """
    spaced = " ".join(unicodedata.normalize("NFC", value).split())
    words = (word.strip(_JOINERS) for word in _NOT_IN_NAMES.sub("", spaced).split())
    return clean_text(" ".join(word for word in words if word))


def listed(names: Iterable[str]) -> str:
    """Return names between commas, as `names_in` reads them; one with a comma stands in double quotes, as in CSV."""
    return ", ".join(_quoted(name) if _NEEDS_QUOTES.search(name) else name for name in names)


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def names_in(typed: str) -> list[str]:
    """Return the names between commas, the Arabic one included; those of a quoted name are part of it."""
    found = (
        match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"')
        for match in _NAME.finditer(typed)
    )
    return [name for one in found if (name := one.strip())]


def without_texts(value: Any) -> Any:
    """Return a JSON value with every text in it empty; keys, numbers and lengths of lists stay."""
    if isinstance(value, dict):
        return {key: without_texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_texts(part) for part in value]
    return "" if isinstance(value, str) else value


def has_forbidden_characters(value: str, *, multiline: bool = False) -> bool:
    """Say whether the text holds control characters, bidi overrides or isolates, or half a surrogate pair.

    With `multiline`, line feeds and tabs are allowed.
    """
    return bool(_FORBIDDEN.search(value.translate(_LINE_PARTS) if multiline else value))


def validate_plain_text(value: str) -> None:
    """Raise ValidationError `invalid_characters` unless the text is one clean line."""
    if has_forbidden_characters(value):
        raise ValidationError(
            _("Remove the line breaks, control characters and characters that change the direction of text."),
            code="invalid_characters",
        )


def validate_plain_multiline_text(value: str) -> None:
    """Raise ValidationError `invalid_characters` unless the text is clean; it may have several lines."""
    if has_forbidden_characters(_LINE_ENDS.sub("\n", value), multiline=True):
        raise ValidationError(
            _("Remove the control characters and characters that change the direction of text."),
            code="invalid_characters",
        )


def _is_visible(char: str) -> bool:
    return not (char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Cs"} or char in _BLANK_LETTERS)


class _SearchTable(dict[int, str]):
    """Each code point as search compares it, worked out at its first use; `str.translate` asks for the rest."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(char: str) -> str:
    folded = "".join(_fold_one(part) for part in unicodedata.normalize("NFKD", char))
    # Folding can give a character that decomposes or folds once more.
    return folded if folded in {char, ""} else "".join(_fold(part) for part in folded)


def _fold_one(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char.isspace():
        return char
    if category[0] == "M" or category in {"Cc", "Cf", "Cs"} or char == _TATWEEL or char in _BLANK_LETTERS:
        return ""
    return _SEARCH_LETTERS.get(char) or char.casefold()


_SEARCH_TABLE = _SearchTable()


def normalise_for_search(text: str) -> str:
    """Return the form in which search, tags and short answers are compared; blanks stay as they are.

    NFKD, combining marks, tatweel and invisible characters dropped, case folded, alef forms to ا, ى and ی
    to ي, ة to ه, ؤ to و, ئ to ي, ک to ك, all digits to 0-9. Normalising twice changes nothing.
    """
    return text.translate(_SEARCH_TABLE)


def search_words(query: str) -> list[str]:
    """Return the different normalised words of a query, in its order."""
    return list(dict.fromkeys(normalise_for_search(query).split()))


def direction_of(language_tag: str) -> Direction:
    """Return the direction of a BCP 47 tag, from its script if it names one, else from its language."""
    language, *subtags = language_tag.replace("_", "-").lower().split("-")
    for subtag in subtags[:2]:  # the script follows the language, or its one extended subtag
        if _SCRIPT_SUBTAG.fullmatch(subtag):
            return "rtl" if subtag in _RTL_SCRIPTS else "ltr"
    return "rtl" if language in _RTL_LANGUAGES else "ltr"


def first_strong_direction(text: str) -> Direction | None:
    """Return the direction of the first letter that has one, None when digits and signs are all there is."""
    for char in text:
        bidi_class = unicodedata.bidirectional(char)
        if bidi_class == "L":
            return "ltr"
        if bidi_class in {"R", "AL"}:
            return "rtl"
    return None


def initials(name: str) -> str:
    """Return one or two capitals that stand for a name, for an avatar; "" for a name without letters.

    First and last word give one each. Scripts written from right to left give the first only: two letters
    would join into a word of their own.
    """
    letters = [letter for word in name.split() if (letter := next(filter(str.isalnum, word), ""))]
    if not letters:
        return ""
    if len(letters) == 1 or first_strong_direction(letters[0]) == "rtl":
        return letters[0].upper()
    return (letters[0] + letters[-1]).upper()
