"""Where a child appears: in the pictures or the words of posts that may be up (P24)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_consent import models as consent
from gatekeeper_consent.register import staff
from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.normalise import with_capitals
from gatekeeper_detectors.text.passing import names_nobody
from gatekeeper_detectors.text.sightings import find_sightings
from gatekeeper_detectors.values import Pupil, StaffMember
from gatekeeper_queue.approvals import known_on
from gatekeeper_queue.models import Post, PostPerson, Submission, SubmissionPhoto
from gatekeeper_queue.records import faces_from_json
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
    if not wanted:
        return []
    posts = _posts(session)
    named_in, noted = names_in(session, wanted), _noted(session, wanted)
    captions, photos = _captions(session), photos_seen(session, _of_those())

    @cache  # a submission has a post for each of its channels
    def told(submission_id: str) -> tuple[set[str], set[str]]:
        rows = photos.get(submission_id, [])
        named, maybe = named_in([captions[submission_id], *texts_of(rows)])
        return named | _faces(rows), maybe

    found = []
    for post_id, submission_id in posts:
        named, maybe = told(submission_id)
        sure = (noted.get(post_id, frozenset()) | named) & wanted
        if sure or maybe:
            found.append((post_id, sure, frozenset(maybe - sure)))
    rows = session.exec(select(Post).where(col(Post.id).in_(one for one, *_ in found)))
    by_id = {post.id: post for post in rows}
    return [Appearance(by_id[post_id], sure, maybe) for post_id, sure, maybe in found]


def names_in(
    session: Session, pupil_ids: Collection[str]
) -> Callable[[Collection[str]], tuple[set[str], set[str]]]:
    """A function that says which of these children some texts surely name, and may name."""
    index, numbers = _index(session, frozenset(pupil_ids))
    nobody = names_nobody(index)

    @cache  # the same description stands at many pictures
    def named(text: str) -> tuple[frozenset[str], frozenset[str]]:
        if nobody(text):
            return frozenset(), frozenset()
        sure: set[str] = set()
        maybe: set[str] = set()
        for sighting in find_sightings(text, index, of_the_roll=True):
            who = {numbers[number] for number in sighting.pupils}
            (sure if sighting.action is Action.REJECT else maybe).update(who)
        return frozenset(sure), frozenset(maybe)

    def named_in(texts: Collection[str]) -> tuple[set[str], set[str]]:
        found = [named(text) for text in texts]
        return {who for sure, _ in found for who in sure}, {
            who for _, maybe in found for who in maybe
        }

    return named_in


def _posts(session: Session) -> list[tuple[str, str]]:
    """Id and submission of each; a large school has too many to make objects of them all."""
    query = select(Post.id, Post.submission_id).where(col(Post.state).in_(NOT_SEEN_GONE))
    return list(session.exec(query.order_by(col(Post.live_at))))


def _of_those() -> SelectOfScalar[str]:
    return select(Post.submission_id).where(col(Post.state).in_(NOT_SEEN_GONE))


def _captions(session: Session) -> dict[str, str]:
    query = select(Submission.id, Submission.caption).where(col(Submission.id).in_(_of_those()))
    return dict(session.exec(query).all())


@dataclass(frozen=True)
class Seen:
    """What says who is in a picture: a part of its row."""

    name: str
    """Of the file."""
    alt: str
    faces: list[dict[str, Any]] | None
    words: list[dict[str, Any]] | None


def photos_seen(
    session: Session, submissions: SelectOfScalar[str] | None = None
) -> dict[str, list[Seen]]:
    """The pictures by their submission's id: of these submissions, or of all."""
    found: dict[str, list[Seen]] = {}
    row = SubmissionPhoto
    query = sa.select(*map(col, (row.submission_id, row.name, row.alt, row.faces, row.words)))
    if submissions is not None:
        query = query.where(col(row.submission_id).in_(submissions))
    for submission_id, *parts in session.execute(query):
        found.setdefault(submission_id, []).append(Seen(*parts))
    return found


def _faces(rows: Collection[Seen]) -> set[str]:
    return {who for row in rows if row.faces for who in known_on(faces_from_json(row.faces))}


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


def texts_of(rows: Collection[Seen | SubmissionPhoto]) -> Iterator[str]:
    """Descriptions, and words that can be read in the pictures: as they were read, and with the
    capitals that the reader cannot tell."""
    for row in rows:
        yield row.alt
        for line in row.words or ():
            yield from {line["text"], with_capitals(line["text"])}
