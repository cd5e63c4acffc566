"""Importing a register folder into a school: faces learnt, permissions lost, posts down."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlmodel import select

from gatekeeper.composition import open_school
from gatekeeper.demo.vectors import SCHOOL, known_vectors
from gatekeeper.keys import make_key_file
from gatekeeper.measuring import digest_of
from gatekeeper.register_import import import_register
from gatekeeper.relearning import learn_anew
from gatekeeper.settings import Settings
from gatekeeper_consent.faces import templates
from gatekeeper_consent.models import FaceTemplate, ReferenceFace
from gatekeeper_consent.register import ImportRefused
from gatekeeper_detectors.faces.engine import DlibEngine, default_engine
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.recognition import Safeguards, lock_again, record_safeguards
from gatekeeper_queue.register_view import register_changes

PUPILS = ("p16", "p23")


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "register"
    made.mkdir()
    for name in ("roll.csv", "consents.csv", "biometric.csv"):
        header, *rows = (SCHOOL / name).read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.startswith(PUPILS)]
        (made / name).write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    for pupil in PUPILS:
        shutil.copytree(SCHOOL / "faces" / pupil, made / "faces" / pupil)
    return made


@pytest.fixture
def school(tmp_path):
    settings = Settings(data=tmp_path / "data")
    make_key_file(settings)
    opened = open_school(settings)
    with opened.database.write() as session:
        facts = Safeguards(opened.today(), "Morgan Vale", opened.today())
        record_safeguards(opened, session, facts, by="test")
    yield opened
    opened.database.close()


def learnt(school) -> dict[str, int]:
    with school.database.read() as session:
        found = templates(
            session, school.cipher, DlibEngine.name, DlibEngine.version, on=school.today()
        )
    return {template.person_id: template.references for template in found}


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_shipped_vectors_are_what_the_engine_measures(school, folder):
    """The demo starts with vectors measured beforehand; here they are measured again."""
    import_register(school, folder, actor="test")
    assert learnt(school) == {"p16": 3, "p23": 3}
    with school.database.read() as session:
        found = templates(
            session, school.cipher, DlibEngine.name, DlibEngine.version, on=school.today()
        )
    shipped = known_vectors()
    for template in found:
        pictures = sorted((folder / "faces" / template.person_id).iterdir())
        centroid = np.mean([shipped[digest_of(p.read_bytes())] for p in pictures], axis=0)
        assert np.linalg.norm(centroid - template.vector) < 0.02


def test_a_picture_of_nobody_or_of_two_people_is_named_and_left_out(school, folder):
    faces = folder / "faces" / "p16"
    Image.new("RGB", (300, 300), "grey").save(faces / "1_nobody.jpg")
    shutil.copy(SCHOOL / "photos" / "group_38.jpg", faces / "2_two.jpg")
    (faces / "3_text.jpg").write_text("not a picture", encoding="utf-8")
    imported = import_register(school, folder, actor="test", known=known_vectors())
    assert learnt(school) == {"p16": 3, "p23": 3}
    unused = [line for line in imported.lines if line.startswith("Not used")]
    assert [line.split(".jpg")[0] for line in unused] == [
        "Not used: faces/p16/1_nobody",
        "Not used: faces/p16/2_two",
        "Not used: faces/p16/3_text",
    ]


def test_nothing_is_imported_when_a_row_is_wrong(school, folder):
    rewrite(folder / "consents.csv", "p16,website,group,yes", "p16,website,group,maybe")
    with pytest.raises(ImportRefused, match="Nothing was imported"):
        import_register(school, folder, actor="test", known=known_vectors())
    assert learnt(school) == {}


def test_withdrawn_biometric_consent_deletes_what_was_learnt(school, folder):
    import_register(school, folder, actor="test", known=known_vectors())
    with school.database.read() as session:
        before = register_changes(session)
    lines = (folder / "biometric.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"{line}2026-11-20" if line.startswith("p16") else line for line in lines]
    (folder / "biometric.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    imported = import_register(school, folder, actor="test", known=known_vectors())
    assert learnt(school) == {"p23": 3}
    assert imported.report.purged == ("p16",)
    with school.database.read() as session:
        assert register_changes(session) > before


@pytest.fixture
def locked(school):
    with school.database.write() as session:
        lock_again(school, session, by="test")
    return school


def test_while_recognition_is_locked_no_picture_is_stored(locked, folder):
    """Everything else is imported, and the lines say what was left out."""
    imported = import_register(locked, folder, actor="test", known=known_vectors())
    assert [line for line in imported.lines if "Reference pictures were left out" in line]
    assert len(imported.report.pupils_added) == 2
    with locked.database.read() as session:
        assert not session.exec(select(ReferenceFace)).all()
        assert not session.exec(select(FaceTemplate)).all()


def test_what_was_learnt_before_the_lock_stays_and_is_learnt_anew_only_after_it(school, folder):
    """As in a school that comes from an earlier version: pictures stay, nothing uses them."""
    import_register(school, folder, actor="test", known=known_vectors())
    with school.database.write() as session:
        lock_again(school, session, by="test")
        for template in session.exec(select(FaceTemplate)).all():
            session.delete(template)
    with FacePool(1, 60) as pool:
        assert learn_anew(school, pool, default_engine()) == 0
        assert learnt(school) == {}
        with school.database.write() as session:
            facts = Safeguards(school.today(), "Morgan Vale", school.today())
            record_safeguards(school, session, facts, by="test")
        assert learn_anew(school, pool, default_engine()) == 2
    assert learnt(school) == {"p16": 3, "p23": 3}
