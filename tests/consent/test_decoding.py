import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_consent.decoding import Undecodable, decode, lost_letters

NAMES = "id,name\r\np1,Zoë Müller\r\np2,Siân O'Brien\r\n"


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [
        ("utf-8", False),
        ("utf-8-sig", False),
        ("utf-16", False),
        ("utf-16-le", False),
        ("utf-16-be", False),
        ("cp1252", True),
        ("latin-1", True),
    ],
)
def test_the_same_text_however_it_was_saved(encoding, guessed):
    decoded = decode(NAMES.encode(encoding))
    assert decoded.text == NAMES
    assert decoded.guessed is guessed


@pytest.mark.parametrize(
    "data",
    [
        "Zoë".encode("mac_roman"),  # ë would become a quotation mark
        "José".encode("mac_roman"),  # é would become Ž
        "Martín".encode("mac_roman"),  # í would become an apostrophe
        "Łukasz".encode("cp1250"),  # Ł would become a pound sign
        b"\xff\xfeZ",  # half a character
        b"Zo\x81",  # no letter of anything
        b"PK\x03\x04 a \x00 zip",
    ],
)
def test_what_cannot_be_read_safely_is_refused(data):
    with pytest.raises(Undecodable, match="CSV UTF-8"):
        decode(data)


@given(st.text(alphabet=st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])))
def test_utf8_is_never_changed(text):
    assert decode(("a" + text).encode()).text == "a" + text


@pytest.mark.parametrize("name", ["Zo?", "Zo\ufffd", "ZoÃ«", "SiÃ¢n"])
def test_lost_letters_are_seen(name):
    assert lost_letters(name)


@pytest.mark.parametrize("name", ["Zoë", "Siân", "O’Brien", "Łukasz", "Ann-Marie", "Ãna", ""])
def test_whole_names_are_left_alone(name):
    assert not lost_letters(name)
