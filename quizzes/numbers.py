"""Reading the number that somebody typed: Latin or Arabic digits, `٫` or a comma for the decimals, a unit after it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

MAX_EXPONENT = 300
MAX_LENGTH = 200  # characters; what is longer is no number that a person typed

_NUMBER = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?P<digits>\d+(?:\.\d*)?|\.\d+)(?:[eE](?P<exponent>[+-]?\d+))?(?P<unit>\s*[^\W\d_].*|\s*[%‰°€$£'\"].*)?\s*",
    re.DOTALL,
)
_LETTERS = str.maketrans({"٫": ".", ",": ".", "،": ".", "−": "-", "–": "-", "٬": None, "٪": "%", "\u200f": None,
                          "\u200e": None, "\u061c": None, "\u00a0": " ", "\u202f": " "})  # fmt: skip


def read_number(text: str) -> Decimal | None:
    """Return the number at the start of `text`, whatever unit follows it; None when there is none.

    `12,5`, `١٢٫٥`, `12.5 km` and `1.25e1` are 12.5. What looks like two separators (`1.234,5`) is not guessed at.
    """
    found = _NUMBER.fullmatch(text.translate(_LETTERS)) if len(text) <= MAX_LENGTH else None
    if found is None:
        return None
    exponent = found["exponent"] or "0"
    if len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT:
        return None
    try:
        return Decimal(f"{found['sign']}{found['digits']}E{int(exponent)}")
    except InvalidOperation:  # digits of a script that Decimal does not know
        return None
