from __future__ import annotations

import pytest

from gatekeeper_detectors.text.names import NameIndex, index_of
from gatekeeper_detectors.values import Pupil, Register, StaffMember


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("harry", "given"),
        ("potterton", "family"),
        ("jeanluc", "given"),
        ("bergh", "family"),
        ("vanderbergh", "family"),
        ("rashidi", "family"),
        ("hale", "family"),
        ("bjorn", "given"),
        ("bjoern", "given"),
        ("becky", "nick"),
        ("mo", "given"),
        ("yusuf", "middle"),
    ],
)
def test_every_name_has_its_key(register: Register, key: str, role: str) -> None:
    assert getattr(index_of(register).entries[key], role)


@pytest.mark.parametrize("key", ["van", "der", "al", "st", "john", ""])
def test_particles_name_nobody(register: Register, key: str) -> None:
    assert key not in index_of(register).entries


@pytest.mark.parametrize(
    "key", ["harrypotterton", "pottertonharry", "yusufchoudhurani", "morashidi", "moalrashidi"]
)
def test_full_names_in_one_word(register: Register, key: str) -> None:
    known = key in index_of(register).full
    assert known is (key != "morashidi")  # a part of a surname is joined by its neighbour instead


def test_equal_registers_share_an_index(register: Register) -> None:
    again = Register(tuple(register.pupils), tuple(register.staff))
    assert index_of(again) is index_of(register)


def test_a_changed_roll_gets_a_new_index(register: Register) -> None:
    changed = Register((*register.pupils, Pupil("new", "Tamsin", "Orchardson")), register.staff)
    assert "tamsin" in index_of(changed).entries
    assert "tamsin" not in index_of(register).entries


def test_a_phrase_that_is_a_pupils_full_name_is_not_used() -> None:
    pupils = (Pupil("p", "Jack", "Sewell"), Pupil("q", "Peter", "Pan"))
    index = NameIndex(pupils, (StaffMember("s", "Sewell", "Jack", "Mr"),))
    assert ("jack", "sewell") not in index.phrases["jack"]
    assert ("peter", "pan") not in index.phrases["peter"]
    assert ("mr", "sewell") in index.phrases["mr"]


def test_staff_with_one_name_only_excuse_no_child() -> None:
    index = NameIndex((Pupil("p", "Grace", "Merriweather"),), (StaffMember("s", "", "Grace"),))
    assert ("grace",) not in index.phrases["grace"]
