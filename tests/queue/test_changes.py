"""Change control: one proposes, another confirms, both on record."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select
from tests.queue.conftest import make_desk

from gatekeeper_queue.change_kinds import KINDS
from gatekeeper_queue.changes import (
    BadChange,
    confirm,
    decline,
    on_record,
    open_changes,
    propose,
    withdraw_change,
)
from gatekeeper_queue.models import Account, AuditEvent, User
from gatekeeper_queue.people import NotAllowed, Role
from gatekeeper_queue.record_models import ChangeRequest, Notice

NEW = {"email": "new@school.example", "name": "Ms New", "role": "teacher"}


def ask(desk, kind="new-sign-in", subject="", after=None, who="technician", secrets=b""):
    with desk.school.database.write() as session:
        user = desk.user(session, who)
        after = NEW if after is None else after
        return propose(
            desk.school, session, user, kind, subject, after, "It is needed.", secrets=secrets
        ).id


def answer(desk, change_id, decide=confirm, who="head"):
    with desk.school.database.write() as session:
        return decide(desk.school, session, desk.user(session, who), change_id)


def found(desk, kind, *where):
    with desk.school.database.read() as session:
        return session.exec(select(kind).where(*where)).first()


def close(desk, who):
    with desk.school.database.write() as session:
        desk.user(session, who).active = False


def test_a_new_sign_in_exists_once_the_head_has_confirmed_it(desk):
    change_id = ask(desk)
    assert found(desk, User, User.email == NEW["email"]) is None
    change = answer(desk, change_id)
    user = found(desk, User, User.email == NEW["email"])
    assert (user.id, user.role, user.password_hash) == (change.subject, "teacher", "")
    assert (change.outcome, change.decided_by) == ("confirmed", desk.people["head"])


def test_both_people_are_on_record_and_told(desk):
    change_id = ask(desk)
    with desk.school.database.read() as session:
        asked = session.exec(select(Notice)).one()
    assert (asked.kind, asked.user_id) == ("change-waits", desk.people["head"])
    answer(desk, change_id)
    with desk.school.database.read() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.subject == change_id)).all()
        notices = session.exec(select(Notice)).all()
    assert [(e.kind, e.actor) for e in events] == [
        ("change.proposed", desk.people["technician"]),
        ("change.confirmed", desk.people["head"]),
    ]
    assert json.loads(events[1].data)["proposed_by"] == desk.people["technician"]
    assert not any("New" in event.data or "new@" in event.data for event in events)
    assert [(n.kind, n.user_id) for n in notices] == [
        ("change-decided", desk.people["technician"]),  # and nothing waits for the head any more
    ]
    assert desk.audit_is_whole()


@pytest.mark.parametrize("decide", [confirm, decline])
@pytest.mark.parametrize("who", ["teacher", "coordinator", "office", "technician"])
def test_who_may_not_confirm_changes_nothing(desk, who, decide):
    change_id = ask(desk)
    with pytest.raises(NotAllowed):
        answer(desk, change_id, decide, who)
    assert found(desk, ChangeRequest).outcome == ""


@pytest.mark.parametrize("who", ["teacher", "office", "head"])
def test_who_may_not_propose_is_refused(desk, who):
    with pytest.raises(NotAllowed):
        ask(desk, who=who)


@pytest.mark.parametrize("decide", [confirm, decline])
def test_nobody_answers_their_own_proposal(desk, decide):
    """Not even somebody who has become the head meanwhile."""
    change_id = ask(desk)
    with desk.school.database.write() as session:
        desk.user(session, "technician").role = Role.HEAD
    with pytest.raises(NotAllowed, match="proposed"):
        answer(desk, change_id, decide, "technician")


@pytest.mark.parametrize("first", [confirm, decline])
@pytest.mark.parametrize("second", [confirm, decline])
def test_a_change_is_decided_once(desk, first, second):
    change_id = ask(desk)
    answer(desk, change_id, first)
    with pytest.raises(BadChange, match="decided already"):
        answer(desk, change_id, second)


def test_the_proposer_alone_withdraws(desk):
    change_id = ask(desk)
    for who in ("head", "coordinator"):
        with pytest.raises(NotAllowed):
            answer(desk, change_id, withdraw_change, who)
    answer(desk, change_id, withdraw_change, "technician")
    assert found(desk, ChangeRequest).outcome == "withdrawn"
    with pytest.raises(BadChange):
        answer(desk, change_id)


@pytest.mark.parametrize(
    ("kind", "subject", "after", "complaint"),
    [
        ("new-sign-in", "", {**NEW, "email": "nonsense"}, "not an e-mail"),
        ("new-sign-in", "", {**NEW, "email": "head@school.example"}, "already"),
        ("new-sign-in", "", {**NEW, "name": ""}, "name"),
        ("new-sign-in", "", {**NEW, "role": "parent"}, "no role"),
        ("new-sign-in", "", {**NEW, "role": "king"}, "no role"),
        ("role", "teacher", {"role": "teacher"}, "already"),
        ("role", "teacher", {"role": "parent"}, "no role"),
        ("role", "nobody", {"role": "teacher"}, "no such member"),
        ("role", "head", {"role": "teacher"}, "only person who can confirm"),
        ("open-sign-in", "teacher", {}, "open already"),
        ("account", "", {"platform": "twitter", "handle": "x", "owner": "teacher"}, "keys"),
        ("account-on", "account", {}, "switched on already"),
        ("account-owner", "account", {"owner": "head"}, "belongs to this person"),
        ("account-owner", "account", {"owner": "nobody"}, "member of staff"),
        ("policy", "policy", {"decision": "made up"}, "changed again"),
    ],
)
def test_what_cannot_be_is_not_proposed(desk, kind, subject, after, complaint):
    ids = desk.people | {"account": desk.account_id}
    after = {
        key: ids.get(value, value) if key == "owner" else value for key, value in after.items()
    }
    with pytest.raises(BadChange, match=complaint):
        ask(desk, kind, ids.get(subject, subject), after)


def test_the_same_is_not_proposed_twice(desk):
    ask(desk)
    with pytest.raises(BadChange, match="waits for an answer already"):
        ask(desk, who="coordinator")
    ask(desk, after={**NEW, "email": "other@school.example"})
    ask(desk, "role", desk.people["teacher"], {"role": "coordinator"})
    with pytest.raises(BadChange, match="waits for an answer already"):
        ask(desk, "role", desk.people["teacher"], {"role": "office"})


def test_a_proposal_says_why(desk):
    with desk.school.database.write() as session, pytest.raises(BadChange, match="Say why"):
        propose(desk.school, session, desk.user(session, "technician"), "new-sign-in", "", NEW, " ")


def test_nobody_confirms_what_has_changed_meanwhile(desk):
    teacher = desk.people["teacher"]
    change_id = ask(desk, "role", teacher, {"role": "coordinator"})
    with desk.school.database.write() as session:
        session.get_one(User, teacher).role = "office"
    with pytest.raises(BadChange, match="changed meanwhile"):
        answer(desk, change_id)
    answer(desk, change_id, decline)
    assert found(desk, User, User.id == teacher).role == "office"


def test_a_role_and_a_closed_sign_in(desk):
    teacher = desk.people["teacher"]
    answer(desk, ask(desk, "role", teacher, {"role": "office"}))
    assert found(desk, User, User.id == teacher).role == "office"
    close(desk, "teacher")
    answer(desk, ask(desk, "open-sign-in", teacher, {}))
    assert found(desk, User, User.id == teacher).active


def test_an_account_gets_keys_owner_and_address_and_the_request_forgets_the_keys(desk):
    after = {
        "channel": "twitter",
        "platform": "twitter",
        "handle": "school_pe",
        "owner": desk.people["teacher"],
        "email": "pe@school.example",
    }
    change_id = ask(desk, "account", "", after, secrets=b"sealed")
    assert found(desk, ChangeRequest, ChangeRequest.id == change_id).secrets == b"sealed"
    change = answer(desk, change_id)
    account = found(desk, Account, Account.id == change.subject)
    assert (account.handle, account.email, account.secrets) == (
        "school_pe", "pe@school.example", b"sealed"
    )  # fmt: skip
    assert found(desk, ChangeRequest, ChangeRequest.id == change_id).secrets == b""


def test_new_keys_for_a_known_account_are_a_change_of_it(desk):
    owner = desk.people["teacher"]
    after = {"platform": "twitter", "handle": "school", "owner": owner, "email": ""}
    change = answer(desk, ask(desk, "account", "", after, secrets=b"sealed"))
    assert (change.subject, change.before["owner"]) == (desk.account_id, desk.people["head"])


def test_an_account_is_switched_on_again_and_given_to_another(desk):
    with desk.school.database.write() as session:
        session.get_one(Account, desk.account_id).active = False
    answer(desk, ask(desk, "account-on", desk.account_id, {}))
    owner = {"owner": desk.people["teacher"]}
    answer(desk, ask(desk, "account-owner", desk.account_id, owner))
    account = found(desk, Account)
    assert (account.active, account.owner_id) == (True, desk.people["teacher"])


def test_an_account_of_somebody_who_left_is_not_switched_on(desk):
    with desk.school.database.write() as session:
        session.get_one(Account, desk.account_id).active = False
    change_id = ask(desk, "account-on", desk.account_id, {})
    with desk.school.database.write() as session:
        desk.user(session, "other teacher").role = Role.HEAD
    close(desk, "head")
    with pytest.raises(BadChange, match="owner"):
        answer(desk, change_id, who="other teacher")


def test_what_takes_effect_at_once_is_in_the_same_list(desk):
    with desk.school.database.write() as session:
        on_record(desk.school, session, "u1", "account-off", desk.account_id, {"active": False})
    with desk.school.database.read() as session:
        assert open_changes(session) == []
    assert found(desk, ChangeRequest).outcome == "at once"


def test_every_kind_has_a_title():
    assert all(kind.title for kind in KINDS.values())


WHO = ("head", "second head", "technician", "coordinator", "teacher")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHO),
        st.sampled_from(["propose", "confirm", "decline", "withdraw"]),
        st.sampled_from(["coordinator", "office", "head", "technician"]),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_whatever_people_do_a_role_changes_by_two_of_them_alone(steps):
    """Roles change in between, also to and from the head's."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        with desk.school.database.write() as session:
            session.get_one(User, desk.people["other teacher"]).role = Role.HEAD
        desk.people["second head"] = desk.people.pop("other teacher")
        roles = {user_id: now_is(desk, user_id) for user_id in desk.people.values()}
        for who, what, role in steps:
            _step(desk, who, what, role)
            for user_id, before in roles.items():
                if now_is(desk, user_id) != before:
                    assert _confirmed_last(desk, user_id, roles), (who, what)
                    roles[user_id] = now_is(desk, user_id)
        desk.school.database.close()


def now_is(desk, user_id):
    return found(desk, User, User.id == user_id).role


def _step(desk, who, what, role):
    decide = {"confirm": confirm, "decline": decline, "withdraw": withdraw_change}
    try:
        if what == "propose":
            ask(desk, "role", desk.people["teacher" if role != "head" else "technician"],
                {"role": role}, who)  # fmt: skip
        else:
            with desk.school.database.read() as session:
                waiting = [change.id for change in open_changes(session)]
            for change_id in waiting[:1]:
                answer(desk, change_id, decide[what], who)
    except (NotAllowed, BadChange):
        pass


def _confirmed_last(desk, user_id, roles):
    """The newest change of this person was confirmed by a head who had not proposed it."""
    with desk.school.database.read() as session:
        query = select(ChangeRequest).where(ChangeRequest.subject == user_id)
        changes = session.exec(query.where(ChangeRequest.outcome == "confirmed")).all()
    return any(
        change.after["role"] == now_is(desk, user_id)
        and change.decided_by != change.proposed_by
        and roles[change.decided_by] == "head"
        for change in changes
    )
