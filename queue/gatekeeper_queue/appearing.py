"""Where a child appears: in the pictures or the words of posts that may be up (P24)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache

from sqlmodel import Session, col, select

from gatekeeper_consent import models as consent
from gatekeeper_consent.register import staff
from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.sightings import find_sightings
from gatekeeper_detectors.values import Pupil, StaffMember
from gatekeeper_queue.approvals import people_in
from gatekeeper_queue.models import Post, PostPerson, Submission, SubmissionPhoto
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.removal import NOT_SEEN_GONE


@dataclass(frozen=True)
class Appearance:
    """Who of the children asked about is in one post."""

    post: Post
    sure: frozenset[str]
    """By a match, by a person's word, or by words that surely name them."""
    maybe: frozenset[str]
    """Words may name them: a person must look."""


def appearances(session: Session, pupil_ids: Collection[str]) -> list[Appearance]:
    """The posts that somebody may still see with any of these children, in the order of the
    live; those that are coming down are among them.

    Words are read as the rules read them: what `child-named` rejects is sure, what
    `may-name-child` flags is not. Up to 1 ms a submission.
    """
    wanted = frozenset(pupil_ids)
    posts = _posts(session)
    index, numbers = _index(session, wanted)
    noted = _noted(session, wanted)
    rows = _photos(session, {post.submission_id for post in posts})
    found = []

    @cache  # a submission has a post for each of its channels
    def told(submission_id: str) -> tuple[set[str], set[str]]:
        photos = rows.get(submission_id, [])
        caption = session.get_one(Submission, submission_id).caption
        named, maybe = _named([caption, *_texts(photos)], index, numbers)
        return named.union(people_in([photo_from_row(row) for row in photos])), maybe

    for post in posts:
        named, maybe = told(post.submission_id)
        sure = (noted.get(post.id, frozenset()) | named) & wanted
        if sure or maybe:
            found.append(Appearance(post, sure, frozenset(maybe - sure)))
    return found


def names_in(
    session: Session, pupil_ids: Collection[str]
) -> Callable[[Collection[str]], tuple[set[str], set[str]]]:
    """A function that says which of these children some texts surely name, and may name."""
    index, numbers = _index(session, frozenset(pupil_ids))
    return lambda texts: _named(texts, index, numbers)


def _posts(session: Session) -> list[Post]:
    query = select(Post).where(col(Post.state).in_(NOT_SEEN_GONE)).order_by(col(Post.live_at))
    posts = list(session.exec(query))
    ids = {post.submission_id for post in posts}
    # Into the session at once, so that each `get_one` below asks no more.
    session.exec(select(Submission).where(col(Submission.id).in_(ids))).all()
    return posts


def _photos(session: Session, ids: Collection[str]) -> dict[str, list[SubmissionPhoto]]:
    found: dict[str, list[SubmissionPhoto]] = {}
    query = select(SubmissionPhoto).where(col(SubmissionPhoto.submission_id).in_(ids))
    for row in session.exec(query):
        found.setdefault(row.submission_id, []).append(row)
    return found


def _noted(session: Session, wanted: Collection[str]) -> dict[str, frozenset[str]]:
    """Who was known to be in each post when it was approved."""
    found: dict[str, frozenset[str]] = {}
    query = select(PostPerson).where(col(PostPerson.person_id).in_(wanted))
    for row in session.exec(query):
        found[row.post_id] = found.get(row.post_id, frozenset()) | {row.person_id}
    return found


def _index(session: Session, wanted: Collection[str]) -> tuple[NameIndex, list[str]]:
    """The names of these children alone, leavers among them, and their ids by number."""
    query = select(consent.Pupil).where(col(consent.Pupil.pupil_id).in_(wanted))
    pupils = tuple(
        Pupil(row.pupil_id, row.first_name, row.last_name, row.middle_names, row.preferred_name)
        for row in session.exec(query)
    )
    adults = tuple(
        StaffMember(row.staff_id, row.last_name, row.first_name, row.title)
        for row in staff(session)
    )
    return NameIndex(pupils, adults), [pupil.pupil_id for pupil in pupils]


def _texts(photos: Collection[SubmissionPhoto]) -> Iterator[str]:
    """Descriptions, and words that can be read in the pictures."""
    for row in photos:
        yield row.alt
        yield from (line.text for line in photo_from_row(row).words or ())


def _named(
    texts: Collection[str], index: NameIndex, numbers: list[str]
) -> tuple[set[str], set[str]]:
    sure: set[str] = set()
    maybe: set[str] = set()
    for text in texts:
        for sighting in find_sightings(text, index):
            who = {numbers[number] for number in sighting.pupils}
            (sure if sighting.action is Action.REJECT else maybe).update(who)
    return sure, maybe
