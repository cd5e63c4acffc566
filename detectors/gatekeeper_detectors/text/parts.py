"""The texts of one submission, and what to write in place of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gatekeeper_detectors.values import Case, Pupil


class Part(NamedTuple):
    """One text that goes with the pictures."""

    text: str
    field: str
    """`caption` or `alt`, as in `Finding.field`."""
    photo: int | None
    """Index of the photo that an alt text describes."""


def published_texts(case: Case) -> Iterator[Part]:
    """The caption and the alt texts: what readers of the post get to see."""
    yield Part(case.caption, "caption", None)
    for number, alt in enumerate(case.alts):
        yield Part(alt, "alt", number)


def year_of(pupil: Pupil) -> str:
    """ "Year 5" or "Reception" as far as the roll says it; else empty."""
    year = pupil.year.strip()
    if year.isdigit():
        return f"Year {int(year)}"
    if year.upper() in ("R", "RECEPTION"):
        return "Reception"
    if re.fullmatch(r"[A-Za-z]+ ?\d{0,2}", year) and len(year) > 1:
        return year
    return _year_in(pupil.class_name)


def safe_wording(case: Case, pupils: Iterable[Pupil] = ()) -> str:
    """ "Year 5 pupils …": what may stand where a name stood (P02).

    The year is the one that all `pupils` share, or else that of the class that the author named.
    """
    years = {year_of(pupil) for pupil in pupils}
    year = years.pop() if len(years) == 1 else ""
    year = year or _year_of_class(case)
    return f"{year} pupils …" if year else "Our pupils …"


def _year_of_class(case: Case) -> str:
    if not case.class_name.strip():
        return ""
    years = {year_of(pupil) for pupil in case.register.pupils if pupil.is_in(case.class_name)}
    if len(years) == 1:
        return years.pop()
    return _year_in(case.class_name)


def _year_in(class_name: str) -> str:
    digits = re.match(r"\d{1,2}", class_name)
    return f"Year {int(digits[0])}" if digits else ""
