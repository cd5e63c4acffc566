"""The incident log: five encrypted parts, opened once, closed when all is written (P17)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import select

from gatekeeper_queue.incident_steps import STEPS, tick_step, ticks_of
from gatekeeper_queue.incidents import (
    BREACHES,
    FIELDS,
    CannotHandle,
    close_incident,
    edition,
    open_by_hand,
    open_incident,
    save_incident,
    texts_of,
)
from gatekeeper_queue.models import AuditEvent
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.record_models import Incident, Notice

SECRET = "Quillon Xanthery was seen"


@pytest.fixture
def head(desk):
    """Does something as the head, in one transaction."""

    def act(function, *args, who="head", **more):
        with desk.school.database.write() as session:
            return function(desk.school, session, desk.user(session, who), *args, **more)

    return act


def opened(head, **texts):
    return head(open_by_hand, {"happened": SECRET, **texts})


def stored(desk, row):
    with desk.school.database.read() as session:
        return session.get_one(Incident, row.id)


def test_what_is_written_is_read_by_those_who_handle_it_and_by_nobody_else(desk, head):
    row = opened(head, involved="two pupils")
    assert texts_of(desk.school, stored(desk, row)) == {
        "happened": SECRET, "involved": "two pupils", "found": "", "done": "", "conclusion": "",
    }  # fmt: skip
    with desk.school.database.read() as session:
        everything = str(session.execute(text("select * from incident")).all())
        everything += str(session.exec(select(AuditEvent)).all())
        everything += str(session.exec(select(Notice)).all())
    assert "Xanthery" not in everything
    assert "two pupils" not in everything


@pytest.mark.parametrize("who", ["teacher", "office"])
def test_others_write_nothing_in_it(desk, head, who):
    row = opened(head)
    for function, *args in (
        (open_by_hand, {"happened": "x"}),
        (save_incident, row, {"done": "x"}, edition(row)),
        (close_incident, row),
        (tick_step, row, "dsl"),
    ):
        more = {"done": True} if function is tick_step else {}
        with pytest.raises(NotAllowed):
            head(function, *args, who=who, **more)


@pytest.mark.parametrize("happened", ["", "  \n", "\x00"])
def test_an_entry_says_at_least_what_happened(head, happened):
    with pytest.raises(CannotHandle, match="what happened"):
        head(open_by_hand, {"happened": happened})


def test_it_is_closed_when_all_five_are_written_and_then_stays(desk, head):
    row = opened(head)
    for number, name in enumerate(FIELDS):
        with pytest.raises(CannotHandle, match="all five"):
            head(close_incident, stored(desk, row))
        row = stored(desk, row)
        with desk.school.database.write() as session:
            row = session.get_one(Incident, row.id)
            user = desk.user(session, "head")
            save_incident(desk.school, session, user, row, {name: f"part {number}"}, edition(row))
    with desk.school.database.write() as session:
        row = session.get_one(Incident, row.id)
        close_incident(desk.school, session, desk.user(session, "coordinator"), row)
    assert stored(desk, row).closed_by == desk.people["coordinator"]
    for refused in (
        lambda: head(save_incident, stored(desk, row), {"done": "more"}, edition(row)),
        lambda: head(close_incident, stored(desk, row)),
        lambda: head(tick_step, stored(desk, row), "dsl", done=True),
    ):
        with pytest.raises(CannotHandle, match="closed"):
            refused()
    assert texts_of(desk.school, stored(desk, row))["done"] == "part 3"
    assert desk.audit_is_whole()


def test_nobody_writes_over_what_a_colleague_wrote_meanwhile(desk, head):
    row = opened(head)
    seen = edition(row)
    for who, done, refused in (("head", "first", False), ("coordinator", "second", True)):
        with desk.school.database.write() as session:
            row = session.get_one(Incident, row.id)
            user = desk.user(session, who)
            if not refused:
                save_incident(desk.school, session, user, row, {"done": done}, seen)
                continue
            with pytest.raises(CannotHandle, match="meanwhile"):
                save_incident(desk.school, session, user, row, {"done": done}, seen)
    assert texts_of(desk.school, stored(desk, row))["done"] == "first"


def test_a_breach_is_entered_once_and_told_to_the_esafety_address(desk):
    with desk.school.database.write() as session:
        first = open_incident(desk.school, session, "removal-overdue", "post-1")
        again = open_incident(desk.school, session, "removal-overdue", "post-1")
        other = open_incident(desk.school, session, "removal-overdue", "post-2")
        assert first.id == again.id != other.id
        notices = session.exec(select(Notice).where(Notice.subject == first.id)).all()
        people = {desk.people["coordinator"], desk.people["head"], None}
        assert sorted(map(str, (row.user_id for row in notices))) == sorted(map(str, people))
        assert all(row.not_before == row.at for row in notices)  # at once
        kinds = session.exec(select(AuditEvent.kind)).all()
    assert kinds.count("incident.opened") == 2


@pytest.mark.parametrize("kind", BREACHES)
def test_every_kind_of_breach_has_a_heading(kind):
    assert BREACHES[kind].heading[0].isupper()


def test_steps_are_ticked_by_name_and_time_and_can_be_taken_back(desk, head):
    row = opened(head)

    def ticked():
        with desk.school.database.read() as session:
            return ticks_of(session, row)

    head(tick_step, row, "dsl", done=True)
    head(tick_step, row, "dsl", done=True)
    assert (ticked()["dsl"].by, ticked()["dsl"].at) == (desk.people["head"], desk.clock())
    head(tick_step, row, "dsl", done=False)
    assert ticked() == {}
    with desk.school.database.read() as session:
        assert list(session.exec(select(AuditEvent.kind))).count("incident.step") == 2
    with pytest.raises(CannotHandle, match="no such step"):
        head(tick_step, row, "dance", done=True)


def test_the_steps_name_whom_a_school_must_turn_to():
    said = " ".join(step.says + step.how for step in STEPS)
    for word in ("safeguarding lead", "999", "101", "Report Remove", "iwf.org.uk", "72 hours",
                 "families", "Do not pay", "Keep what there is"):  # fmt: skip
        assert word in said
    assert len({step.id for step in STEPS}) == len(STEPS)
