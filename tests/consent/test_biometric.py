"""Promise 7: no template without biometric consent, and none survives its withdrawal."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import Session, SQLModel, create_engine, select

from gatekeeper_consent.contents import BiometricRow, FolderContents, RollRow
from gatekeeper_consent.faces import Engine, add_reference, rebuild_template
from gatekeeper_consent.models import BiometricConsent, FaceTemplate, Pupil, ReferenceFace
from gatekeeper_consent.ports import NoBiometricConsent, UnknownPerson
from gatekeeper_consent.records import newest_biometric
from gatekeeper_consent.register import (
    give_biometric,
    import_folder,
    set_child_refusal,
    withdraw,
    withdraw_biometric,
)

PUPILS = ("p1", "p2", "p3")


class NoCipher:
    """Speed: what is encrypted is tested with the faces."""

    def encrypt(self, data: bytes, /) -> bytes:
        return data

    def decrypt(self, data: bytes, /) -> bytes:
        return data


def encode(jpeg: bytes) -> np.ndarray:
    return np.array([len(jpeg)], dtype=np.float32)


def give(school, person_id="p1", on=None, **changes):
    keywords = {"given_by": "mother", "given_on": on or school.now.date(), **school.entry}
    give_biometric(school.session, person_id, **(keywords | changes))


def enrol(school, person_id="p1"):
    add_reference(
        school.session, school.cipher, person_id, b"1:1", school.engine.encode, **school.when
    )
    rebuild_template(school.session, school.cipher, person_id, school.engine, **school.when)


def stored(session: Session) -> set[str]:
    return {
        *session.exec(select(ReferenceFace.person_id)),
        *session.exec(select(FaceTemplate.person_id)),
    }


def test_withdrawal_purges_at_once(loaded):
    enrol(loaded)
    loaded.events.clear()
    withdraw_biometric(
        loaded.session, "p1", given_by="mother", on=loaded.now.date(), **loaded.entry
    )
    assert stored(loaded.session) == set()
    assert [kind for kind, *_ in loaded.events] == ["biometric.withdrawn", "template.purged"]


def test_the_childs_refusal_overrides_the_parents(loaded):
    enrol(loaded)
    set_child_refusal(loaded.session, "p1", True, **loaded.entry)
    assert stored(loaded.session) == set()
    give(loaded)
    assert newest_biometric(loaded.session)["p1"].child_refused
    with pytest.raises(NoBiometricConsent):
        enrol(loaded)
    set_child_refusal(loaded.session, "p1", False, **loaded.entry)
    enrol(loaded)
    assert stored(loaded.session) == {"p1"}


def test_consent_that_begins_later_purges_until_then(loaded):
    enrol(loaded)
    give(loaded, on=loaded.now.date() + timedelta(days=1))
    assert stored(loaded.session) == set()


def test_consent_needs_a_giver_and_a_person(loaded):
    with pytest.raises(ValueError, match="gave"):
        give(loaded, given_by=" ")
    with pytest.raises(UnknownPerson):
        give(loaded, "p9")
    with pytest.raises(UnknownPerson):
        set_child_refusal(loaded.session, "p9", True, **loaded.entry)
    with pytest.raises(UnknownPerson):
        withdraw_biometric(
            loaded.session, "p9", given_by="mother", on=loaded.now.date(), **loaded.entry
        )


def test_an_import_purges(loaded):
    enrol(loaded)
    without = "pupil_id,given_by,given_on,child_refused,withdrawn_on\ns1,herself,2025-09-01,,\n"
    report = loaded.load(biometric=without)
    assert report.purged == ("p1",)
    assert stored(loaded.session) == set()


people = st.sampled_from(PUPILS)


class Promise7(RuleBasedStateMachine):
    """Any sequence of giving, refusing, withdrawing, learning and importing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = create_engine(f"sqlite:///{Path(self.folder.name) / 'school.db'}")
        SQLModel.metadata.create_all(self.engine)
        self.session = Session(self.engine)
        self.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
        for person_id in PUPILS:
            self.session.add(Pupil(pupil_id=person_id, first_name="A", last_name="B"))
        self.session.flush()

    @property
    def entry(self):
        return {"recorded_by": "office", "now": self.now, "record": lambda *event: None}

    @property
    def today(self) -> date:
        return self.now.date()

    @rule(person_id=people, days=st.sampled_from([-30, 0, 2]))
    def give(self, person_id, days):
        given_on = self.today + timedelta(days=days)
        try:
            give_biometric(
                self.session, person_id, given_by="mother", given_on=given_on, **self.entry
            )
        except UnknownPerson:
            assert self.session.get(Pupil, person_id).left_on is not None

    @rule(person_id=people, refused=st.booleans())
    def refuse(self, person_id, refused):
        set_child_refusal(self.session, person_id, refused, **self.entry)

    @rule(person_id=people, days=st.sampled_from([-3, 0, 3]), everything=st.booleans())
    def withdraw(self, person_id, days, everything):
        keywords = {"given_by": "mother", "on": self.today + timedelta(days=days), **self.entry}
        if everything:
            withdraw(self.session, person_id, "all", **keywords)
        else:
            withdraw_biometric(self.session, person_id, **keywords)

    @rule(person_id=people, jpeg=st.binary(min_size=1, max_size=3))
    def learn(self, person_id, jpeg):
        when = {"today": self.today, "now": self.now, "record": lambda *event: None}
        try:
            add_reference(self.session, NoCipher(), person_id, jpeg, encode, **when)
            rebuild_template(
                self.session, NoCipher(), person_id, Engine("toy", "1", encode), **when
            )
        except NoBiometricConsent:
            assert person_id not in self.allowed()

    @rule(
        on_roll=st.sets(people, min_size=1),
        given=st.dictionaries(people, st.tuples(st.booleans(), st.booleans())),
    )
    def import_register(self, on_roll, given):
        contents = FolderContents(
            roll=tuple(RollRow(who, "A", "", "B", "", "", "") for who in sorted(on_roll)),
            biometric=tuple(
                BiometricRow(who, "mother", self.today, refused, self.today if gone else None)
                for who, (refused, gone) in sorted(given.items())
                if who in on_roll
            ),
        )
        import_folder(self.session, contents, confirm_removals=True, **self.entry)

    @rule()
    def a_day_passes(self):
        self.now += timedelta(days=1)

    def allowed(self) -> set[str]:
        """Worked out here anew from the tables, not by the code under test."""
        newest = {}
        for row in self.session.exec(select(BiometricConsent)).all():
            if row.person_id not in newest or row.id > newest[row.person_id].id:
                newest[row.person_id] = row
        left = {pupil.pupil_id for pupil in self.session.exec(select(Pupil)) if pupil.left_on}
        return {
            who
            for who, row in newest.items()
            if row.given_on is not None
            and row.given_on <= self.today
            and not row.child_refused
            and row.withdrawn_on is None
            and who not in left
        }

    @invariant()
    def nothing_is_kept_without_leave(self):
        assert stored(self.session) <= self.allowed()

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()
        self.folder.cleanup()


TestPromise7 = Promise7.TestCase
TestPromise7.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
