"""What a file is called: for display only."""

import re
import unicodedata

MAX_NAME = 255
MAX_EXTENSION = 20
# Control signs, what turns the direction of writing, line ends, and halves of characters.
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)


def clean_name(name: str) -> str:
    """Return `name` fit for display: no path, control or direction signs; NFC; 1 to 255 characters."""
    base = INVISIBLE.sub("", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = unicodedata.normalize("NFC", base).strip()
    stem, dot, extension = base.rpartition(".")
    if not dot or len(extension) > MAX_EXTENSION:
        return base[:MAX_NAME].strip() or "file"
    stem = stem[: MAX_NAME - 1 - len(extension)].rstrip() or "file"
    return f"{stem}.{extension}"
