"""A small invented roll with every hard kind of name on it."""

from __future__ import annotations

import pytest

from gatekeeper_detectors.values import Pupil, Register, StaffMember

ROLL = """
Ivy||Quillfeather||3K
Harry||Potterton||3K
Priya||Subramaniamson||6W
Kwame||Asante-Boatengson||1A
Mary-Anne||Featherstonhaugh||3K
Jean-Luc||Abernathy||2B
Millie||D'Souza-Hale||2B
Freddie||van der Bergh||RB
Bea||St John||5O
Zoë||Strandqvist||1A
Björn||Ålandsson||6W
Łukasz||Wiśnicki||5O
Olena||Kovalchukenko||4M
Mohammed||Al-Rashidi|Mo|3K
Ming||Li||2B
Leo||Thistlewaite||4M
Eli||Weatherspoon||5O
Bo||Lindqvistson||1A
Rebecca||Silverlock||5O
Samuel||Trevanion||4M
Theodore||Gristwood|Theo|RB
Muhammad|Yusuf|Choudhurani||6W
James||Peachey||3K
Oliver||Twistleton||2B
Matilda||Wormsley||1A
Rosa||Parkes||5O
Isaac||Newtown||6W
Peter||Panagos||6W
Grace|Ann|Merriweather||3K
William||Thackridge|Will|5O
May||Ottershaw||2B
Summer|Jade|Pemberley||4M
Rose||Baker||1A
Lily|May|Young||RB
Robin||Locke||5O
Hope||Adeyinka||4M
Joy||Oyelaran||1A
Autumn||Day||2B
River||Stonebridge||3K
Hazel||Wood||2B
Art||Klassen||2B
Paris||Templeman||6W
Georgia||Peach||1A
Jack||Underhill||5O
"""
STAFF = (
    StaffMember("s1", "Young", "", "Mr"),
    StaffMember("s2", "Sewell", "Jack", "Mr"),
    StaffMember("s3", "Holloway", "Helen", "Dr"),
    StaffMember("s4", "Ambrose", "Charlotte", "Miss"),
)


def _pupil(number: int, line: str) -> Pupil:
    first, middle, last, preferred, class_name = line.split("|")
    return Pupil(f"p{number}", first, last, middle, preferred, class_name)


@pytest.fixture(scope="session")
def register() -> Register:
    lines = ROLL.split("\n")[1:-1]
    return Register(tuple(_pupil(number, line) for number, line in enumerate(lines)), STAFF)
