"""The demo: its stories end in the states that they are there to show."""

from __future__ import annotations

import threading

import pytest
from sqlmodel import select

from gatekeeper.composition import channel_opener, open_school
from gatekeeper.demo.people import add_people
from gatekeeper.demo.seed import STORIES, seed_register, seed_submissions, settle_reviews
from gatekeeper.keys import make_key_file
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import Settings
from gatekeeper.worker import make_checker, make_publisher
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.models import Judgement, Post, Submission
from gatekeeper_queue.records import findings_from_json
from gatekeeper_queue.removal import Remover

EXPECTED = {
    "live": ("approved", {"live"}),
    "scheduled": ("approved", {"scheduled"}),
    "next set time": ("approved", {"live"}),  # there are no set times in this test
    "time after": ("approved", {"live"}),
    "outing": ("flagged", {"whereabouts"}),
    "no consent": ("rejected", {"unconsented-face"}),
    "named": ("rejected", {"child-named"}),
    "alone": ("rejected", {"lone-pupil"}),
    "no description": ("rejected", {"missing-alt-text"}),
    "too long": ("rejected", {"too-long"}),
    "not a picture": ("rejected", {"unreadable-picture"}),
    "untrained": ("rejected", {"untrained-author"}),
    "unknown face": ("flagged", {"unknown-face"}),
    "portrait": ("approved", {"live"}),
    "sent back": ("returned", {"lone-pupil"}),
    "taken down": ("approved", {"live", "removed"}),
}


@pytest.fixture
def told(tmp_path):
    """Each story's state, and its objections or the states of its posts."""
    users = [SandboxUser.new("one", "One"), SandboxUser.new("two", "Two")]
    with SandboxX(users) as sandbox, FacePool(2) as pool:
        settings = Settings(
            data=tmp_path, x_base_url=sandbox.url, slot_spacing_minutes=0, slot_opens=0,
            slot_closes=24, post_on_closed_days=True,
        )  # fmt: skip
        make_key_file(settings)
        school = open_school(settings)
        people = add_people(school, users)
        seed_register(school)
        ids = seed_submissions(school, people)
        checker = make_checker(school, pool, "w", lambda name: None)
        while checker.check_next():
            pass
        reviews = threading.Thread(target=settle_reviews, args=(school, people, ids))
        reviews.start()
        publisher = make_publisher(school, settings, "w", lambda name: None)
        while reviews.is_alive():
            publisher.publish_due()
            reviews.join(0.2)
        publisher.publish_due()
        Remover(school, channel_opener(school, settings)).remove_due()
        with school.database.read() as session:
            yield {key: _told(session, submission_id) for key, submission_id in ids.items()}
        school.database.close()


def _told(session, submission_id):
    state = session.get_one(Submission, submission_id).state
    posts = session.exec(select(Post.state).where(Post.submission_id == submission_id)).all()
    if posts:
        return state, set(posts)
    rows = session.exec(select(Judgement).where(Judgement.submission_id == submission_id)).all()
    return state, {
        finding.rule
        for row in rows
        for finding in findings_from_json(row.findings)
        if finding.action != "note"
    }


def test_every_story_ends_as_it_should(told):
    assert EXPECTED.keys() == {story.key for story in STORIES}
    assert told == EXPECTED
