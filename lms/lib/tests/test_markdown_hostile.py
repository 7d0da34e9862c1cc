"""Markdown that means harm: nothing runs, nothing is overlaid, nothing takes long."""

import random
import re
import sys
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.lib.markdown import (
    MAX_TEXT,
    TextTooLong,
    cleaning,
    code,
    file_ids,
    maths,
    plain_text,
    render_markdown,
    warnings,
)
from lms.lib.markdown.parser import Parser
from lms.lib.text import word_set

PICTURE = "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"
BUDGET = 250  # calls of functions for each character of the worst text; an ordinary one takes 20 to 30
LONG = 8_000  # enough to tell what is quadratic, in a fraction of the time

HTML_TAGS = word_set(
    "div p h2 h3 h4 h5 h6 ul ol li blockquote table thead tbody tr th td details summary figure figcaption pre "
    "code span a img br hr em strong s label input"
)
HTML_ATTRIBUTES = word_set(
    "class dir lang tabindex href rel src alt width height loading decoding scope start type checked disabled"
)
CLASSES = code.CLASSES | word_set("prose code table-box table end center contains-task-list task-list-item")
URL = re.compile(r"(https?://[^/]|mailto:|/(?![/\\]))", re.IGNORECASE)


class Inspector(HTMLParser):
    """Reads the output as a browser reads tags, and keeps whatever is not on a list written here anew."""

    def __init__(self):
        super().__init__()
        self.strange, self.open, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in HTML_TAGS | maths.TAGS:
            self.strange.append(tag)
        allowed = maths.ATTRIBUTES if tag in maths.TAGS else HTML_ATTRIBUTES
        for name, value in attrs:
            if name not in allowed or (name == "class" and not set(value.split()) <= CLASSES):
                self.strange.append((tag, name, value))
            if name in {"href", "src"} and not URL.match(value):
                self.strange.append((tag, name, value))
            if name in {"mathcolor", "mathbackground", "width"} and re.search(r"[(:;]", value):
                self.strange.append((tag, name, value))
        if tag == "input" and (
            "disabled" not in dict(attrs) or dict(attrs).get("type", "") not in {"", "checkbox"}
        ):
            self.strange.append((tag, attrs))
        if tag not in {"img", "br", "hr", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.strange.append(f"</{tag}>")

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.strange.append(f"<!--{data}-->")

    handle_decl = handle_pi = unknown_decl = handle_comment


def inspect(html):
    """Return everything in the HTML that a text may not bring, [] when it is clean and balanced."""
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.strange + inspector.open


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def render(text):
    return render_markdown(text, language="en", image_url=lambda _id: ("/files/x.png", 1, 1))


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><style><img src=x onerror=alert(1)></style></svg>",
    "<iframe src=javascript:alert(1)></iframe><form action=//evil><input name=csrf></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<img name=getElementById><form id=location><input id=cookie name=body>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[x](javascript:alert(1))",
    "[x](JaVa&Tab;ScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#x6a;avascript:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "[x](/\\evil.example) [y](\\\\evil.example) [z](/\t/evil.example)",
    "<javascript:alert(1)> <data:text/html,x>",
    "![x](javascript:alert(1)) ![x](data:image/svg+xml,<svg/onload=alert(1)>) ![x](//evil.example/x.png)",
    "[x]: javascript:alert(1)\n\n[x] ![x]",
    '[x](https://a.example "\\" onmouseover=alert(1) ")',
    '[x](https://a.example/"onmouseover=alert(1)//)',
    f'![" onerror=alert(1) x="](file:{PICTURE})',
    f'![<img src=x onerror=alert(1)>](file:{PICTURE} "\' onload=alert(1)")',
    "![x](file:../../etc/passwd) ![x](file:{PICTURE}/../x)",
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "``<script>``",
    "    <script>alert(1)</script>",
    '::: details <script>alert(1)</script> " onclick=alert(1)\nx\n:::',
    "| <script> | <img src=x onerror=alert(1)> |\n|---|:-:|\n| <svg/onload=alert(1)> | x |",
    "- [x] <input type=text name=password>",
    "{{7*7}} {% debug %} ${7*7}",
    "\u202egnp.exe\u202c \u2066x\u2069 \x00\x08\x1b[31m \ud800 \ufffe",
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{</mtext></math><img src=x onerror=alert(1)>}$",
    r"$$\text{<mglyph><svg><mtext><style><img src=x onerror=alert(1)></style>}$$",
    r"$$\text{<style><!--</style><img src=x onerror=alert(1)>-->}$$",
    r"$\mbox{<annotation-xml encoding='text/html'><script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{click}$ $\href{https://evil.example}{click}$",
    r"$\style{position:fixed;inset:0;background:red}{x}$ $\class{btn btn--primary}{x}$",
    r"$\text{&lt;img src=x onerror=alert(1)&gt;}$ $\text{&#x3c;img src=x onerror=alert(1)&#x3e;}$",
    r"$\unicode{x3c}img src=x onerror=alert(1)\unicode{x3e}$",
    r"$\color{red;background:url(//evil.example)}{x}$ $\colorbox{url(//evil.example)}{x}$",
    r"$\operatorname{<script>}$ $\verb|<script>alert(1)</script>|$ $\tag{<script>}$",
    r"$\hspace{-999em}\rule{999em}{999em}\raise{99em}{x}\kern-500pt$",
    "$<math href=javascript:alert(1)>$ $</math><script>alert(1)</script>$",
    "$`$<script>alert(1)</script>$`$",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "frame", ["{}", "> - {}", "# {}", "**{}**", "[{}](https://example.org)", "| {} |\n|---|\n| {} |"]
)
def test_hostile_text_is_only_text(text, frame):
    html = render(frame.replace("{}", text))
    assert inspect(html) == []
    assert not re.search(
        r"<(script|style|svg|iframe|form|object|embed|base|meta|link|template)", html, re.IGNORECASE
    )


def test_a_formula_cannot_move_or_cover_the_page():
    html = render(r"$\hspace{-999em}\rule{999em}{999em}\raise{99em}{x}\kern-500pt\rule{9em}{1ex}$")
    assert not re.search(r"\d{2,}(\.\d+)?(em|ex|pt|px)", html)
    assert 'width="9em"' in html


def test_text_inside_a_formula_is_shown_as_it_was_written():
    inspector = Inspector()
    inspector.feed(render(r"$\text{a<b & <img src=x>}$"))
    assert "a<b\u00a0&\u00a0<img\u00a0src=x>" in "".join(inspector.words)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<p onclick=alert(1) id=location name=x style='position:fixed'>x</p>",
        "<a href=//evil.example>x</a><a href=javascript:alert(1)>y</a><img src=//evil.example>",
        "<input type=text value=x><input name=csrf>",
        "<span class='btn'>x</span><div class='prose modal'>x</div>",
        "<math><mtext><img src=x onerror=alert(1)></mtext><annotation-xml encoding='text/html'><style>",
        "<math><mi href=javascript:alert(1) class=x style=x>x</mi></math>",
        "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    ],
)
def test_the_last_cleaning_does_not_trust_the_renderer(html):
    strange = inspect(cleaning.clean(html))
    assert strange == []


FRAGMENTS = [
    "[", "]", "(", ")", "![", "*", "**", "_", "~~", "`", "```\n", "```py\n", "~~~", "<", ">", "> ", "- ", "- [x] ",
    "1. ", "\n", "\n\n", " ", "    ", "\t", "|", "|-|\n", "a", "م", "$", "$$", "$$\n", "\\", "&", "&#x3c;", "#",
    "=\n", "---\n", "::: details ", ":::\n", "[a]: /u\n", '"', "'", "](/u)", "<script>", "javascript:", "</math>",
    "<img src=x onerror=alert(1)>", "\\text{", "\\frac", "\\href{javascript:x}", "\\begin{matrix}", "\\end{matrix}",
    "^", "{", "}", f"file:{PICTURE}", "https://example.org", "//", "\u202e", "\x00", "\ud800", "\r\n", "\u2028", "<!--",
    "-->",
]  # fmt: skip

hostile_text = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join) | st.text(
    alphabet=st.characters(exclude_categories=[]), max_size=80
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(hostile_text)
def test_any_text_renders_and_is_clean(text):
    html = render(text)
    assert inspect(html) == []
    html.encode()
    plain_text(text).encode()
    file_ids(text)
    warnings(text)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join), st.booleans())
def test_any_formula_renders_and_is_clean(source, display):
    assert inspect(maths.to_mathml(source.encode("utf-8", "replace").decode(), display=display)) == []


def repeated(part, before="", after=""):
    room = LONG - len(before) - len(after)
    return before + (part * (room // len(part) + 1))[:room] + after


WORST = {
    **{repr(part): repeated(part) for part in [
        "[", "![", "![a](", "[a](", "[a][", "*", "*a ", "**a*", "_", "`", "<a", "&", "\\", "$", "$a$ ", "$$a\n# b\n",
        ">", "> ", "> #\na\n", "=\n$$\n> ", "&=\n>---\n", "- ", "- a\n", "> - ", "- [ ] a\n", "a|b\n-|-\n", "a\n\n",
        "::: details\n", "```\n", "```py\nx\n```\n", "```zz\nx\n```\n", "[a]: b\n", "[a\n", "\x00", "\\sqrt",
    ]},
    "nested lists": "\n".join("  " * depth + "- a" for depth in range(220)),
    "nested quotes": repeated("> " * 40 + "a\n"),
    "balanced brackets": "[" * (LONG // 2) + "]" * (LONG // 2),
    "nested pictures": "![" * (LONG // 4) + "](a)" * (LONG // 8),
    "growing ticks": "".join("`" * count + " " for count in range(1, 310)),
    "one long URL used often": repeated("[x] ", "[x]: /" + "u" * 1_990 + "\n\n"),
    "one long title used often": repeated("[x] ", "[x]: /u '" + "t" * 20_000 + "'\n\n"),
    "tables of empty cells": repeated("|" + "a|" * 250 + "\n|" + "-|" * 250 + "\n" + "a\n" * 250 + "\n"),
    "one wide table": "|" + "a|" * 8_000 + "\n|" + "-|" * 8_000 + "\n" + "|a|\n" * 400,
    "different formulas": " ".join(f"${number}^x$" for number in range(5_500)),
    "long formulas": " ".join(f"${number}" + "'>" * 900 + "$" for number in range(26)),
    "formulas of logos": " ".join(f"${number}" + r"\LaTeX" * 300 + "$" for number in range(26)),
    "empty lines of C#": repeated("\n", "```c#\n" + "_\n" * 9_000 + "\n```\n"),
    "empty lines of Java": repeated("```java\n" + "\n" * 15_000 + "\n```\n"),
}  # fmt: skip


def calls_to_render(text):
    """Return how many functions are called for each character: work that does not depend on the machine."""
    cache.clear()
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        html = render(text)
    finally:
        sys.setprofile(None)
    assert len(html) < 2_000_000
    return calls / len(text)


@pytest.mark.parametrize("name", WORST)
def test_the_worst_text_renders_within_its_budget(name):
    assert len(WORST[name]) <= MAX_TEXT
    assert calls_to_render(WORST[name]) < BUDGET


@pytest.mark.parametrize("part", ["[", "!["])
def test_brackets_that_nothing_closes_cost_what_words_cost(part):
    assert calls_to_render(repeated(part)) < BUDGET / 5


def test_random_repetitions_render_within_their_budget():
    chance = random.Random(20)
    for _ in range(8):
        part = "".join(chance.choices(FRAGMENTS, k=chance.randint(1, 4)))
        assert calls_to_render(repeated(part)) < BUDGET, part


def test_a_megabyte_is_refused_unread(monkeypatch):
    def read(*_arguments):
        raise AssertionError("parsed")

    monkeypatch.setattr(Parser, "parse", read)
    monkeypatch.setattr(Parser, "render", read)
    for refuse in (render, plain_text, file_ids, warnings):
        with pytest.raises(TextTooLong):
            refuse("[" * 1_000_000)
