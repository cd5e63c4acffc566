from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from gatekeeper_consent.answers import Answer, Scope, Use
from gatekeeper_consent.contents import RollRow, StaffRow
from gatekeeper_consent.faces import add_reference
from gatekeeper_consent.models import Pupil, ReferenceFace, StaffMember
from gatekeeper_consent.people import roll_row
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.records import consents_said, newest_consents
from gatekeeper_consent.register import answer
from gatekeeper_consent.roll import (
    add_pupil,
    add_staff,
    change_pupil,
    change_staff,
    come_back,
    leave,
    staff_come_back,
    staff_leave,
)

NEW = RollRow("p9", "Ada", "", "Moor", "", "5K, Choir", "5")


def website(school, pupil_id="p1"):
    return answer(school.session, pupil_id, Use.WEBSITE, Scope.GROUP, school.now.date())


def test_a_leaver_permits_nothing_and_is_not_recognised(loaded):
    session, today = loaded.session, loaded.now.date()
    add_reference(session, loaded.cipher, "p1", b"1:1", loaded.engine.encode, **loaded.when)
    leave(session, "p1", today - timedelta(days=3), today=loaded.now.date(), record=loaded.record)
    assert website(loaded) is Answer.UNKNOWN
    assert session.exec(select(ReferenceFace)).all() == []
    leave(session, "p1", today, today=loaded.now.date(), record=loaded.record)
    assert session.get(Pupil, "p1").left_on == today - timedelta(days=3)
    come_back(session, "p1", record=loaded.record)
    assert website(loaded) is Answer.YES
    come_back(session, "p1", record=loaded.record)
    kinds = [kind for kind, *_ in loaded.events]
    assert kinds == ["reference.added", "pupil.left", "template.purged", "pupil.returned"]


def test_nobody_leaves_tomorrow(loaded):
    tomorrow = loaded.now.date() + timedelta(days=1)
    with pytest.raises(ValueError, match="day itself"):
        leave(loaded.session, "p1", tomorrow, today=loaded.now.date(), record=loaded.record)
    assert website(loaded) is Answer.YES


def test_a_changed_name_keeps_id_and_answers(loaded):
    before = newest_consents(loaded.session)
    row = replace(roll_row(loaded.session.get(Pupil, "p1")), last_name="Byrne ", class_name="5K")
    pupil = change_pupil(loaded.session, row, record=loaded.record)
    assert (pupil.pupil_id, pupil.last_name, pupil.class_name) == ("p1", "Byrne", "5K")
    assert newest_consents(loaded.session) == before
    assert loaded.events == [("pupil.changed", "p1", {"fields": ["last_name", "class_name"]})]
    change_pupil(loaded.session, replace(row, last_name="Byrne"), record=loaded.record)
    assert len(loaded.events) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pupil_id": ""}, "letters"),
        ({"pupil_id": "p 9"}, "letters"),
        ({"pupil_id": "../p9"}, "letters"),
        ({"pupil_id": "p1"}, "already"),
        ({"pupil_id": "s1"}, "already"),
        ({"last_name": "  "}, "last name"),
        ({"first_name": ""}, "first name"),
        ({"class_name": "x" * 101}, "100"),
    ],
)
def test_a_pupil_that_cannot_be(loaded, changes, says):
    with pytest.raises(ValueError, match=says):
        add_pupil(loaded.session, replace(NEW, **changes), record=loaded.record)
    assert loaded.events == []


def test_a_new_pupil_is_unknown(loaded):
    add_pupil(loaded.session, NEW, record=loaded.record)
    assert website(loaded, "p9") is Answer.UNKNOWN
    assert consents_said(loaded.session, pupil_ids=["p9"]) == {}


def test_staff(loaded):
    session, today = loaded.session, loaded.now.date()
    add_staff(session, StaffRow("s2", "Mr", "", "Lund"), record=loaded.record)
    change_staff(session, StaffRow("s2", "Dr", "Per", "Lund"), record=loaded.record)
    staff_leave(session, "s2", today, today=loaded.now.date(), record=loaded.record)
    assert session.get(StaffMember, "s2").left_on == today
    staff_come_back(session, "s2", record=loaded.record)
    assert session.get(StaffMember, "s2").left_on is None
    assert loaded.events[1] == ("staff.changed", "s2", {"fields": ["title", "first_name"]})
    with pytest.raises(ValueError, match="already"):
        add_staff(session, StaffRow("p1", "Mr", "", "Lund"), record=loaded.record)
    with pytest.raises(ValueError, match="last name"):
        change_staff(session, StaffRow("s2", "Dr", "Per", ""), record=loaded.record)


def test_nobody_with_that_id(loaded):
    session, record, now = loaded.session, loaded.record, loaded.now
    for call in (
        lambda: change_pupil(session, NEW, record=record),
        lambda: leave(session, "p9", now.date(), today=now.date(), record=record),
        lambda: come_back(session, "p9", record=record),
        lambda: change_staff(session, StaffRow("s9", "", "", "X"), record=record),
        lambda: staff_leave(session, "s9", now.date(), today=now.date(), record=record),
        lambda: staff_come_back(session, "s9", record=record),
    ):
        with pytest.raises(UnknownPerson):
            call()
