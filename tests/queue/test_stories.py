"""Random stories of people, workers, faults and kills (promises 1, 5 and 6)."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper_consent.register import Decision
from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.faces.search import Study
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import Box
from gatekeeper_queue.approvals import schedule_missing
from gatekeeper_queue.checking import Checker
from gatekeeper_queue.models import FaceWord, Post, Submission
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.recheck import Rechecker, register_changed
from gatekeeper_queue.register_view import EngineId
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.review import CannotReview, approve, send_back
from gatekeeper_queue.states import ImpossibleChange
from gatekeeper_queue.submissions import (
    BadSubmission,
    Content,
    check_again,
    edit,
    photos_of,
    posts_of,
)
from gatekeeper_queue.verdicts import newest_verdict

REFUSALS = (ImpossibleChange, CannotReview, BadSubmission)
FACES = (Box(10, 10, 90, 90), Box(150, 10, 230, 90))
OVER = ("removed", "cancelled")

COMMANDS = st.sampled_from(
    ["tick", "tick", "tick", "check", "check", "withdraw", "restore", "take down", "edit",
     "send back", "check again", "approve", "approve", "recheck"]
)  # fmt: skip
FAULTS = st.sampled_from(
    [[], [], ["", "lost after"], ["", "lost before"], ["", "retry"], ["", "refuse"], ["retry"],
     ["stays"], ["stays", "stays"], ["", "lost after", "retry"], ["lost before"]]
)  # fmt: skip
"""What goes wrong in the next calls to the channel, in order; the first of a sending uploads."""
STEPS = st.sampled_from([None, None, "claimed", "prepared", "ready", "published", "live", "judged"])


class Killed(BaseException):
    """The process dies here."""


class TwoFaces:
    """Finds the same two faces in every picture; a person has said who they are."""

    def search(self, jpeg):
        vector = np.full(128, 0.1, dtype=np.float32)
        return tuple(SeenFace(box, 0.9, ("centerface",), "", vector) for box in FACES)

    def study(self, jpeg):
        return Study()


class Story:
    """One submission with two named children, on one channel, and everybody who acts on it."""

    def __init__(self, desk, channel, a_face):
        self.desk, self.school, self.channel = desk, desk.school, channel
        self.asked_down: set[str] = set()
        self.edits = 0
        desk.channels["website"] = channel
        for pupil in ("p1", "p2"):
            desk.consent(pupil, Decision.YES)
        faces = (a_face(said="p1"), a_face(said="p2", left=150))
        (post_id,) = desk.approved(faces)
        self.id = desk.post(post_id).submission_id
        with self.school.database.write() as session:
            (row,) = photos_of(session, self.id)
            for box, pupil in zip(FACES, ("p1", "p2"), strict=True):
                session.add(
                    FaceWord(
                        photo_id=row.id,
                        clean_sha256=row.clean_sha256,
                        box=list(box),
                        person_id=pupil,
                        said_by=desk.people["coordinator"],
                        said_at=desk.clock(),
                    )
                )

    def posts(self) -> list[Post]:
        with self.school.database.read() as session:
            return posts_of(session, self.id)

    def submission(self) -> Submission:
        with self.school.database.read() as session:
            return session.get_one(Submission, self.id)

    def tick(self, kill_at=None):
        self.desk.clock.forward(minutes=6)
        publisher = self._publisher(kill_at)
        with contextlib.suppress(Killed):
            publisher.release_abandoned()
            publisher.publish_due()
            publisher.settle_unknown()
            schedule_missing(self.school)
            Remover(self.school, self.desk.open_channel).remove_due()

    def check(self, kill_at=None):
        with contextlib.suppress(Killed):
            self._checker(kill_at).check_next()
        self._checker(None).release_abandoned()

    def act(self, command: str):
        """What a person does; a refusal is an answer too."""
        with contextlib.suppress(*REFUSALS), self.school.database.write() as session:
            row = session.get_one(Submission, self.id)
            teacher, coordinator = (
                self.desk.user(session, name) for name in ("teacher", "coordinator")
            )
            if command == "edit":
                self.edits += 1
                content = Content(f"Pupils at sports day {self.edits}.", ("website",), "3K")
                edit(self.school, session, teacher, row, content, {})
            elif command == "send back":
                send_back(self.school, session, coordinator, row, "Too dark.")
            elif command == "check again":
                check_again(self.school, session, teacher, row)
            elif command == "approve":
                approve(self.school, session, coordinator, row, newest_verdict(session, row))
            elif command == "take down":
                for post in posts_of(session, self.id):
                    if post.state not in OVER:
                        take_down(self.school, session, coordinator, post, "asked")
                        self.asked_down.add(post.id)

    def consent(self, decision: Decision):
        self.desk.consent("p1", decision)
        with self.school.database.write() as session:
            self.asked_down |= set(register_changed(self.school, session, ["p1"], actor="office"))

    def settle(self):
        """Nobody does anything any more, nothing goes wrong, and time passes."""
        self.channel.faults = []
        for _ in range(2):
            Rechecker(self.school).recheck()
            for _ in range(3):
                self.check()
                self.desk.clock.forward(minutes=6)
            for _ in range(20):
                self.tick()

    def _publisher(self, kill_at):
        return Publisher(
            self.school, self.desk.open_channel, "w", timedelta(seconds=30), _killer(kill_at)
        )

    def _checker(self, kill_at):
        return Checker(
            self.school, TwoFaces(), EngineId("dlib", "1"), Thresholds(), "w", step=_killer(kill_at)
        )


def _killer(step):
    def die(name):
        if name == step:
            raise Killed

    return die


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.tuples(FAULTS, STEPS).map(lambda first: ("tick", *first)),
    st.lists(st.tuples(COMMANDS, FAULTS, STEPS), max_size=12),
)
def test_never_twice_never_unapproved_never_after_removal(
    tmp_path_factory, make_desk, model_channel, a_face, first, commands
):
    story = Story(make_desk(tmp_path_factory.mktemp("story")), model_channel(), a_face)
    up = story.channel.up
    for command, faults, kill_at in [first, *commands]:
        story.channel.faults = list(faults)
        if command == "tick":
            story.tick(kill_at)
        elif command == "check":
            story.check(kill_at)
        elif command in ("withdraw", "restore"):
            story.consent(Decision.YES if command == "restore" else Decision.NO)
        elif command == "recheck":
            Rechecker(story.school).recheck()
        else:
            story.act(command)
        assert len(up) <= 1
        assert sum(post.state not in OVER for post in story.posts()) <= 1
        assert {item.text for item, _ in up.values()} <= {story.submission().caption}
    story.settle()
    posts = story.posts()
    assert not {post.state for post in posts} & {"sending", "unknown", "removing"}
    assert len(up) == sum(post.state == "live" for post in posts)
    assert all(post.state in OVER for post in posts if post.id in story.asked_down)
    assert story.desk.audit_is_whole()
    story.school.database.close()
