"""Bytes of a spreadsheet's CSV file to text, without ever garbling a name in silence."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

SAVE_AS_UTF8 = "Open it in the spreadsheet program and save it as “CSV UTF-8”."


@dataclass(frozen=True)
class Decoded:
    """The text of a file, and whether its encoding had to be guessed."""

    text: str
    guessed: bool = False


class Undecodable(ValueError):
    """The text cannot be read without guessing at letters; the message says what to do."""


def decode(data: bytes) -> Decoded:
    """UTF-8 or UTF-16, with or without a mark at the start; else Latin-1, as a guess.

    The guess is made only where every byte above 127 is an accented letter in Latin-1.
    The bytes from 0x80 to 0x9F are not: they are where an old Mac keeps its accents, and
    where Windows has quotation marks. Raises `Undecodable`.
    """
    encoding = _sure_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Undecodable(f"The file is damaged. {SAVE_AS_UTF8}") from None
        return Decoded(_latin_text(data), guessed=True)
    if "\0" in text:
        raise Undecodable(f"This is not a CSV file. {SAVE_AS_UTF8}")
    return Decoded(text.removeprefix("\ufeff"))


def _sure_encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # The header is plain ASCII, so without a mark its zero bytes tell the byte order.
    if data[:1] == b"\0":
        return "utf-16-be"
    if data[1:2] == b"\0":
        return "utf-16-le"
    return "utf-8"


def _latin_text(data: bytes) -> str:
    text = data.decode("latin-1")
    if all(character.isascii() or _accented(character) for character in text):
        return text
    raise Undecodable(f"The accented letters in this file cannot be read safely. {SAVE_AS_UTF8}")


def _accented(character: str) -> bool:
    return character >= "\u00c0" and character.isalpha()


def lost_letters(text: str) -> bool:
    """Whether a name has visibly lost letters on its way here: Zo?, Zo\ufffd or Zo\u00c3\u00ab."""
    return "?" in text or "\ufffd" in text or _decoded_twice(text)


def _decoded_twice(text: str) -> bool:
    """Whether UTF-8 was once taken for Windows text."""
    if text.isascii():
        return False
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
