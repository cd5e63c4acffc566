"""Live posts are asked about, kept by a person, or come down; never silently extended (P05)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from gatekeeper_consent.answers import Decision
from gatekeeper_queue.expiry import Reaudit, ask_about_everything, keep, waiting_for_answer
from gatekeeper_queue.models import AuditEvent, Post
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.removal import Remover
from gatekeeper_queue.review import CannotReview


def live(desk, **more):
    (post_id,) = desk.approved(**more)
    Publisher(desk.school, desk.open_channel, "worker").publish_due()
    assert desk.post(post_id).state == "live"
    return post_id


def tick(desk):
    return Reaudit(desk.school).tick()


def kept_by(desk, post_id, name="coordinator"):
    with desk.school.database.write() as session:
        keep(desk.school, session, desk.user(session, name), session.get_one(Post, post_id))


def told(desk, kind):
    with desk.school.database.read() as session:
        return set(session.exec(select(Notice.user_id).where(Notice.kind == kind)))


def test_a_year_of_silence_brings_it_down(desk):
    post_id = live(desk)
    desk.clock.forward(days=364)
    assert tick(desk) == 0
    desk.clock.forward(days=1)
    assert tick(desk) == 1
    assert told(desk, "post-to-keep") == {desk.people["coordinator"]}
    assert tick(desk) == 0, "asked once"
    desk.clock.forward(days=13)
    assert tick(desk) == 0
    assert desk.post(post_id).state == "live"
    desk.clock.forward(days=1)
    assert tick(desk) == 1
    assert desk.post(post_id).removal_reason == "expired"
    Remover(desk.school, desk.open_channel).remove_due()
    assert desk.post(post_id).state == "removed"
    assert told(desk, "post-expired") == {desk.people["coordinator"], desk.people["teacher"]}
    assert desk.audit_is_whole()


def test_what_is_kept_is_asked_about_again_a_year_later(desk):
    post_id = live(desk)
    desk.clock.forward(days=365)
    tick(desk)
    desk.clock.forward(days=10)
    kept_by(desk, post_id)
    desk.clock.forward(days=100)
    assert tick(desk) == 0
    assert desk.post(post_id).state == "live"
    desk.clock.forward(days=265)
    assert tick(desk) == 1
    assert desk.post(post_id).keep_asked_at == desk.clock()
    with desk.school.database.read() as session:
        kinds = session.exec(select(AuditEvent.kind).where(AuditEvent.subject == post_id)).all()
    assert [kind for kind in kinds if "keep" in kind or "kept" in kind] == [
        "post.keep-asked", "post.kept", "post.keep-asked"
    ]  # fmt: skip


def test_what_the_rules_object_to_cannot_be_kept(desk, a_face):
    for pupil in ("p1", "p2"):
        desk.consent(pupil, Decision.YES)
    post_id = live(desk, faces=(a_face("p1"), a_face("p2", left=200)))
    desk.clock.forward(days=365)
    tick(desk)
    desk.consent("p2", Decision.NO)
    with pytest.raises(CannotReview, match="object"):
        kept_by(desk, post_id)
    desk.consent("p2", Decision.YES)
    kept_by(desk, post_id)


def test_a_name_that_is_new_on_the_roll_stands_against_keeping(desk):
    from gatekeeper_consent.models import Pupil

    post_id = live(desk, caption="The Brindlewick cup at sports day.")
    desk.clock.forward(days=365)
    tick(desk)
    with desk.school.database.write() as session:
        session.add(Pupil(pupil_id="p9", first_name="Odalys", last_name="Brindlewick"))
    with pytest.raises(CannotReview, match="object"):
        kept_by(desk, post_id)


def test_the_authors_training_does_not_matter_any_more(desk):
    post_id = live(desk)
    desk.clock.forward(days=800)
    tick(desk)
    kept_by(desk, post_id)


@pytest.mark.parametrize(
    ("who", "error"), [("teacher", NotAllowed), ("office", NotAllowed), ("head", None)]
)
def test_another_person_with_the_right_keeps_it(desk, who, error):
    post_id = live(desk)
    desk.clock.forward(days=365)
    tick(desk)
    if error is None:
        kept_by(desk, post_id, who)
    else:
        with pytest.raises(error):
            kept_by(desk, post_id, who)


def test_nobody_keeps_their_own(desk):
    post_id = live(desk, author="coordinator")
    desk.clock.forward(days=365)
    tick(desk)
    with pytest.raises(NotAllowed):
        kept_by(desk, post_id)
    kept_by(desk, post_id, "head")


def test_it_cannot_be_kept_before_it_is_asked_about_or_while_it_comes_down(desk):
    post_id = live(desk)
    with pytest.raises(CannotReview, match="any more"):
        kept_by(desk, post_id)
    desk.clock.forward(days=365)
    tick(desk)
    desk.clock.forward(days=14)
    tick(desk)
    with pytest.raises(CannotReview, match="any more"):
        kept_by(desk, post_id)


def test_nothing_expires_where_the_school_says_never(desk):
    desk.school = replace(desk.school, periods=replace(desk.school.periods, live=0))
    post_id = live(desk)
    desk.clock.forward(days=4000)
    assert tick(desk) == 0
    assert desk.post(post_id).state == "live"


def test_everything_live_can_be_looked_at_at_once(desk):
    first, second = live(desk), None
    desk.clock.forward(minutes=30)
    second = live(desk, caption="Pupils at the fair.")
    with desk.school.database.write() as session:
        user = desk.user(session, "coordinator")
        assert ask_about_everything(desk.school, session, user) == 2
        assert ask_about_everything(desk.school, session, user) == 0
        assert {post.id for post in waiting_for_answer(session)} == {first, second}
        with pytest.raises(NotAllowed):
            ask_about_everything(desk.school, session, desk.user(session, "teacher"))
