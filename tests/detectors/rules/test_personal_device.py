"""Pictures from telephones: confirmed as deleted there, or not used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gatekeeper_detectors.rules import personal_device
from gatekeeper_detectors.values import (
    CHECKLIST,
    Author,
    CameraSummary,
    Case,
    CleanPicture,
    Photo,
    Register,
    Statement,
)

OWN = personal_device.DeviceOptions(own_equipment=("Canon EOS  2000D", "iPhone 1"))
SCHOOLS = CameraSummary("Canon", "Canon EOS 2000D")
PHONE = CameraSummary("Apple", "iPhone 12")


def case(camera: CameraSummary | None, confirmed: bool, author: Author | None) -> Case:
    clean = CleanPicture(b"", "", 1, 1, 1, 1, "JPEG", camera) if camera else None
    photos = (Photo("a.jpg", clean),)
    said = frozenset(CHECKLIST) if confirmed else frozenset(CHECKLIST) - {Statement.OFF_PHONES}
    return Case("website", "", photos, Register(), date(2026, 11, 24), author=author,
                confirmed=said)  # fmt: skip


@pytest.mark.parametrize(
    ("camera", "confirmed", "actions"),
    [
        (SCHOOLS, False, []),
        (SCHOOLS, True, []),
        (replace(SCHOOLS, make=" canon ", model="canon eos 2000d"), False, []),
        (CameraSummary("CANON", "EOS 2000D"), False, []),
        (replace(SCHOOLS, model="Canon EOS 2000D Mark II"), False, ["reject"]),
        (PHONE, False, ["reject"]),
        (PHONE, True, ["note"]),
        (CameraSummary("Apple", ""), False, ["reject"]),
        (CameraSummary(), False, ["reject"]),
        (CameraSummary(), True, []),
        (None, False, ["reject"]),
        (None, True, []),
    ],
)
def test_a_camera_that_is_not_the_schools_is_confirmed(
    camera: CameraSummary | None, confirmed: bool, actions: list[str]
) -> None:
    found = personal_device.RULE.check(case(camera, confirmed, Author("t")), OWN)
    assert [str(finding.action) for finding in found] == actions


def test_without_a_list_every_photo_is_confirmed_and_none_is_remarked_on() -> None:
    nothing = personal_device.DeviceOptions()
    assert list(personal_device.RULE.check(case(SCHOOLS, False, Author("t")), nothing))
    assert not list(personal_device.RULE.check(case(PHONE, True, Author("t")), nothing))


def test_where_there_is_no_author_nothing_is_asked() -> None:
    assert not list(personal_device.RULE.check(case(PHONE, False, None), OWN))


def test_each_photo_is_judged_by_itself() -> None:
    both = replace(case(SCHOOLS, False, Author("t")))
    both = replace(both, photos=(*both.photos, *case(PHONE, False, None).photos))
    assert [finding.photo for finding in personal_device.RULE.check(both, OWN)] == [1]
