"""Who is told what, once, and of nothing that did not happen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from gatekeeper_queue.accounts import NOT_SEEN, note_look
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.expiry import ask_about_everything, keep
from gatekeeper_queue.incidents import FIELDS, close_incident, open_by_hand
from gatekeeper_queue.models import Account, Post, Submission, User
from gatekeeper_queue.notices import KINDS, tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.review import send_back
from gatekeeper_queue.states import SubmissionState, change_state
from gatekeeper_queue.submissions import send_to_checks


def open_notices(desk):
    """Who has what before them, in words."""
    with desk.school.database.read() as session:
        names = {user_id: name for name, user_id in desk.people.items()}
        rows = session.exec(select(Notice).where(Notice.seen_at.is_(None))).all()
        return sorted((names.get(row.user_id, "e-safety"), row.kind) for row in rows)


def move(desk, submission_id, *states):
    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        for state in states:
            change_state(session, row, SubmissionState(state), desk.school.audit, actor=SYSTEM)


@pytest.mark.parametrize(
    ("author", "state", "expected"),
    [
        ("teacher", "flagged", [("coordinator", "item-waiting"), ("head", "item-waiting")]),
        ("teacher", "clear", [("coordinator", "item-waiting"), ("head", "item-waiting")]),
        ("coordinator", "flagged", [("head", "item-waiting")]),
        ("teacher", "rejected", [("teacher", "item-rejected")]),
    ],
)
def test_a_verdict_is_told_to_who_must_act(desk, author, state, expected):
    submission_id = desk.submit(author=author)
    assert open_notices(desk) == []
    move(desk, submission_id, "checking", state)
    assert open_notices(desk) == expected


def test_what_is_approved_at_once_troubles_nobody(desk):
    move(desk, desk.submit(), "checking", "clear", "approved")
    assert open_notices(desk) == []


def test_a_second_check_makes_no_second_notice(desk):
    submission_id = desk.submit()
    for _ in range(3):
        move(desk, submission_id, "checking", "flagged", "waiting")
    assert open_notices(desk) == []
    move(desk, submission_id, "checking", "flagged")
    assert len(open_notices(desk)) == 2


def test_what_a_colleague_decided_waits_for_nobody(desk):
    submission_id = desk.submit()
    move(desk, submission_id, "checking", "flagged")
    with desk.school.database.write() as session:
        for row in session.exec(select(Notice)):
            row.sent_at = desk.clock()  # mailed already: it cannot be unsaid, only be seen
        row = session.get_one(Submission, submission_id)
        send_back(desk.school, session, desk.user(session, "head"), row, "Too dark.")
    assert open_notices(desk) == [("teacher", "item-returned")]
    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        send_to_checks(desk.school, session, row, actor=desk.people["teacher"], reason="edited")
    assert open_notices(desk) == []


def test_an_author_hears_what_became_of_the_post(desk):
    (post_id,) = desk.approved()
    desk.clock.forward(minutes=16)
    publisher = Publisher(desk.school, desk.open_channel, "w", timedelta(seconds=30))
    assert publisher.publish_due() == 1
    assert open_notices(desk) == [("teacher", "post-live")]
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    assert Remover(desk.school, desk.open_channel).remove_due() == 1
    assert ("teacher", "post-removed") in open_notices(desk)


def test_a_failure_is_told_to_the_coordinator_too(desk, model_channel):
    desk.approved()
    desk.channels["website"] = channel = model_channel()
    channel.faults = ["", "refuse"]
    desk.clock.forward(minutes=16)
    Publisher(desk.school, desk.open_channel, "w", timedelta(seconds=30)).publish_due()
    assert open_notices(desk) == [("coordinator", "post-failed"), ("teacher", "post-failed")]


def test_each_is_told_once_and_nobody_who_left(desk):
    with desk.school.database.write() as session:
        desk.user(session, "other teacher").active = False
        for _ in range(2):
            tell(
                desk.school, session, "post-failed", "one",
                users=[desk.people["teacher"]], roles=[Role.TEACHER, Role.HEAD], esafety=True,
            )  # fmt: skip
        assert session.get_one(User, desk.people["teacher"]).active
    assert open_notices(desk) == [
        ("e-safety", "post-failed"), ("e-safety", "post-failed"),
        ("head", "post-failed"), ("teacher", "post-failed"),
    ]  # fmt: skip


def test_an_unknown_kind_is_a_mistake_in_the_program(desk):
    with pytest.raises(KeyError), desk.school.database.write() as session:
        tell(desk.school, session, "no-such", "one", roles=[Role.HEAD])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_sentence_and_a_page(kind):
    one = KINDS[kind]
    assert one.says[0].isupper() and one.says.endswith((".", "?")) and "{" not in one.says
    assert one.path.startswith("/")
    one.path.format("subject")
    assert not one.many or (one.many.endswith((".", "?")) and one.many.count("{}") == 1)


def live(desk):
    (post_id,) = desk.approved()
    Publisher(desk.school, desk.open_channel, "w").publish_due()
    with desk.school.database.write() as session:
        ask_about_everything(desk.school, session, desk.user(session, "head"))
    assert ("coordinator", "post-to-keep") in open_notices(desk)
    return post_id


@pytest.mark.parametrize("how", [keep, lambda *args: take_down(*args, "Old")])
def test_a_question_that_is_answered_waits_no_longer(desk, how):
    """Kept, or taken down for whatever reason."""
    post_id = live(desk)
    with desk.school.database.write() as session:
        how(desk.school, session, desk.user(session, "head"), session.get_one(Post, post_id))
    assert "post-to-keep" not in str(open_notices(desk))


def test_an_incident_that_is_closed_needs_nobody(desk):
    with desk.school.database.write() as session:
        head = desk.user(session, "head")
        row = open_by_hand(desk.school, session, head, dict.fromkeys(FIELDS, "Words."))
        other = open_by_hand(desk.school, session, head, dict.fromkeys(FIELDS, "Words."))
        close_incident(desk.school, session, head, row)
    with desk.school.database.read() as session:
        left = session.exec(select(Notice).where(Notice.user_id.is_not(None))).all()
        esafety = session.exec(select(Notice).where(Notice.user_id.is_(None))).all()
    assert {notice.subject for notice in left} == {other.id}
    assert len(esafety) == 2  # the e-safety address is mailed all the same


def test_an_account_that_shows_the_badge_again(desk):
    with desk.school.database.write() as session:
        owner = desk.user(session, "teacher")
        account = Account(channel="twitter", handle="a", owner_id=owner.id, secrets=b"")
        session.add(account)
        session.flush()
        note_look(desk.school, session, account, ["no-badge"], actor=SYSTEM)
        assert len(session.exec(select(Notice)).all()) == 2
        note_look(desk.school, session, account, [NOT_SEEN], actor=SYSTEM)
        assert len(session.exec(select(Notice)).all()) == 2  # nobody knows
        note_look(desk.school, session, account, [], actor=SYSTEM)
    assert open_notices(desk) == []
