"""Who was not answered for: what is found quickly is what reading every answer finds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine
from tests.consent.conftest import NOW, TODAY

from gatekeeper_consent.answers import Answer, Decision, Scope, Use, effective_answer
from gatekeeper_consent.finding import Matter, Wanted, find_pupils
from gatekeeper_consent.models import Consent, Guardian, Guardianship, Pupil
from gatekeeper_consent.records import newest_consents

PUPILS = ("p1", "p2", "p3")
GUARDIANS = ("g1", "g2")
DAYS = st.sampled_from([-400, 0, 1]).map(lambda n: TODAY + timedelta(n))
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
@given(records=RECORDS, says=SAYS, use=st.sampled_from([None, Use.WEBSITE, Use.TWITTER]))
def test_nobody_is_left_out_and_nobody_is_asked_in_vain(engine, records, says, use):
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
        found = find_pupils(session, Wanted(matter=Matter.NOT_ANSWERED, use=use), TODAY, _classes)
        assert set(found) == set(PUPILS) - _answered(session, use, TODAY)
        session.rollback()


def _classes(written: str) -> list[str]:
    return [written]


def _answered(session: Session, use: Use | None, on: date) -> set[str]:
    """By reading everything."""
    newest = newest_consents(session, use=use)
    return {
        who for (who, *_), row in newest.items() if effective_answer(row, on) is not Answer.UNKNOWN
    }
