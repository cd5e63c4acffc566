"""Everything held about one child, on the page and as a file: all of theirs, nothing of others."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from stat import S_IMODE

import pytest
from PIL import Image
from sqlmodel import select
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.composition import open_school
from gatekeeper.settings import load_settings
from gatekeeper_consent.forms import add_form
from gatekeeper_consent.models import FaceTemplate, Guardianship, Pupil, ReferenceFace
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.pictures.cover import PATCH
from gatekeeper_detectors.values import Box, Face, Writing
from gatekeeper_queue.erasing import finish_erasures
from gatekeeper_queue.models import AuditEvent, Submission, SubmissionPhoto
from gatekeeper_queue.record_models import Objection
from gatekeeper_queue.records import faces_to_json, words_to_json

OWN, OTHER, LINE = Box(20, 40, 100, 120), Box(200, 60, 260, 120), Box(10, 170, 120, 190)


def picture():
    """Poppy's face is red, Zoë's is blue, and the board behind them is white."""
    image = Image.new("RGB", (320, 200), "teal")
    for box, colour in ((OWN, "red"), (OTHER, "blue"), (LINE, "white")):
        image.paste(colour, box)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def near(pixel, colour):
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


@pytest.fixture
def filled(town):
    faces = [
        Face(OWN, 0.9, ("centerface",), matched="p1"),
        Face(OTHER, 0.9, ("centerface",), matched="p2"),
    ]
    town.submission("group", "approved", faces=faces, alt="Zoë Marsh and Poppy Wainscott sing")
    jpeg = picture()
    digest = hashlib.sha256(jpeg).hexdigest()
    town.school.store.save_clean(jpeg, digest)
    with town.school.database.write() as session:
        photo = session.get_one(SubmissionPhoto, "photo-group")
        photo.clean_sha256 = digest
        photo.words = words_to_json([Writing(LINE, "Zoë Marsh", 0.9)])
    town.post("live", "group", "live", people=["p1", "p2"], live_at=town.time.now)
    town.submission("others", "flagged", caption="A secret picnic.", faces=faces[1:])
    town.submission(
        "named", "rejected", caption="Well done Poppy Wainscott and Zoë Marsh!",
        findings=[Finding("child-named", Action.REJECT, "m", "", ("P02",))],
    )  # fmt: skip
    now, cipher = town.time.now, town.school.cipher
    with town.school.database.write() as session:

        def record(kind, subject, data):
            return town.school.audit.append(session, "office", kind, subject, data)

        add_form(
            session, cipher, "p1", "signed.pdf", b"%PDF-signed", added_by="office", now=now,
            record=record,
        )  # fmt: skip
        record("consent.set", "p2", {"use": "website"})
        record("face.named", "group", {"photo": "photo-group", "person": "p1"})
        record("register.imported", "register", {"pupils_added": ["p1", "p2", "p3"]})
    town.add(
        ReferenceFace(person_id="p1", picture=cipher.encrypt(b"jpeg"), digest="0", added_at=now),
        FaceTemplate(
            person_id="p1", engine="dlib", engine_version="2", reference_count=1, made_at=now,
            vector=cipher.encrypt(b"\x00\x00\x80\x3f" * 3),
        ),
        Objection(
            submission_id="group", post_id="live", by="parent", at=now,
            words=cipher.encrypt(b"Please take it down."),
        ),
    )  # fmt: skip
    return town


def opened(response):
    assert response.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def files(filled):
    return opened(filled.client("office").fill_in("/register/p1/held"))


def test_all_of_the_childs_is_in_it(files):
    data = json.loads(files["data.json"])
    assert data["name"] == "Poppy Wainscott"
    assert data["On the roll"][0]["pupil_id"] == "p1"
    assert list(data["On the roll"][0]) == list(Pupil.model_fields)  # as people expect it
    assert data["Guardians"][0]["relation"] == "mother"
    assert {row["use"] for row in data["Consents, newest last"]} == {"website", "twitter"}
    assert files[data["Forms"][0]["file"]] == b"%PDF-signed"
    assert files[data["Reference pictures"][0]["file"]] == b"jpeg"
    assert data["What the machine knows of the face"][0]["numbers"] == [1.0, 1.0, 1.0]
    assert data["Objections by guardians"][0]["words"] == "Please take it down."
    captions = [row["caption"] for row in data["Pictures and texts"]]
    assert captions == [
        "Year 5 pupils enjoying a music lesson.", "Well done Poppy Wainscott and [another child]!"
    ]  # fmt: skip
    assert "website: from 2025-11-24" in data["Pictures and texts"][0]["published"]
    done = [row["what"] for row in data["What was done"]]
    assert "said who a face is" in done
    for row in data["Pictures and texts"]:
        assert row["file"] in files


def test_nothing_of_others_is_in_it(files):
    for name in ("data.json", "index.html"):
        told = files[name].decode()
        for other in ("Zoë", "Marsh", "p2", "p3", "Emeka", "secret picnic", "Teacher", "office@"):
            assert other not in told, (name, other)
        assert "parent@school.test" not in told, "one parent may hide from the other"


def test_every_face_and_word_but_the_childs_is_covered(files):
    data = json.loads(files["data.json"])
    shown = Image.open(io.BytesIO(files[data["Pictures and texts"][0]["file"]]))
    assert near(shown.getpixel((60, 80)), (254, 0, 0)), "the child's own face"
    assert near(shown.getpixel((230, 90)), PATCH), "somebody else's face"
    assert near(shown.getpixel((60, 180)), PATCH), "words"
    # In a picture without the child's face, everything is covered.
    assert len(data["Pictures and texts"]) == 2


def test_a_picture_in_which_nobody_was_looked_for_stays_out(filled):
    with filled.school.database.write() as session:
        photo = session.get_one(SubmissionPhoto, "photo-group")
        faces = photo.faces
        photo.words = None
    data = json.loads(opened(filled.client("office").fill_in("/register/p1/held"))["data.json"])
    assert faces
    assert data["Pictures and texts"][0]["file"] == ""


def test_that_it_was_handed_out_is_on_record(filled, files):
    with filled.school.database.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "subject.exported")).one()
    assert (event.actor, event.subject) == ("office", "p1")


def test_a_child_who_does_not_exist_has_no_file(filled):
    client = filled.client("office")
    assert client.get("/register/nobody/held").status_code == 404
    assert client.fill_in("/register/nobody/held").status_code == 404
    assert client.fill_in("/register/nobody/erase", {"name": "x"}).status_code == 404


def test_the_office_types_the_name_and_follows_the_erasure(filled):
    client = filled.client("office")
    page = client.get("/register/p1/held").text
    assert "1 post with this child comes down first" in page
    assert "1 guardian who had a say about no other child goes too" in page
    refused = client.fill_in("/register/p1/erase", {"name": "Poppy"})
    assert (refused.status_code, "Type the name as it stands here" in refused.text) == (422, True)
    assert client.fill_in("/register/p1/erase", {"name": "poppy wainscott"}).status_code == 303
    page = client.get("/register/p1/held").text
    assert "Being erased" in page
    assert "1 thing is in the way" in page
    assert finish_erasures(filled.school) == 0
    with filled.school.database.write() as session:
        from gatekeeper_queue.models import Post

        session.get_one(Post, "live").state = "removed"
        session.get_one(
            Objection, session.exec(select(Objection.id)).one()
        ).decided_at = filled.time.now
    assert finish_erasures(filled.school) == 1
    assert client.get("/register/p1").status_code == 404
    assert "the child with the number p1 was erased" in client.get("/register/p1/held").text
    assert client.get("/register/p9/held").status_code == 404
    assert filled.get(Submission, "group").caption == "No longer kept."
    assert filled.get(Submission, "others").caption == "A secret picnic."
    with filled.school.database.read() as session:
        assert not session.exec(select(Guardianship)).all()
    # Pages that show what is left still open.
    for path in ("/submissions", "/submissions/group", "/submissions/named"):
        assert filled.client("teacher").get(path).status_code == 200
    for path in ("/review", "/published", "/reports", "/incidents"):
        assert filled.client("head").get(path).status_code == 200


def test_the_file_is_made_without_the_pages_too():
    """The command imports this module first, and the pages import it themselves."""
    alone = [sys.executable, "-c", "import gatekeeper.subject"]
    assert subprocess.run(alone, capture_output=True, check=False).returncode == 0


def test_the_commands(tmp_path):
    config = tmp_path / "g.toml"
    config.write_text(f"data = '{tmp_path / 'data'}'\n", encoding="utf-8")

    def run(*words):
        return CliRunner().invoke(app, [*map(str, words), "--config", str(config)])

    made = run(
        "init", "--email", "h@school.example", "--name", "H", "--password", "correct horse battery"
    )
    assert made.exit_code == 0, made.output
    school = open_school(load_settings(config))
    with school.database.write() as session:
        session.add(Pupil(pupil_id="p1", first_name="Poppy", last_name="Wainscott"))
    out = tmp_path / "held.zip"
    assert run("register", "subject", "p1", "--out", out).exit_code == 0
    assert "index.html" in zipfile.ZipFile(out).namelist()
    assert S_IMODE(out.stat().st_mode) == 0o600
    assert run("register", "subject", "p9", "--out", out).exit_code == 2
    wrong = run("register", "erase", "p1", "--name", "Poppy")
    assert (wrong.exit_code, "--name" in wrong.stderr) == (2, True)
    assert "is erased" in run("register", "erase", "p1", "--name", "Poppy Wainscott").stdout
    assert run("register", "erase", "p1", "--name", "Poppy Wainscott").exit_code == 2
    roll = "pupil_id,first_name,middle_names,last_name,preferred_name,class,year\n"
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "roll.csv").write_text(f"{roll}p1,Poppy,,Wainscott,,,\np2,Al,,Low,,,\n")
    for more in ((), ("--preview",)):
        done = run("register", "import", tmp_path / "old", *more)
        assert "left out, because they were erased: 1" in done.stdout
    assert run("register", "erase", "p1", "--readmit").exit_code == 0
    assert run("register", "erase", "p1", "--readmit").exit_code == 2
    assert "whole" in run("audit", "verify").stdout
    school.database.close()


@pytest.mark.parametrize(
    ("matched", "said", "claimed", "own"),
    [
        ("p1", "", "", True),
        ("", "p1", "", True),
        ("", "", "p1", True),
        ("p2", "p1", "", True),
        ("p1", "p2", "", False),
        ("p1", "nobody", "", False),
        ("p1", "", "p2", False),
        ("p2", "", "p1", False),
    ],
)
def test_a_face_that_may_be_another_childs_is_covered(filled, matched, said, claimed, own):
    face = Face(OWN, 0.9, ("centerface",), matched=matched, said=said, claimed=claimed)
    with filled.school.database.write() as session:
        session.get_one(SubmissionPhoto, "photo-group").faces = faces_to_json([face])
    files = opened(filled.client("office").fill_in("/register/p1/held"))
    shown = Image.open(io.BytesIO(files["pictures/1-1.jpg"]))
    assert near(shown.getpixel((60, 80)), (254, 0, 0) if own else PATCH)


def test_the_name_of_a_child_who_has_left_is_taken_out_too(filled):
    with filled.school.database.write() as session:
        session.get_one(Pupil, "p2").left_on = filled.school.today()
    files = opened(filled.client("office").fill_in("/register/p1/held"))
    for name in ("data.json", "index.html"):
        assert "Zoë" not in files[name].decode() and "Marsh" not in files[name].decode()


def test_of_a_child_who_has_left_the_name_stays_in(filled):
    with filled.school.database.write() as session:
        session.get_one(Pupil, "p1").left_on = filled.school.today()
    data = json.loads(opened(filled.client("office").fill_in("/register/p1/held"))["data.json"])
    captions = [row["caption"] for row in data["Pictures and texts"]]
    assert "Well done Poppy Wainscott and [another child]!" in captions
