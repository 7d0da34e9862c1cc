"""Listings: fenced code, coloured on the server with the classes that prose.css knows."""

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from itertools import groupby
from time import thread_time

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from lms.lib.text import word_set

# Beyond these a listing is shown plain: colouring is the dearest thing a text can ask for.
MAX_COLOURED = 20_000
MAX_COLOURED_LINE = 1_000

CLASSES = word_set(
    "k kc kd kn kp kr kt ow nb bp nt s s1 s2 sa sb sc sd dl sh sr ss sx se si m mb mf mh mi mo il na nd "
    "nf fm nc nn ne c c1 ch cm cp cpf cs gp go gi gd gr gs gh"
)

# Named, not guessed: an unknown name would search every installed package for a lexer.
_LANGUAGES = word_set(
    "bash c c# c++ cpp cs csharp css console diff docker dockerfile go html ini java javascript js json kotlin "
    "latex lua make makefile markdown md php powershell ps1 py pycon python r rb ruby rs rust scala sh "
    "shell sql swift tex toml ts typescript xml yaml yml"
)


@cache
def _lexer_class(language: str) -> type[Lexer]:
    lexer: type[Lexer] = find_lexer_class_by_name(language)
    return lexer


def language_name(language: str) -> str:
    """Return how people write a language's name ("py": "Python"), "" for one that is not coloured."""
    return str(_lexer_class(language.lower()).name) if language.lower() in _LANGUAGES else ""


def is_coloured(code: str, language: str) -> bool:
    """Say whether a listing is of a known language and small enough to be coloured."""
    return (
        language.lower() in _LANGUAGES
        and len(code) <= MAX_COLOURED
        and max(map(len, code.split("\n"))) <= MAX_COLOURED_LINE
    )


def highlight(code: str, language: str, *, seconds: float) -> str | None:
    """Return code as HTML with a `<span class>` around each coloured run; see `is_coloured`.

    None when that takes more than `seconds` of processor time: several lexers are quadratic in what they
    do not expect, a page of empty lines for one.
    """
    lexer = _lexer_class(language.lower())(stripnl=False, ensurenl=False)
    tokens = _until(thread_time() + seconds, lexer.get_tokens(code))
    parts = []
    try:
        for name, run in groupby(tokens, key=lambda pair: STANDARD_TYPES.get(pair[0], "")):
            text = escape("".join(value for _type, value in run), quote=False)
            parts.append(f'<span class="{name}">{text}</span>' if name in CLASSES else text)
    except TimeoutError:
        return None
    return "".join(parts)


def _until(deadline: float, tokens: Iterable[tuple[_TokenType, str]]) -> Iterator[tuple[_TokenType, str]]:
    for token in tokens:
        yield token
        if thread_time() > deadline:
            raise TimeoutError
