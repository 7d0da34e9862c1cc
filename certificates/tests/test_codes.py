from datetime import UTC, datetime

import pytest

from certificates.codes import CROCKFORD, grouped, new_code, new_number, read_code


def test_codes_are_drawn_from_the_alphabet():
    codes = {new_code() for _try in range(200)}
    assert len(codes) == 200
    assert set("".join(codes)) <= set(CROCKFORD)


def test_number_names_the_utc_day():
    assert new_number(datetime(2026, 11, 21, tzinfo=UTC)).startswith("CERT-20261121-")


@pytest.mark.parametrize(
    "typed",
    [
        "K7QX-2M9D-HT40",
        "k7qx2m9dht40",
        " k7qx 2m9d ht4O ",
        "K7QX–2M9D–HT4o",
        "K7QX-2M9D-HT4٠",
        "‏K7QX-2M9D-HT40",
    ],
)
def test_spellings_of_a_code(typed):
    assert read_code(typed) == ("code", "K7QX2M9DHT40")


def test_lookalikes_are_read_as_digits():
    assert read_code("ILO0-2M9D-HT40") == ("code", "11002M9DHT40")


@pytest.mark.parametrize(
    "typed", ["cert-20261003-7f3a91c4", "CERT 2026 1003 7F3A 91C4", "CERT-2026١٠٠٣-7F3A91C4"]
)
def test_spellings_of_a_number(typed):
    assert read_code(typed) == ("number", "CERT-20261003-7F3A91C4")


@pytest.mark.parametrize("typed", ["", "K7QX-2M9D", "K7QX-2M9D-HT4U", "x" * 5000, "<script>", "مرحبا", "\0"])
def test_what_is_no_code(typed):
    assert read_code(typed) == ("", "")


def test_codes_are_shown_in_groups():
    assert grouped("K7QX2M9DHT40") == "K7QX-2M9D-HT40"
