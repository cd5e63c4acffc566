"""A part of the register says of its people what the whole one says, and of nobody else a yes."""

from __future__ import annotations

from itertools import product

import pytest

from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import Decision
from gatekeeper_detectors import values
from gatekeeper_detectors.values import NOBODY, Box, Candidate, Face, Photo
from gatekeeper_queue.register_view import register_for, register_of

WHO = ("", NOBODY, "p1", "p2", "p3", "p4", "s1", "x9")
"""p1 may be shown, p2 may not, p3 never answered, p4 has left, nobody is x9."""


@pytest.fixture
def asked(desk):
    for pupil, decision in (("p1", Decision.YES), ("p2", Decision.NO), ("p4", Decision.YES)):
        desk.consent(pupil, decision)
    with desk.school.database.write() as session:
        session.get_one(Pupil, "p4").left_on = desk.school.today()
    return desk


def a_face(matched: str, said: str, claimed: str) -> Face:
    near = (Candidate("p3", 0.4), Candidate("p1", 0.5))
    box = Box(10, 10, 90, 90)
    return Face(box, 0.9, candidates=near, matched=matched, said=said, claimed=claimed)


def test_each_face_is_decided_as_by_the_whole_register(asked):
    today = asked.school.today()
    with asked.school.database.read() as session:
        whole = register_for(session, "website", today)
        for words in product(WHO, repeat=3):
            face = a_face(*words)
            part = register_of(session, "website", today, [Photo("a", faces=(face,))])
            assert face.decision(part) == face.decision(whole), words
            assert face.refused_as(part) == face.refused_as(whole), words
            assert all(part.name_of(who) == whole.name_of(who) for who in face.people)
            assert set(part.pupil_by_id) <= face.people


def test_a_part_follows_each_change_at_once(asked):
    photo = Photo("a", faces=(a_face("p1", "", ""),))
    decided = []
    for decision in (None, Decision.NO, Decision.YES):
        if decision:
            asked.consent("p1", decision)
        with asked.school.database.read() as session:
            part = register_of(session, "website", asked.school.today(), [photo])
        decided.append(part.decision_on("p1"))
    yes, no = values.Decision.CONSENTED, values.Decision.NOT_CONSENTED
    assert decided == [yes, no, yes]


def test_who_is_not_in_the_part_is_unknown(asked):
    with asked.school.database.read() as session:
        for only in ([], ["p2"]):
            part = register_for(session, "website", asked.school.today(), only=only)
            assert part.decision_on("p1") is values.Decision.UNKNOWN
            assert set(part.pupil_by_id) == set(only)
            assert not part.staff
