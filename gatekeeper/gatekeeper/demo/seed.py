"""What the demo's school has been doing: submissions in every state."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from gatekeeper.demo.people import DemoPeople
from gatekeeper.demo.vectors import SCHOOL, known_vectors
from gatekeeper.register_import import import_register
from gatekeeper_consent.guardians import add_guardian, give_say
from gatekeeper_detectors.values import CHECKLIST
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Post, Submission, User
from gatekeeper_queue.recognition import Safeguards, record_safeguards
from gatekeeper_queue.removal import take_down
from gatekeeper_queue.review import approve, send_back
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import Content, NewPhoto, posts_of, submit
from gatekeeper_queue.verdicts import newest_verdict

_PATIENCE = 120.0
"""Longest wait for the worker, in seconds."""


@dataclass(frozen=True)
class Story:
    """One sample submission."""

    key: str
    photo: str
    caption: str
    alt: str
    class_name: str = ""
    channels: tuple[str, ...] = ("website",)
    untrained: bool = False
    in_hours: int = 0


BOTH = ("website", "twitter")
STORIES = (
    Story(
        "live",
        "group_07.jpg",
        "Year 8 pupils back from a windy walk. Well done, everyone!",
        "Three pupils in school uniform smile at the camera.",
        "8R",
        BOTH,
    ),
    Story(
        "scheduled",
        "group_28.jpg",
        "Year 11 pupils ready for the careers fair.",
        "Two older pupils stand side by side.",
        "11T",
        BOTH,
        in_hours=26,
    ),
    Story(
        "next set time",
        "group_22.jpg",
        "Pupils practised their songs for the assembly.",
        "Pupils stand together and smile.",
        channels=("parents",),
    ),
    Story(
        "time after",
        "group_27.jpg",
        "Pupils chose new books for the class libraries.",
        "Pupils look into the camera.",
        channels=("parents",),
    ),
    Story(
        "outing",
        "group_30.jpg",
        "Our pupils will be at the Riverside Museum tomorrow at 10 am.",
        "Pupils with their bags, ready to go.",
    ),
    Story(
        "no consent",
        "group_31.jpg",
        "Year 8 pupils tried out the new climbing wall.",
        "Two pupils in front of a wall.",
        "8R",
    ),
    Story(
        "named",
        "group_38.jpg",
        "Well done Zofia and her team on the spelling bee!",
        "Two pupils smile after a competition.",
        "5K",
    ),
    Story(
        "alone",
        "single_06.jpg",
        "A Year 8 pupil with the science prize.",
        "A pupil stands in a classroom.",
        "8R",
    ),
    Story("no description", "group_20.jpg", "Year 11 pupils on their last day.", "", "11T"),
    Story(
        "too long",
        "group_20.jpg",
        "What a day! " + "We ran, we jumped and we cheered. " * 9,
        "Four older pupils stand together.",
        "11T",
        ("twitter",),
    ),
    Story("not a picture", "", "Sports day results.", "The list of results."),
    Story(
        "untrained",
        "nopeople_01.jpg",
        "New paintings in the corridor.",
        "Bright paintings on a wall.",
        "",
        ("twitter",),
        untrained=True,
    ),
    Story(
        "unknown face",
        "group_11.jpg",
        "Year 8 pupils rehearse for the concert.",
        "Two pupils hold instruments.",
        "8R",
    ),
    Story(
        "portrait",
        "single_04.jpg",
        "Our new head librarian from Year 5.",
        "A pupil smiles in the library.",
        "5K",
    ),
    Story(
        "sent back",
        "single_05.jpg",
        "A Year 8 pupil at work.",
        "A pupil at a desk.",
        "8R",
    ),
    Story(
        "taken down",
        "nopeople_05.jpg",
        "Our display board, ready for the new term.",
        "A display board with coloured paper.",
        "",
        BOTH,
    ),
)
SUBMISSIONS = len(STORIES)


def seed_register(school: School) -> None:
    """Import the sample school's folder, whose safeguards are on record."""
    today = school.today()
    facts = Safeguards(today - timedelta(days=60), "Morgan Vale", today - timedelta(days=40))
    with school.database.write() as session:
        record_safeguards(school, session, facts, by=SYSTEM)
    import_register(school, SCHOOL, actor=SYSTEM, known=known_vectors())


CHILDREN = {"p21": "mother", "p22": "mother"}
"""The demo's parent has one child who may be shown and one for whom she withdrew consent."""


def seed_families(school: School, people: DemoPeople) -> None:
    """Whose mother the demo's parent is; of the first child there is a father as well."""
    office, now = people.office.id, school.clock()
    with school.database.write() as session:
        record = partial(school.audit.append, session, office)
        father = add_guardian(session, "Mr Strathearn", recorded_by=office, now=now, record=record)
        says = [(people.parent.guardian_id or "", *each) for each in CHILDREN.items()]
        for guardian_id, pupil_id, relation in [*says, (father.id, "p21", "father")]:
            give_say(
                session, guardian_id, pupil_id, relation, recorded_by=office, now=now, record=record
            )


def seed_submissions(school: School, people: DemoPeople) -> dict[str, str]:
    """Submit every story; returns submission ids by the story's key."""
    ids = {}
    for story in STORIES:
        author = people.new_teacher if story.untrained else people.teacher
        content = Content(
            caption=story.caption,
            channels=story.channels,
            class_name=story.class_name,
            account_ids=(people.accounts[0].id,) if "twitter" in story.channels else (),
            publish_at=school.clock() + timedelta(hours=story.in_hours) if story.in_hours else None,
            confirmed=CHECKLIST,
        )
        with school.database.write() as session:
            ids[story.key] = submit(school, session, author, content, [_photo(story)]).id
    return ids


def _photo(story: Story) -> NewPhoto:
    if not story.photo:
        return NewPhoto("results.jpg", b"1. red team\n2. blue team\n", story.alt)
    return NewPhoto(story.photo, (SCHOOL / "photos" / story.photo).read_bytes(), story.alt)


def settle_reviews(school: School, people: DemoPeople, ids: Mapping[str, str]) -> None:
    """What the coordinator did: approved a portrait, sent one back, took a post down."""
    _review(school, people.coordinator, ids["portrait"], "")
    _review(
        school,
        people.coordinator,
        ids["sent back"],
        "Lovely picture. Please add a second pupil, or tell me what it is for.",
    )
    post = _wait_for_live(school, ids["taken down"])
    if post is not None:
        with school.database.write() as session:
            stored = session.get_one(Post, post.id)
            take_down(school, session, people.coordinator, stored, "The display has changed")


def _review(school: School, reviewer: User, submission_id: str, send_back_with: str) -> None:
    """Approve, or send back, as soon as the checks are done. Anything else is left to people."""
    state = _wait_until_checked(school, submission_id)
    with school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        if state == SubmissionState.FLAGGED and send_back_with:
            send_back(school, session, reviewer, submission, send_back_with)
        elif state == SubmissionState.FLAGGED:
            approve(school, session, reviewer, submission, newest_verdict(session, submission))


def _wait_until_checked(school: School, submission_id: str) -> str:
    deadline = time.monotonic() + _PATIENCE
    state = ""
    while time.monotonic() < deadline:
        with school.database.read() as session:
            state = session.get_one(Submission, submission_id).state
        if state not in (SubmissionState.WAITING, SubmissionState.CHECKING):
            break
        time.sleep(0.3)
    return state


def _wait_for_live(school: School, submission_id: str) -> Post | None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with school.database.read() as session:
            for post in posts_of(session, submission_id):
                if post.channel == "twitter" and post.state == PostState.LIVE:
                    return post
        time.sleep(0.3)
    return None
