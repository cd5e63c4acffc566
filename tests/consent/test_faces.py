from datetime import timedelta

import numpy as np
import pytest
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlmodel import func, select

from gatekeeper_consent.faces import (
    Engine,
    add_reference,
    purge_templates,
    rebuild_template,
    references,
    templates,
)
from gatekeeper_consent.models import FaceTemplate, Pupil, ReferenceFace
from gatekeeper_consent.ports import NoBiometricConsent, UnusableReference


def add(school, person_id, jpeg) -> bool:
    return add_reference(
        school.session, school.cipher, person_id, jpeg, school.engine.encode, **school.when
    )


def rebuild(school, person_id, engine=None) -> int:
    return rebuild_template(
        school.session, school.cipher, person_id, engine or school.engine, **school.when
    )


def known(school, engine=("toy", "1"), on=None):
    day = on or school.now.date()
    return templates(school.session, school.cipher, *engine, on=day)


def test_the_template_is_the_centroid(loaded):
    for jpeg in (b"1:0,2", b"1:1,2", b"1:2,8"):
        assert add(loaded, "p1", jpeg)
    assert rebuild(loaded, "p1") == 3
    (template,) = known(loaded)
    assert (template.person_id, template.references) == ("p1", 3)
    assert template.vector.dtype == np.float32
    assert template.vector.tolist() == [1.0, 4.0]


def test_staff_have_faces_too(loaded):
    add(loaded, "s1", b"1:5")
    rebuild(loaded, "s1")
    assert [template.person_id for template in known(loaded)] == ["s1"]


@pytest.mark.parametrize("person_id", ["p2", "p3", "p9"])  # refused, never given, nobody
def test_no_consent_no_face(loaded, person_id):
    def engine_must_not_look(jpeg: bytes):
        raise AssertionError("the picture was looked at")

    with pytest.raises(NoBiometricConsent):
        add_reference(
            loaded.session, loaded.cipher, person_id, b"1:1", engine_must_not_look, **loaded.when
        )
    with pytest.raises(NoBiometricConsent):
        rebuild(loaded, person_id)
    assert list(references(loaded.session, loaded.cipher)) == []


def test_no_face_of_somebody_who_left(loaded):
    loaded.session.get(Pupil, "p1").left_on = loaded.now.date()
    with pytest.raises(NoBiometricConsent):
        add(loaded, "p1", b"1:1")


@pytest.mark.parametrize(
    ("jpeg", "reason"), [(b"0:", "Nobody"), (b"2:1,1", "Two"), (b"1:nan", "measured")]
)
def test_an_unusable_picture_is_not_kept(loaded, jpeg, reason):
    with pytest.raises(UnusableReference, match=reason):
        add(loaded, "p1", jpeg)
    assert list(references(loaded.session, loaded.cipher)) == []


def test_the_same_picture_is_kept_once(loaded):
    assert add(loaded, "p1", b"1:1")
    assert not add(loaded, "p1", b"1:1")
    assert list(references(loaded.session, loaded.cipher, "p1")) == [("p1", b"1:1")]


def test_nothing_is_stored_in_the_clear(loaded):
    add(loaded, "p1", b"1:1")
    rebuild(loaded, "p1")
    assert b"1:1" not in loaded.session.exec(select(ReferenceFace)).one().picture
    vector = loaded.session.exec(select(FaceTemplate)).one().vector
    assert np.float32(1).tobytes() not in vector
    assert loaded.cipher.decrypt(vector) == np.float32(1).tobytes()


def test_the_wrong_key_opens_nothing(loaded):
    add(loaded, "p1", b"1:1")
    rebuild(loaded, "p1")
    loaded.cipher = MultiFernet([Fernet(Fernet.generate_key())])
    with pytest.raises(InvalidToken):
        known(loaded)


def test_two_engines_never_mix(loaded):
    add(loaded, "p1", b"1:1")
    rebuild(loaded, "p1")
    rebuild(loaded, "p1", Engine("other", "7", lambda jpeg: np.zeros(3, dtype=np.float32)))
    assert known(loaded) == []
    assert known(loaded, ("other", "8")) == []
    assert known(loaded, ("other", "7"))[0].vector.shape == (3,)


def test_a_new_engine_that_sees_nobody_leaves_no_template(loaded):
    def blind(jpeg: bytes):
        raise UnusableReference("Nobody is in this picture.")

    add(loaded, "p1", b"1:1")
    rebuild(loaded, "p1")
    assert rebuild(loaded, "p1", Engine("blind", "1", blind)) == 0
    assert loaded.session.exec(select(func.count()).select_from(FaceTemplate)).one() == 0


def test_a_template_counts_only_while_consent_is_in_force(loaded):
    add(loaded, "p1", b"1:1")
    rebuild(loaded, "p1")
    assert known(loaded, on=loaded.now.date() - timedelta(days=300)) == []
    loaded.session.get(Pupil, "p1").left_on = loaded.now.date()
    assert known(loaded) == []


def test_purge(loaded):
    add(loaded, "p1", b"1:1")
    add(loaded, "s1", b"1:2")
    rebuild(loaded, "p1")
    loaded.events.clear()
    assert purge_templates(loaded.session, "p1", record=loaded.record) == 2
    assert loaded.events == [("template.purged", "p1", {"rows": 2})]
    assert list(references(loaded.session, loaded.cipher)) == [("s1", b"1:2")]
    assert purge_templates(loaded.session, "p1", record=loaded.record) == 0
    assert len(loaded.events) == 1
