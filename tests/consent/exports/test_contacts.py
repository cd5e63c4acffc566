"""Contacts in an export become guardians; an export ends no say and brings none back."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlmodel import select

from gatekeeper_consent.exports.contacts import import_contacts
from gatekeeper_consent.exports.reading import GuardianRow
from gatekeeper_consent.guardians import end_say, guardians_of
from gatekeeper_consent.models import Guardian

ANN = GuardianRow("p1", "Ann O'Hare", "ann@x.example", "mother")
JO = GuardianRow("p1", "Jo Lane", "", "carer")


def take(school, *rows):
    return import_contacts(school.session, rows, **school.entry)


def names(school, pupil_id="p1"):
    return [(who.name, who.email) for who, _ in guardians_of(school.session, pupil_id)]


def test_new_contacts_get_a_say(loaded):
    report = take(loaded, ANN, JO)
    assert names(loaded) == [("Ann O'Hare", "ann@x.example"), ("Jo Lane", "")]
    assert [child for child, _ in report.linked] == ["p1", "p1"]
    ((kind, _, data),) = loaded.events
    assert kind == "guardians.imported"
    assert "Ann" not in str(data)


def test_the_same_again_changes_nothing(loaded):
    take(loaded, ANN, JO)
    loaded.events.clear()
    report = take(loaded, ANN, JO)
    assert (report.added, report.linked, report.changed) == ([], [], [])
    assert loaded.events == []


@pytest.mark.parametrize("name", ["Ann O'Hare", "Mrs Ann O'Hare", "ms. ann o'hare"])
def test_titles_and_case_make_nobody_another_person(loaded, name):
    take(loaded, ANN)
    assert take(loaded, GuardianRow("p1", name, "ann@x.example", "")).added == []


def test_brothers_and_sisters_share_a_guardian_by_name_and_address(loaded):
    take(loaded, ANN, GuardianRow("p2", "Mrs Ann O'Hare", "ann@x.example", "mother"))
    assert len(loaded.session.exec(select(Guardian)).all()) == 1


@pytest.mark.parametrize(
    "other",
    [
        GuardianRow("p2", "Ann O'Hare", "", ""),
        GuardianRow("p2", "Ann O'Hare", "other@x.example", ""),
        GuardianRow("p2", "Jo O'Hare", "ann@x.example", ""),
    ],
)
def test_a_name_or_an_address_alone_may_be_another_person(loaded, other):
    take(loaded, ANN, other)
    assert len(loaded.session.exec(select(Guardian)).all()) == 2


def test_an_address_is_corrected_and_never_emptied(loaded):
    take(loaded, ANN)
    report = take(loaded, GuardianRow("p1", "Ann O'Hare", "new@x.example", ""))
    assert len(report.changed) == 1
    assert take(loaded, GuardianRow("p1", "Ann O'Hare", "", "")).changed == []
    assert names(loaded) == [("Ann O'Hare", "new@x.example")]


def test_who_is_missing_keeps_their_say_and_is_told(loaded):
    ((_, _), (_, jo)) = take(loaded, ANN, JO).linked
    children = {"p1", "p2"}
    report = import_contacts(loaded.session, [ANN], children=children, **loaded.entry)
    assert report.missing == [("p1", jo)]
    assert len(names(loaded)) == 2
    assert take(loaded, ANN).missing == []  # an export without contacts misses nobody


def test_a_say_that_was_ended_stays_ended(loaded):
    report = take(loaded, ANN)
    ((_, guardian_id),) = report.linked
    end_say(loaded.session, guardian_id, "p1", **loaded.entry)
    again = take(loaded, ANN)
    assert (again.linked, again.kept_ended) == ([], [("p1", guardian_id)])
    assert names(loaded) == []


def test_no_query_per_contact(loaded):
    statements: list[str] = []
    engine = loaded.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    take(loaded, *(GuardianRow("p1", f"Contact {n}", f"c{n}@x.example", "") for n in range(300)))
    assert len(statements) < 12
