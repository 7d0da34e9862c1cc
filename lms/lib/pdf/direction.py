"""Which way a text runs."""

import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]


def first_strong(text: str) -> Direction | None:
    """Return the direction of the first letter that has one, isolated parts left aside; None if none has."""
    depth = 0
    for character in text:
        match unicodedata.bidirectional(character):
            case "LRI" | "RLI" | "FSI":
                depth += 1
            case "PDI":
                depth = max(0, depth - 1)
            case "L" if not depth:
                return "ltr"
            case "R" | "AL" if not depth:
                return "rtl"
    return None
