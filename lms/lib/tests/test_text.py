"""Plain text: what is accepted and stored, how search compares it, which way it runs."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from lms.lib import text

RLO, PDF, LRI, PDI = "\u202e", "\u202c", "\u2066", "\u2069"
ZWNJ, ZWJ, ZWSP, RLM, BOM = "\u200c", "\u200d", "\u200b", "\u200f", "\ufeff"

any_text = st.text(alphabet=st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("  Cafe\u0301  ", "Café"),
        ("\u00a0 مقدمة \n", "مقدمة"),
        (f" {ZWSP}{BOM} ", ""),
        ("\u3164\u2800", ""),
        (f"{RLM}نص{RLM}", f"{RLM}نص{RLM}"),
        ("", ""),
    ],
)
def test_text_is_composed_and_trimmed_and_invisible_text_is_none(value, stored):
    assert text.clean_text(value) == stored


def test_every_kind_of_line_end_becomes_one_line_feed():
    assert text.clean_multiline_text("a\r\nb\rc\u2028d\u2029e\x85f\n") == "a\nb\nc\nd\ne\nf"


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", RLO, PDF, LRI, PDI, "\ud800"])
def test_forbidden_characters_are_refused_with_their_code(char):
    assert text.has_forbidden_characters(f"a{char}b")
    assert text.has_forbidden_characters(f"a{char}b", multiline=True)
    for validate in (text.validate_plain_text, text.validate_plain_multiline_text):
        with pytest.raises(ValidationError) as refusal:
            validate(f"a{char}b")
        assert refusal.value.code == "invalid_characters"


@pytest.mark.parametrize("char", ["\n", "\t", "\r\n", "\u2028"])
def test_line_breaks_are_for_text_of_several_lines(char):
    text.validate_plain_multiline_text(f"a{char}b")
    with pytest.raises(ValidationError, match="line breaks"):
        text.validate_plain_text(f"a{char}b")


@pytest.mark.parametrize("value", ["Plain", "نصّ عربي", f"می{ZWNJ}خواهم", "👩\u200d💻", f"C++{RLM}", ""])
def test_ordinary_text_of_any_script_is_accepted(value):
    text.validate_plain_text(value)
    assert not text.has_forbidden_characters(value)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("  Salma \t\n Haddad ", "Salma Haddad"),
        (f"Ali{RLO}nassaH{PDF}", "AlinassaH"),
        ("A\x00l\x07i", "Ali"),
        (f"می{ZWNJ}لاد", f"می{ZWNJ}لاد"),
        (f"{ZWJ}{ZWNJ}", ""),
        (f"Ana{ZWJ} {ZWNJ}Lu{ZWSP}z", "Ana Luz"),
        ("Jose\u0301", "José"),
        ("ع", "ع"),
    ],
)
def test_names_lose_what_is_not_seen_and_keep_their_spelling(value, stored):
    assert text.clean_name(value) == stored


@given(any_text)
def test_cleaning_twice_changes_nothing_and_names_are_plain(value):
    for clean in (text.clean_text, text.clean_multiline_text, text.clean_name):
        assert clean(clean(value)) == clean(value)
    assert not text.has_forbidden_characters(text.clean_name(value))


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("أحمد إبراهيم آدم ٱلله", "احمد ابراهيم ادم الله"),
        ("مُحَمَّدٌ", "محمد"),
        ("الـبـرمـجـة", "البرمجه"),
        ("مستشفى", "مستشفي"),
        ("ایران", "ايران"),
        ("مؤسسة", "موسسه"),
        ("مسائل", "مسايل"),
        ("کتاب", "كتاب"),
        ("۱۲۳ ٤٥٦ ७", "123 456 7"),
        ("STRASSE straße", "strasse strasse"),
        ("Café ﬁn ２", "cafe fin 2"),
        (f"می{ZWNJ}خواهم{RLM}\x00", "ميخواهم"),
        ("İstanbul", "istanbul"),
        ("ﻻ", "لا"),
        ("100%_\\", "100%_\\"),
    ],
)
def test_search_compares_what_people_mean(written, searched):
    assert text.normalise_for_search(written) == searched


@given(any_text)
def test_normalising_twice_changes_nothing_and_can_be_stored(value):
    normalised = text.normalise_for_search(value)
    assert text.normalise_for_search(normalised) == normalised
    normalised.encode()


@given(any_text, any_text)
def test_a_part_of_a_text_is_found_in_it(before, after):
    found = text.normalise_for_search("Python أساسيات")
    assert found in text.normalise_for_search(f"{before} Python أساسيات {after}")


def test_search_words_are_normalised_and_different():
    assert text.search_words("  Python  بَايثون PYTHON\tأولى ") == ["python", "بايثون", "اولي"]
    assert text.search_words(f" {ZWNJ} ً ") == []


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("ar", "rtl"), ("ar-EG", "rtl"), ("AR_eg", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("ur-PK", "rtl"),
        ("en", "ltr"), ("ar-Latn", "ltr"), ("az-Arab", "rtl"), ("zh-Hant-TW", "ltr"), ("uz-Arab-AF", "rtl"),
        ("zh-yue-Hant", "ltr"), ("pa-Arab", "rtl"), ("de-1996", "ltr"), ("", "ltr"), ("x", "ltr"),
    ],
)  # fmt: skip
def test_direction_follows_the_script_or_the_language(tag, direction):
    assert text.direction_of(tag) == direction


@pytest.mark.parametrize(
    ("value", "direction"),
    [("Hello مرحبا", "ltr"), ("123 - مرحبا Hello", "rtl"), ("שלום", "rtl"), ("12, 34 (!)", None), ("", None)],
)
def test_direction_of_a_text_is_that_of_its_first_letter(value, direction):
    assert text.first_strong_direction(value) == direction


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Salma Haddad", "SH"),
        ("ana maria de souza", "AS"),
        ("Plato", "P"),
        ("سلمى حداد", "س"),
        ("王小明", "王"),
        ("(Nick) «Ünal»", "NÜ"),
        ("🎉 !", ""),
        ("", ""),
    ],
)
def test_initials_stand_for_a_name(name, shown):
    assert text.initials(name) == shown


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Optics, الضوء، Glass", ["Optics", "الضوء", "Glass"]),
        (' "R, advanced" ,Glass,, ', ["R, advanced", "Glass"]),
        ('"الضوء، أساسيات"، 5" lens', ["الضوء، أساسيات", '5" lens']),
        ('"a ""b"", c"', ['a "b", c']),
        ('"Never closed, Glass', ['"Never closed', "Glass"]),
        ('"R" advanced, Glass', ['"R" advanced', "Glass"]),
        ("", []),
        (" ، ,", []),
    ],
)
def test_names_stand_between_commas(typed, names):
    assert text.names_in(typed) == names


@given(st.lists(any_text.map(text.clean_text).filter(bool)))
def test_names_are_read_back_as_they_were_written(names):
    assert text.names_in(text.listed(names)) == names
