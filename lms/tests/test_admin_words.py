"""An Arabic admin is Arabic throughout: the library speaks through our catalogue, and every column has a word."""

import re
from pathlib import Path

import pytest
import unfold
from django.contrib.admin import site
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from lms.unfold_words import WORDS

LIBRARY = Path(unfold.__file__).parent
# What it sends to our pages; its extras for other packages are not installed here.
SOURCES = [
    *LIBRARY.glob("templates/admin/**/*.html"),
    *LIBRARY.glob("templates/registration/*.html"),
    *LIBRARY.glob("templates/unfold/**/*.html"),
    *(LIBRARY / name for name in ("admin.py", "forms.py", "widgets.py", "mixins/base_model_admin.py")),
    LIBRARY / "templatetags/unfold_list.py",
]
MESSAGE = re.compile(r"""{%\s*trans(?:late)?\s+(["'])(.+?)\1|\b_\(\s*(["'])(.+?)\3\s*\)""")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_every_word_of_the_library_is_known(source):
    said = {second or fourth for _q, second, _r, fourth in MESSAGE.findall(source.read_text())}
    with override("ar"):
        untranslated = {text for text in said if gettext(text) == text and re.search(r"[A-Za-z]{3}", text)}
    assert untranslated - set(WORDS) == set()


def shown_by(page):
    """The names of what a page of the admin or an inline shows, those in sets and pairs included."""
    sets = [options["fields"] for _title, options in page.fieldsets or []]
    names = []
    for several in (getattr(page, "list_display", ()), page.readonly_fields, page.fields or (), *sets):
        for name in several:
            names += [name] if isinstance(name, str) else list(name)
    names += [one for one in getattr(page, "list_filter", ()) if isinstance(one, str)]
    return {name for name in names if not hasattr(page, name)}


PAGES = [
    (page.model, page)
    for registered in site._registry.values()
    for page in (registered, *(inline(registered.model, site) for inline in registered.inlines))
    if registered.opts.app_label
    in {"accounts", "analytics", "certificates", "courses", "enrollments", "files", "quizzes"}
]


@pytest.mark.parametrize(("model", "page"), PAGES, ids=lambda one: getattr(one, "__name__", ""))
def test_every_shown_column_has_a_word(model, page):
    wordless = set()
    for name in shown_by(page):
        try:
            column = model._meta.get_field(name)
        except FieldDoesNotExist:
            if hasattr(model, name):  # a property: the admin takes its name for a word, in English alone
                wordless.add(name)
            continue  # the form has it, with a label of its own
        if not isinstance(getattr(column, "verbose_name", None), Promise):
            wordless.add(name)
    assert wordless == set()
