"""What holds for every template, style sheet, script and icon; and that the components say what they are given."""

import gzip
import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import translation

from lms.staticfiles import OWN_IMPORT, BundlingStaticFilesStorage
from lms.templatetags.ui import DRAWINGS, drawing_of, palette_of

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "static"
MAILS = TEMPLATES / "emails"  # mail programs know nothing but style attributes
PAGES = [path for path in sorted(TEMPLATES.rglob("*.html")) if MAILS not in path.parents]
COMPONENTS = [path for path in PAGES if path.parent == TEMPLATES / "components"]
BUDGET = 50 * 1024  # bytes of our styles and scripts a page may send, compressed

INLINE = re.compile(
    r"""<style|\sstyle=|<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)|\son[a-z]+=|javascript:""", re.I
)
PHYSICAL = re.compile(
    r"(?<![\w-])((margin|padding|border|scroll-margin|scroll-padding)-(left|right|top|bottom)[\w-]*"
    r"|left|right|top|bottom)\s*:|(text-align|float|clear)\s*:\s*(left|right)"
)
STATIC_REFERENCE = re.compile(r"""\{% static ["']([^"']+)["']""")
HTMX = "django_htmx/htmx-2.min.js"


def name_of(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


def render(source: str, **context: object) -> str:
    html = Template("{% load ui i18n %}" + source).render(Context(context))
    return re.sub(r"\s+", " ", html).strip()


# --- Rules for every file


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_templates_have_no_inline_style_script_or_handler(path):
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
def test_components_open_with_their_variables(path):
    assert path.read_text().startswith("{#")


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_components_are_included_with_only(path):
    includes = re.findall(r'\{% include "components/[^%]*%\}', path.read_text())
    assert [include for include in includes if not include.endswith(" only %}")] == []


def test_every_static_reference_exists():
    names = {name for path in PAGES for name in STATIC_REFERENCE.findall(path.read_text())}
    assert "css/site.css" in names
    assert [name for name in sorted(names) if not finders.find(name)] == []


@pytest.mark.parametrize("path", sorted(STATIC.glob("css/*.css")), ids=name_of)
def test_styles_use_logical_properties_only(path):
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert PHYSICAL.findall(css) == []


@pytest.mark.parametrize("path", sorted(STATIC.glob("css/*.css")), ids=name_of)
def test_colours_are_written_in_the_tokens_only(path):
    # The frame of a video, and the words on a cover, are the same in both themes.
    if path.name in {"tokens.css", "media.css", "door.css", "base.css", "admin.css"}:
        return
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{]*;)", path.read_text()) == []


@pytest.mark.parametrize("path", sorted(STATIC.glob("js/*.js")), ids=name_of)
def test_scripts_stay_small(path):
    assert len(path.read_text().splitlines()) < 100


def test_every_icon_asked_for_is_in_the_sprite_once():
    sprite = ElementTree.parse(STATIC / "img/sprite.svg").getroot()
    ids = [symbol.get("id") for symbol in sprite]
    asked = {
        name
        for path in PAGES
        for name in re.findall(r'(?:\{% icon |icon_name=|icon=)"([\w-]+)"', path.read_text())
    }
    assert len(ids) == len(set(ids))
    assert {f"i-{name}" for name in asked} - set(ids) == set()


# --- Weight


def statics_of(template: str, seen: set[str]) -> set[str]:
    """Return the styles and scripts of a template, of what it extends and of what it includes."""
    if template in seen or not (TEMPLATES / template).exists():
        return set()
    seen.add(template)
    source = (TEMPLATES / template).read_text()
    names = {name for name in STATIC_REFERENCE.findall(source) if name.endswith((".css", ".js"))}
    if "{% htmx_script %}" in source:
        names.add(HTMX)
    for other in re.findall(r'\{% (?:extends|include) "([^"]+)"', source):
        names |= statics_of(other, seen)
    return names


def weight(name: str) -> int:
    text = Path(finders.find(name)).read_text()
    while OWN_IMPORT.search(text):
        text = OWN_IMPORT.sub(lambda match: (STATIC / "css" / match[1]).read_text(), text)
    return len(gzip.compress(text.encode()))


@pytest.mark.parametrize(
    "path", [path for path in PAGES if path.read_text().startswith("{% extends")], ids=name_of
)
def test_no_page_sends_more_than_its_budget(path):
    names = statics_of(str(path.relative_to(TEMPLATES)), set())
    assert HTMX in names or "css/site.css" not in names
    assert sum(map(weight, names)) <= BUDGET


def test_production_writes_imports_into_the_stylesheet(tmp_path):
    source = StaticFilesStorage(location=STATIC, base_url="/static/")
    target = BundlingStaticFilesStorage(location=tmp_path, base_url="/static/")
    paths = {f"css/{path.name}": (source, f"css/{path.name}") for path in STATIC.glob("css/*.css")}
    for name in paths:
        target.save(name, source.open(name))
    assert [result for *_names, result in target.post_process(paths) if isinstance(result, Exception)] == []
    hashed = tmp_path / target.stored_name("css/site.css")
    css = hashed.read_text()
    assert gzip.decompress(hashed.with_name(f"{hashed.name}.gz").read_bytes()).decode() == css
    assert "@import" not in css
    assert css.index("--paper:") < css.index(".btn {") < css.index(".split {")


# --- Pages that must be drawn in any state


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_error_pages_need_neither_request_nor_database(name):
    # No database mark: a query fails the test.
    html = render_to_string(f"{name}.html")
    assert html.count("<h1>") == 1
    assert "csrfmiddlewaretoken" not in html


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_pages_carry_their_language_and_direction(language, direction):
    with translation.override(language):
        html = render_to_string("404.html")
    assert f'<html lang="{language}" dir="{direction}">' in html


# --- Icons and covers


def test_icon_only_decorates_unless_it_has_a_label():
    assert render('{% icon "search" %}') == (
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="/static/img/sprite.svg#i-search"/></svg>'
    )
    labelled = render('{% icon "play" "muted" solid=True label=label %}', label="Play & watch")
    assert 'class="icon icon--solid muted"' in labelled
    assert 'aria-label="Play &amp; watch" role="img"' in labelled
    assert "aria-hidden" not in labelled


def test_a_course_keeps_its_drawing_and_borrows_a_palette():
    assert drawing_of("python-from-the-first-line") == drawing_of("python-from-the-first-line")
    assert {drawing_of(f"course-{number}") for number in range(100)} == set(DRAWINGS)
    assert [palette_of(slug) for slug in ("science", "cooking", "")] == [
        "science",
        "programming",
        "programming",
    ]


def test_cover_shows_the_picture_when_there_is_one():
    drawn = render('{% cover "python" "data" tag="New" %}')
    pictured = render('{% cover "python" "data" url %}', url="/files/1?a=1&b=2")
    assert 'data-cover="data"' in drawn and "<svg" in drawn and "New</span>" in drawn
    assert '<img src="/files/1?a=1&amp;b=2" alt="" width="640" height="360" loading="lazy"' in pictured
    assert "<svg" not in pictured


# --- Components


def course(**fields: object) -> SimpleNamespace:
    values: dict[str, object] = {
        "title": "<b>Python</b>",
        "slug": "python",
        "get_absolute_url": "/courses/python/",
        "category": SimpleNamespace(name="Data", slug="data"),
        "instructor": SimpleNamespace(full_name="Nour El-Masry"),
        "lesson_count": 42,
        "duration_minutes": 130,
        "certificate_enabled": True,
        "average_rating": Decimal("4.75"),
        "review_count": 2051,
        "is_free": False,
        "price": Decimal("950.000"),
        "currency": "EGP",
        "thumbnail_url": None,
        "language": "en",
        "direction": "ltr",
    }
    return SimpleNamespace(**(values | fields))


def card(**context: object) -> str:
    html = render_to_string("components/course_card.html", context)
    return re.sub(r"\s+", " ", html)


def test_course_card_tells_what_the_course_is():
    html = card(course=course())
    assert "&lt;b&gt;Python&lt;/b&gt;</a></h2>" in html
    for words in ("Data", "Nour El-Masry", "42 lessons", "2 h 10 min", "Certificate", "(2,051)", "EGP 950"):
        assert words in html
    assert "Rated 4.8 of 5 by 2,051 people" in html


def test_course_card_of_a_bare_course_leaves_out_what_it_has_not():
    html = card(
        course=course(
            category=None,
            is_free=True,
            review_count=0,
            duration_minutes=0,
            certificate_enabled=False,
            lesson_count=1,
        )
    )
    assert "Free" in html and "No reviews yet" in html and "1 lesson<" in html
    assert "card__kind" not in html and " min<" not in html and "Certificate" not in html


def test_course_card_shows_progress_in_place_of_price():
    enrollment = SimpleNamespace(
        completed_lessons_count=26,
        total_lessons_count=42,
        progress_percentage=Decimal("61.90"),
        completed_at=None,
    )
    html = card(course=course(), progress=enrollment)
    assert "26 of 42 lessons" in html and "62%" in html and 'value="61.90"' in html
    assert "EGP" not in html
    enrollment.completed_at = "2026-10-01"
    assert "Completed" in card(course=course(), progress=enrollment)


def test_step_row_is_a_link_only_when_it_is_open():
    done = render(
        '{% include "components/step_row.html" with title="Lists" url="/l/" state="done" current=True only %}'
    )
    locked = render(
        '{% include "components/step_row.html" with title="Check" state="locked" icon_name="quiz" end="9" only %}'
    )
    assert '<a href="/l/" class="step step--done" aria-current="page">' in done and "#i-check" in done
    assert '<span class="step step--locked">' in locked and "#i-quiz" in locked and "#i-lock" in locked
    assert "<a " not in locked


def test_pagination_keeps_the_filters_of_the_list():
    page = Paginator(range(200), 20).get_page(4)
    html = render(
        '{% include "components/pagination.html" with page=page query=query only %}',
        page=page,
        query=QueryDict("q=a%26b&page=4"),
    )
    assert 'href="?q=a%26b&amp;page=3" rel="prev"' in html
    assert re.search(r'href="\?q=a%26b&amp;page=4"[^>]*aria-current="page"', html)
    assert "Page 4 of 10" in html and "…" in html


def test_pagination_of_one_page_is_nothing():
    page = Paginator(range(3), 20).get_page(1)
    assert render('{% include "components/pagination.html" with page=page only %}', page=page) == ""


def test_breadcrumbs_end_without_a_link():
    html = render('{% crumbs "Courses" "/courses/" title %}', title="<i>")
    assert '<a href="/courses/"><bdi>Courses</bdi></a>' in html
    assert "<li><bdi>&lt;i&gt;</bdi></li>" in html


def test_stars_of_one_review():
    html = render('{% include "components/stars.html" with rating=4 only %}')
    assert html.count("#i-star") == 5 and html.count("icon--off") == 1 and "4 of 5" in html


# --- Forms


class SampleForm(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="Nobody sees it.")
    password = forms.CharField(widget=forms.PasswordInput)
    bio = forms.CharField(required=False, widget=forms.Textarea(attrs={"class": "wide"}))
    level = forms.ChoiceField(choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect)
    agree = forms.BooleanField(required=False)
    token = forms.CharField(widget=forms.HiddenInput, initial="t")


def test_form_shows_each_field_in_its_shape():
    html = render("{% form_fields form %}", form=SampleForm())
    assert 'name="email"' in html and 'class="input" dir="ltr"' in html
    assert 'aria-describedby="id_email_helptext"' in html and 'id="id_email_helptext">Nobody sees it.' in html
    assert 'data-show-password aria-controls="id_password"' in html
    assert 'class="input wide"' in html and html.count("(optional)") == 1
    assert "<legend>Level</legend>" in html and html.count('class="choice"') == 2
    assert html.count('type="hidden"') == 1 and 'role="alert"' not in html


def test_form_says_what_is_wrong_at_the_field_and_on_top():
    form = SampleForm({"email": "<x>", "password": "p", "level": "a", "token": "t"})
    form.add_error(None, "Those do not go together.")
    html = render("{% form_fields form %}", form=form)
    summary, _end, fields = html.partition("</ul>")
    assert 'role="alert"' in summary and "Those do not go together." in summary
    assert '<a href="#id_email">E-mail</a>: Enter a valid email address.' in summary
    assert 'value="&lt;x&gt;"' in fields and 'aria-invalid="true"' in fields
    assert 'aria-describedby="id_email_helptext id_email_error"' in fields and 'id="id_email_error"' in fields


def test_field_takes_a_link_and_a_hint_of_the_page():
    html = render(
        '{% field form.password aside_url="/reset/" aside_text="Forgot it?" hint="At least 8." %}',
        form=SampleForm(),
    )
    assert '<a class="small" href="/reset/">Forgot it?</a>' in html
    assert (
        'aria-describedby="id_password_helptext"' in html and 'id="id_password_helptext">At least 8.' in html
    )
