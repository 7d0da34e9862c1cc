"""Slugs: made from titles of any script, unique, and read back from URLs."""

import re
from urllib.parse import unquote

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import NoReverseMatch, Resolver404, path, resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.slugs import RESERVED, UnicodeSlugConverter, is_reserved, slugify_unicode, unique_slug

any_text = st.text(alphabet=st.characters(exclude_categories=[]))


def shown(request, slug):
    return HttpResponse(slug)


urlpatterns = [path("courses/<uslug:slug>/", shown, name="course")]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Python from the First Line", "python-from-the-first-line"),
        ("  Hello,   World!  ", "hello-world"),
        ("مُقَدِّمَةٌ في البـــرمجة", "مقدمة-في-البرمجة"),
        ("بايثون Python ٣", "بايثون-python-٣"),
        ("می\u200cخواهم", "میخواهم"),
        ("हिन्दी में सीखें", "हिन्दी-में-सीखें"),
        ("日本語：入門", "日本語-入門"),
        ("C++ & C#", "c-c"),
        ("ＦＵＬＬ　ｗｉｄｔｈ ①", "full-width-1"),
        ("İstanbul", "istanbul"),
        ("Cafe\u0301", "café"),
        ("x\u202ey\u200bz\ufeff", "xyz"),
        ("🎉❤️1️⃣", "1"),
        ("🎉 ✨ ❤️", ""),
        ("ـــ ً", ""),
        ("---", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_letters_and_digits_of_every_script(title, slug):
    assert slugify_unicode(title) == slug


def test_a_long_slug_is_cut_at_a_word():
    assert slugify_unicode("word " * 80) == "-".join(["word"] * 40)
    assert slugify_unicode("alpha beta", 10) == "alpha-beta"
    assert slugify_unicode("alpha beta", 9) == "alpha"
    assert slugify_unicode("ب" * 300) == "ب" * 200


@given(any_text)
def test_a_slug_is_its_own_slug_and_fits_a_url(title):
    slug = slugify_unicode(title)
    assert slugify_unicode(slug) == slug
    assert len(slug) <= 200
    assert not re.search(r"[\s/?#%&.<>'\"]|--|^-|-$", slug)
    slug.encode()


SOME_ID = "ae56b216-5939-41ea-a61f-852b4686273b"


@pytest.mark.parametrize("slug", [*sorted(RESERVED), SOME_ID, SOME_ID.replace("-", "")])
def test_our_words_and_ids_are_reserved(slug):
    assert is_reserved(slug)
    assert unique_slug(slug, lambda _slug: False) == f"{slug}-2"


def test_other_slugs_are_free():
    assert not is_reserved("python")
    assert unique_slug("python", lambda _slug: False) == "python"


def test_a_taken_slug_gets_the_next_free_number():
    taken = {"python", "python-2", "python-3"}
    assert unique_slug("python", taken.__contains__) == "python-4"


def test_a_numbered_slug_stays_within_its_length():
    base = slugify_unicode("word " * 80)
    numbered = unique_slug(base, {base}.__contains__)
    assert numbered == "-".join(["word"] * 39) + "-2"
    assert unique_slug("ب" * 200, {"ب" * 200}.__contains__) == "ب" * 198 + "-2"


def test_nothing_left_gives_a_random_slug():
    slugs = {unique_slug("", lambda _slug: False) for _ in range(20)}
    assert len(slugs) == 20
    assert all(re.fullmatch(r"course-[a-z0-9]{8}", slug) for slug in slugs)
    assert unique_slug("", lambda _slug: False, fallback="lesson").startswith("lesson-")


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("slug", ["python-3", "مقدمة-في-البرمجة", "हिन्दी", "日本語", "a"])
def test_the_converter_carries_every_script_both_ways(slug):
    url = reverse("course", args=[slug])
    assert url.isascii()
    assert resolve(unquote(url)).kwargs == {"slug": slug}


@override_settings(ROOT_URLCONF=__name__)
def test_the_converter_composes_what_arrives_decomposed():
    assert resolve("/courses/cafe\u0301/").kwargs == {"slug": "café"}


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    "slug", ["a b", "a.b", "a--b", "-a", "A", "a%", "<b>", "a\u202eb", "a\x00", "ـ", "é\u0301/x", "x" * 256]
)
def test_what_is_no_slug_is_no_page(slug):
    with pytest.raises(Resolver404):
        resolve(f"/courses/{slug}/")
    with pytest.raises(ValueError, match=r".*"):
        UnicodeSlugConverter().to_python(slug)


@override_settings(ROOT_URLCONF=__name__)
def test_an_empty_slug_has_no_url():
    with pytest.raises(NoReverseMatch):
        reverse("course", args=[""])
