"""Whom the office has to see to: what the database finds is what reading everything finds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, col, create_engine
from tests.consent.conftest import NOW, TODAY

from gatekeeper_consent.answers import Answer, Decision, Scope, Use, effective_answer
from gatekeeper_consent.finding import SOON, Matter, Wanted, find_pupils
from gatekeeper_consent.models import Consent, Guardian, Guardianship, Pupil
from gatekeeper_consent.people import as_person, best_first, folded, roll_columns
from gatekeeper_consent.records import newest_consents

HERE = col(Pupil.left_on).is_(None)
PUPILS = ("p1", "p2", "p3")
GUARDIANS = ("g1", "g2")
DAYS = st.sampled_from([-400, 0, 1, 60, 61]).map(lambda n: TODAY + timedelta(n))
SELDOM = st.none() | st.none() | st.none() | DAYS

RECORDS = st.lists(
    st.builds(
        Consent,
        pupil_id=st.sampled_from(PUPILS),
        use=st.sampled_from([Use.WEBSITE, Use.TWITTER]),
        scope=st.sampled_from(list(Scope)),
        decision=st.sampled_from(list(Decision)),
        given_by=st.just("mother"),
        given_on=DAYS,
        expires_on=SELDOM,
        withdrawn_on=SELDOM,
        guardian_id=st.sampled_from((None, None, None, *GUARDIANS)),
        recorded_at=st.just(NOW),
        recorded_by=st.just("office"),
    ),
    max_size=8,
)
SAYS = st.sets(st.tuples(st.sampled_from(GUARDIANS), st.sampled_from(PUPILS)))


@pytest.fixture(scope="module")
def engine():
    made = create_engine("sqlite://")
    SQLModel.metadata.create_all(made)
    with Session(made) as session:
        for who in PUPILS:
            session.add(Pupil(pupil_id=who, first_name=who, last_name="Lane", class_name="2B"))
        for who in GUARDIANS:
            session.add(Guardian(id=who, name=who))
        session.commit()
    yield made
    made.dispose()


@settings(max_examples=300, deadline=None)
@given(
    records=RECORDS,
    says=SAYS,
    use=st.sampled_from([None, Use.WEBSITE, Use.TWITTER]),
    matter=st.sampled_from([Matter.NOT_ANSWERED, Matter.REFUSED, Matter.EXPIRES]),
)
def test_nobody_is_left_out_and_nobody_is_asked_in_vain(engine, records, says, use, matter):
    with Session(engine) as session:
        for guardian_id, pupil_id in says:
            session.add(
                Guardianship(
                    guardian_id=guardian_id, pupil_id=pupil_id, relation="mother",
                    recorded_at=NOW, recorded_by="office",
                )
            )  # fmt: skip
        for record in records:
            session.add(Consent(**record.model_dump(exclude={"id"})))
            session.flush()
        found = find_pupils(session, Wanted(matter=matter, use=use), TODAY, _classes)
        assert set(found) == _concerned(session, matter, use, TODAY)
        session.rollback()


def _classes(written: str) -> list[str]:
    return [written]


def _concerned(session: Session, matter: Matter, use: Use | None, on: date) -> set[str]:
    """By reading everything."""
    newest = newest_consents(session, use=use)
    answers = {key: effective_answer(row, on) for key, row in newest.items()}
    if matter is Matter.NOT_ANSWERED:
        return {*PUPILS} - {key[0] for key in answers if answers[key] is not Answer.UNKNOWN}
    if matter is Matter.REFUSED:
        return {key[0] for key in answers if answers[key] is Answer.NO}
    return {
        key[0]
        for key, row in newest.items()
        if answers[key] is Answer.YES and row.expires_on and row.expires_on <= on + SOON
    }


NAMES = st.text("aAbBeéßÉœЖ'- .%_1", max_size=5)


@settings(max_examples=200, deadline=None)
@given(names=st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES), max_size=4), text=NAMES)
def test_words_find_whom_folding_every_name_finds(engine, names, text):
    with Session(engine) as session:
        for number, (first, middle, last, called) in enumerate(names):
            session.add(
                Pupil(
                    pupil_id=f"q{number}", first_name=first, middle_names=middle, last_name=last,
                    preferred_name=called, class_name="2B",
                )
            )  # fmt: skip
        session.flush()
        found = find_pupils(session, Wanted(text=text), TODAY, _classes)
        everybody = roll_columns(session, *([] if folded(text).split() else [HERE]))
        assert found == [who.person_id for who in best_first(map(as_person, everybody), text)]
        session.rollback()
