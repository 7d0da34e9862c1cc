"""Markdown: what authors get for what they write."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.utils.safestring import SafeString

from lms.lib.markdown import TextTooLong, file_ids, plain_text, render_line, render_markdown, warnings

PICTURE = "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"
OTHER = "0190aaaa-bbbb-7ccc-8ddd-ffffffffffff"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def inner(text, **kwargs):
    """Return what is inside the container, on one line."""
    html = render_markdown(text, **kwargs)
    opening, _newline, rest = html.partition("\n")
    assert opening.startswith('<div class="prose"')
    return rest.removesuffix("</div>").replace("\n", "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*em*, **strong**, ~~gone~~", '<p dir="auto"><em>em</em>, <strong>strong</strong>, <s>gone</s></p>'),
        ("# One", '<h2 dir="auto">One</h2>'),
        ("### Three", '<h2 dir="auto">Three</h2>'),
        ("###### Six", '<h2 dir="auto">Six</h2>'),
        ("Title\n=====", '<h2 dir="auto">Title</h2>'),
        ("a\\\nb", '<p dir="auto">a<br>b</p>'),
        ("***", "<hr>"),
        ("`x < y`", '<p><code dir="ltr">x &lt; y</code></p>'),
        ("3. c\n4. d", '<ol start="3" dir="ltr"><li dir="auto">c</li><li dir="auto">d</li></ol>'),
        ("&copy; 5 > 4", "<p>© 5 &gt; 4</p>"),
        ("5$ or 10$, $ 5 $", '<p dir="auto">5$ or 10$, $ 5 $</p>'),
    ],
)  # fmt: skip
def test_commonmark_is_written_with_the_page_in_mind(text, html):
    assert inner(text) == html


def test_the_container_carries_language_and_direction():
    assert render_markdown("x", language="ar-EG").startswith('<div class="prose" lang="ar-EG" dir="rtl">')
    assert render_markdown("x", language="en").startswith('<div class="prose" lang="en" dir="ltr">')
    assert render_markdown("x").startswith('<div class="prose">')
    assert '"><script>' not in render_markdown("x", language='"><script>')


@pytest.mark.parametrize("text", ["", "  \n\t\n"])
def test_no_text_gives_no_container(text):
    assert render_markdown(text) == ""
    assert isinstance(render_markdown(text), SafeString)


def test_the_result_is_safe_for_templates():
    assert isinstance(render_markdown("x"), SafeString)


def test_direction_follows_the_words_not_the_code():
    html = inner("`code` مرحبا\n\n> اقتباس\n\n- أول\n\n- second\n\n123\n\n    code", language="en")
    assert '<p dir="auto"><code dir="ltr">code</code> مرحبا</p>' in html
    assert '<blockquote dir="rtl"><p dir="auto">اقتباس</p></blockquote>' in html
    assert '<ul dir="rtl"><li dir="rtl"><p dir="auto">أول</p></li><li dir="ltr"><p dir="auto">second' in html
    assert "<p>123</p>" in html
    assert '<figure class="code" dir="ltr"><pre tabindex="0"><code>code</code></pre></figure>' in html


def test_a_table_scrolls_by_itself_and_names_its_columns():
    html = inner("| Name | Price | Note |\n|:--|--:|:-:|\n| قلم | 5 | x |")
    assert '<div class="table-box" tabindex="0"><table class="table" dir="ltr"><thead><tr>' in html
    assert '<th scope="col" dir="auto">Name</th><th class="end" scope="col" dir="auto">Price</th>' in html
    assert '<td dir="auto">قلم</td><td class="end">5</td><td class="center" dir="auto">x</td>' in html


def test_tasks_are_boxes_named_by_their_text_and_nobody_can_tick_them():
    html = inner("- [ ] todo\n- [x] *done*\n- plain\n\n1. [ ] loose\n\n2. [y] none")
    assert (
        '<li class="task-list-item" dir="auto"><label><input type="checkbox" disabled=""> <span>todo</span>'
        in html
    )
    assert '<label><input type="checkbox" checked="" disabled=""> <span><em>done</em></span></label>' in html
    assert '<li dir="auto">plain</li>' in html
    assert '<p dir="auto"><label><input type="checkbox" disabled=""> <span>loose</span></label></p>' in html
    assert html.count("<input") == 3


def test_fenced_code_is_coloured_by_class_under_its_title():
    html = inner('```python phonebook.py\nx = {"a": None}  # <b>\n```')
    assert html == (
        '<figure class="code" dir="ltr"><figcaption><span dir="auto">phonebook.py</span></figcaption>'
        '<pre tabindex="0"><code lang="en">x = {<span class="s2">"a"</span>: <span class="kc">None</span>}'
        '  <span class="c1"># &lt;b&gt;</span></code></pre></figure>'
    )


@pytest.mark.parametrize(
    ("info", "caption"),
    [
        ("py", '<figcaption><span dir="auto" lang="en">Python</span></figcaption>'),
        ("JS", '<figcaption><span dir="auto" lang="en">JavaScript</span></figcaption>'),
        ("nonsense", '<figcaption><span dir="auto" lang="en">nonsense</span></figcaption>'),
        ("<b>&quot;", '<figcaption><span dir="auto" lang="en">&lt;b&gt;"</span></figcaption>'),
        ("", ""),
    ],
)
def test_code_without_a_title_is_named_by_its_language(info, caption):
    assert f'<figure class="code" dir="ltr">{caption}<pre' in inner(f"~~~{info}\n1 < 2\n~~~")


def test_code_of_an_unknown_language_or_with_endless_lines_stays_plain():
    assert "<span class=" not in inner("```nonsense\nx = 1\n```")
    assert "<span class=" not in inner(f"```python\nx = '{'a' * 1000}'\n```")


def test_formulas_become_mathml():
    html = inner("Euler: $e^{i\\pi}+1<2$ and\n\n$$\n\\frac{a}{b}\n$$\n\nin $$x$$ text")
    assert '<math display="inline"><mrow><msup><mi>e</mi><mrow><mi>i</mi><mi>π</mi></mrow></msup>' in html
    assert "<mo>&lt;</mo><mn>2</mn>" in html
    assert (
        '<p><math display="block"><mrow><mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>' in html
    )
    assert '<p dir="auto">in <math display="block"><mrow><mi>x</mi></mrow></math> text</p>' in html


@pytest.mark.parametrize(
    "source",
    [
        "x" * 2001,
        "{" * 600 + "}" * 600,
        "\\sqrt" * 300 + "x",
        "\\frac{",
        "\\left(",
        "a_b_c",
        "\\def\\x{\\x\\x}\\x",
        "\\newcommand{\\x}{y}\\x",
        "\\sideset{a}{b}{\\sum}",
        "\\unicode{xD800}",
    ],
)
def test_a_formula_that_cannot_be_shown_shows_its_source(source):
    assert inner(f"${source}$").endswith(f'<code dir="ltr">${source}$</code></p>')
    assert inner(f"$${source}$$") == f'<p><code dir="ltr">$${source}$$</code></p>'


def test_a_formula_of_2000_characters_is_shown():
    assert "<math" in inner(f"${'x' * 2000}$")


def test_formulas_beyond_what_a_text_may_ask_for_stay_as_written():
    html = inner(" ".join(f"${number:04}{'+x' * 900}$" for number in range(20)))
    assert html.count("<math") == 11
    assert html.count("<code") == 9


def test_details_open_under_their_title():
    html = inner("::: details الحل *x* <b>\nHidden *text*\n:::\n", language="ar")
    assert html == (
        '<details dir="rtl"><summary dir="auto">الحل *x* &lt;b&gt;</summary>'
        '<p dir="auto">Hidden <em>text</em></p></details>'
    )
    assert '<summary dir="auto">Details</summary>' in inner("::: details\nx\n:::", language="fr")
    assert "<details" not in inner("::: warning\nx\n:::")


def test_raw_html_shows_as_text():
    html = inner("<b onclick=x>bold</b> <!-- c -->\n\n<div id=x>\n\n<script>alert(1)</script>")
    assert "&lt;b onclick=x&gt;bold&lt;/b&gt; &lt;!-- c --&gt;" in html
    assert "&lt;div id=x&gt;" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize(
    "href", ["https://example.org/a?b=c", "http://example.org", "mailto:a@example.org", "/courses/x/"]
)
def test_links_of_the_allowed_kinds_are_links(href):
    assert inner(f'[go]({href} "title")') == (
        f'<p dir="auto"><a href="{href}" rel="noopener noreferrer nofollow">go</a></p>'
    )


@pytest.mark.parametrize(
    "href",
    ["//example.org", "/\\example.org", "\\\\example.org", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
     "java&#x73;cript:alert(1)", "javascript&colon;alert(1)", "vbscript:x", "data:text/html,x", "ftp://example.org",
     "#top", "page", "?x=1", "https:example.org", "https:///example.org", "x:y", "http://" + "a" * 2000],
)  # fmt: skip
def test_any_other_address_stays_text(href):
    html = inner(f"[go]({href}) <{href}>\n\n[go][ref] ![pic]({href})\n\n[ref]: {href}")
    assert '<a href="/\\' not in html
    assert "<img" not in html
    assert not [part for part in html.split("<a ")[1:] if not part.startswith('href="/%5Cexample.org"')]


def test_a_link_to_a_file_or_nowhere_is_only_its_words():
    assert inner(f"[a](file:{PICTURE}) [b]()") == '<p dir="auto"><span>a</span> <span>b</span></p>'


def test_a_file_of_ours_is_shown_with_its_size():
    html = inner(
        f'![A "cat" & <dog>](file:{PICTURE.upper()})',
        image_url={PICTURE: (f"/files/{PICTURE}/cat.png?a=1&b=2", 640, 480)}.get,
    )
    assert html == (
        f'<p><img src="/files/{PICTURE}/cat.png?a=1&amp;b=2" alt="A &quot;cat&quot; &amp; &lt;dog&gt;" width="640"'
        ' height="480" loading="lazy" decoding="async"></p>'
    )


def test_a_picture_without_a_size_or_a_file_still_makes_sense():
    assert 'alt="">' not in inner(f"![cat](file:{PICTURE})", image_url=lambda _id: ("/f", None, None))
    assert "width" not in inner(f"![cat](file:{PICTURE})", image_url=lambda _id: ("/f", None, None))
    assert inner(f"![A cat](file:{OTHER})", image_url={PICTURE: ("/f", 1, 1)}.get) == "<p>A cat</p>"


def test_pictures_elsewhere_become_links():
    html = inner("![chart](https://example.org/c.png) ![](https://example.org/d.png)")
    assert '<a href="https://example.org/c.png" rel="noopener noreferrer nofollow">chart</a>' in html
    assert ">https://example.org/d.png</a>" in html
    assert "<img" not in html


def test_a_picture_inside_a_link_makes_no_second_link():
    html = inner("[![chart](https://a.example/c.png)](https://b.example)")
    assert html == '<p><a href="https://b.example" rel="noopener noreferrer nofollow">chart</a></p>'


def test_a_long_text_is_refused_before_it_is_read():
    assert render_markdown("x" * 50_000)
    for refuse in (render_markdown, plain_text, file_ids, warnings):
        with pytest.raises(TextTooLong):
            refuse("x" * 50_001)
        with pytest.raises(ValueError, match="at most 10"):
            refuse("x" * 11, limit=10)


def test_the_second_time_comes_from_the_cache_in_its_own_language_and_pictures():
    text = f"# x\n\n![cat](file:{PICTURE})"
    first = render_markdown(text, language="en", image_url=lambda _id: ("/old", 1, 1))
    (key,) = [key for key in cache._cache if "markdown:" in key]
    cache.set(key.split(":", 2)[2], "from the cache")
    assert render_markdown(text, language="en", image_url=lambda _id: ("/old", 1, 1)) == "from the cache"
    assert render_markdown(text, language="ar", image_url=lambda _id: ("/old", 1, 1)) != "from the cache"
    assert '"/new"' in render_markdown(text, language="en", image_url=lambda _id: ("/new", 1, 1))
    assert '"/old"' in first


def test_a_cache_that_is_away_is_a_miss(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "lms.lib.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }
    assert inner("# x") == '<h2 dir="auto">x</h2>'


def test_each_picture_is_asked_for_once():
    asked = []
    render_markdown(f"![a](file:{PICTURE}) ![b](file:{PICTURE.upper()})", image_url=asked.append)
    assert asked == [PICTURE]


def test_plain_text_keeps_the_words():
    text = (
        "# A *title*\n\nSome **bold**\ntext with `code`, [a link](/x) and $a+b$.\n\n- one\n- [x] two\n\n| a | b |\n"
        f"|---|---|\n| c | d |\n\n```py\nx = 1\n```\n\n::: details Why\nBecause.\n:::\n\n![a cat](file:{PICTURE})\n"
    )
    assert plain_text(text).split("\n") == [
        "A title", "Some bold text with code, a link and a+b.", "one", "two", "a", "b", "c", "d", "x = 1", "Why",
        "Because.", "a cat",
    ]  # fmt: skip
    assert plain_text("") == ""


def test_file_ids_are_those_of_pictures_only():
    text = (
        f"![a](file:{PICTURE}) ![](file:{OTHER.upper()} 'x') ![b](file:{PICTURE}) `![](file:{PICTURE[:-1]}0)`\n\n"
        f"[link](file:{PICTURE[:-1]}1) ![nested ![x](file:{PICTURE[:-1]}2)](https://example.org) ![r][ref]\n\n"
        f"    ![](file:{PICTURE[:-1]}3)\n\n[ref]: file:{PICTURE[:-1]}4\n\n![bad](file:123)"
    )
    ids = [str(file_id) for file_id in file_ids(text)]
    assert ids == [PICTURE, OTHER, f"{PICTURE[:-1]}2", f"{PICTURE[:-1]}4"]


def test_a_picture_without_alternative_text_is_a_warning():
    assert warnings(f"![a cat](file:{PICTURE}) and text ![](https://example.org/x.png)") == []
    (warning,) = warnings(f"![](file:{PICTURE})\n\n![ ](file:{OTHER})\n\n![ok](file:{OTHER})")
    assert warning.code == "picture_without_alt"
    assert "2 pictures" in str(warning.message)


def test_nothing_else_in_the_project_calls_html_safe():
    marks = {
        "*.py": re.compile(r"\bmark_safe\b|\bSafeString\(|\bSafeText\b|\bhtml_safe\b"),
        "*.html": re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off"),
    }
    apps = [
        path
        for path in Path(project.BASE_DIR).iterdir()
        if (path / "__init__.py").exists() or path.name == "templates"
    ]
    found = {
        str(path.relative_to(project.BASE_DIR))
        for app in apps
        for kind, mark in marks.items()
        for path in app.rglob(kind)
        if "tests" not in path.parts and mark.search(path.read_text())
    }
    assert found == {"lms/lib/markdown/__init__.py"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*one* line", '<span lang="en" dir="ltr"><bdi><em>one</em> line</bdi></span>'),
        ("<b>", '<span lang="en" dir="ltr"><bdi>&lt;b&gt;</bdi></span>'),
        ("", ""),
    ],
)
def test_a_line_fits_into_a_label(text, html):
    line = render_line(text, language="en")
    assert (line, type(line)) == (html, SafeString)


@pytest.mark.parametrize("text", ["one\n\ntwo", "- one", "    code", "# Title"])
def test_a_line_of_several_blocks_stays_what_it_is(text):
    assert render_line(text, language="en") == render_markdown(text, language="en")


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("## A\n\n### B\n\n## C", "232"),
        ("# A\n\n### B\n\n## C\n\n#### D", "2334"),
        ("### A\n\n# B\n\n## C", "223"),
        ("# A\n## B\n### C\n#### D\n##### E\n###### F", "234566"),
        ("> ## A\n\n## B\n\n::: details More\n### C\n:::", "223"),
    ],
)
def test_headings_skip_no_level(text, levels):
    assert "".join(re.findall(r"<h(\d)", inner(text))) == levels
    assert "".join(re.findall(r"</h(\d)", inner(text))) == levels
