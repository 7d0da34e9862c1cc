"""Numbers and codes: how they are drawn, shown, and read back from whatever somebody typed."""

import secrets
import unicodedata
from datetime import datetime

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # base32 without I, L, O, U (Crockford)
CODE_LENGTH = 12
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """Return 12 characters from a secure source: 60 bits."""
    return "".join(secrets.choice(CROCKFORD) for _place in range(CODE_LENGTH))


def new_number(at: datetime) -> str:
    """Return `CERT-YYYYMMDD-XXXXXXXX`: the UTC day of `at` and 8 upper-case hex digits from a secure source."""
    return f"CERT-{at:%Y%m%d}-{secrets.token_hex(4).upper()}"


def grouped(code: str) -> str:
    """Return a code as it is shown: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(text: str) -> tuple[str, str]:
    """Return ("code", 12 characters), ("number", CERT-…) or ("", "") for what somebody typed.

    Case, blanks, hyphens and invisible characters do not matter; O reads as 0, I and L as 1; digits of every
    script are accepted.
    """
    signs = []
    for sign in unicodedata.normalize("NFKC", text)[:200].upper():
        digit = unicodedata.digit(sign, None)
        if digit is not None:
            signs.append(str(digit))
        elif sign.isascii() and sign.isalnum():
            signs.append(sign)
        elif sign.isalnum():
            return "", ""
    plain = "".join(signs)
    if len(plain) == 20 and plain.startswith("CERT"):
        rest = plain[4:].translate(LOOKALIKES)
        return "number", f"CERT-{rest[:8]}-{rest[8:]}"
    code = plain.translate(LOOKALIKES)
    if len(code) == CODE_LENGTH and set(code) <= set(CROCKFORD):
        return "code", code
    return "", ""
