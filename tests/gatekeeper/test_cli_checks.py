"""check, caption, faces, strip and rules, as other programs call them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.cli.problems import message_for
from gatekeeper.demo.vectors import SCHOOL

PUPILS = ("p04", "p16", "p12", "p23", "p27")
PHOTOS = SCHOOL / "photos"


@pytest.fixture(scope="module")
def register(tmp_path_factory) -> Path:
    """A register of five pupils, so that few faces have to be learnt."""
    folder = tmp_path_factory.mktemp("register")
    for name in ("roll.csv", "consents.csv", "biometric.csv"):
        header, *rows = (SCHOOL / name).read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.startswith(PUPILS)]
        (folder / name).write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    for pupil in PUPILS:
        shutil.copytree(SCHOOL / "faces" / pupil, folder / "faces" / pupil)
    return folder


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def run(*words: object, stdin: str | None = None):
    return CliRunner().invoke(app, [str(word) for word in words], input=stdin)


def check(register, photo, caption="Year 5 pupils.", *more):
    return run(
        "check", photo, "--register", register, "--caption", caption, "--alt", "Two pupils.", *more
    )


def test_a_photo_of_consented_pupils_is_clear(register):
    result = check(register, PHOTOS / "group_38.jpg", "Year 5 pupils.", "--class", "5K", "--json")
    report = json.loads(result.output)
    assert (result.exit_code, report["verdict"], report["channel"]) == (0, "clear", "website")
    (photo,) = report["photos"]
    assert photo["sha256"] == hashlib.sha256((PHOTOS / "group_38.jpg").read_bytes()).hexdigest()
    assert (photo["width"], photo["height"]) == (2048, 1365)
    assert {face["pupil_id"] for face in photo["faces"]} == {"p16", "p12"}
    assert {face["decision"] for face in photo["faces"]} == {"consented"}
    for face in photo["faces"]:
        left, top, right, bottom = face["box"]
        assert 0 <= left < right <= 2048
        assert 0 <= top < bottom <= 1365


def test_a_batch_gives_one_line_for_each_in_order(register, tmp_path):
    def line(photo, caption, **more):
        return json.dumps(
            {"photos": [str(PHOTOS / photo)], "caption": caption, "alt": ["Pupils."], **more}
        )

    (tmp_path / "note.jpg").write_text("not a picture", encoding="utf-8")
    shutil.copy(PHOTOS / "nopeople_01.jpg", tmp_path / "beside.jpg")
    batch = tmp_path / "batch.jsonl"
    lines = [
        line("group_38.jpg", "Year 5 pupils.", **{"class": "5K"}),
        line("group_38.jpg", "Well done Zofia!", **{"class": "5K"}),
        "this is not JSON",
        line("group_31.jpg", "Year 8 pupils.", channel="twitter"),
        line("absent.jpg", "Year 8 pupils."),
        line("group_38.jpg", " \u200b "),
        line("group_38.jpg", "Fine.", channel="billboard"),
        json.dumps({"photos": [str(tmp_path / "note.jpg")], "caption": "x", "alt": ["x y"]}),
        json.dumps({"photos": ["beside.jpg"], "caption": "Paintings.", "alt": ["Paintings."]}),
        json.dumps({"photos": [], "caption": "Nothing."}),
        json.dumps({"photos": ["beside.jpg"], "caption": "x", "colour": "red"}),
        "",
    ]
    batch.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run("check", "--batch", batch, "--register", register, "--json")
    assert result.exit_code == 0
    got = [json.loads(answer) for answer in result.stdout.splitlines()]
    short = [answer.get("verdict", "error") for answer in got]
    assert short == [
        "clear", "rejected", "error", "rejected", "error", "error", "error", "rejected", "clear",
        "error", "error", "error",
    ]  # fmt: skip
    named = next(f for f in got[1]["findings"] if f["rule"] == "child-named")
    start, end = named["span"]
    assert (named["field"], "Well done Zofia!"[start:end]) == ("caption", "Zofia")
    assert [f["rule"] for f in got[7]["findings"]] == ["unreadable-picture"]
    assert got[7]["photos"][0]["clean_sha256"] is None


@pytest.mark.parametrize(
    ("photo", "caption", "more", "complaint"),
    [
        ("absent.jpg", "Fine.", (), "cannot be read"),
        (PHOTOS / "group_38.jpg", "  ", (), "caption"),
        (PHOTOS / "group_38.jpg", "Fine.", ("--channel", "billboard"), "billboard"),
        (PHOTOS / "group_38.jpg", "Fine.", ("--policy", "lenient"), "standard"),
        (PHOTOS / "group_38.jpg", "Fine.", ("--alt", "x", "--alt", "y"), "more alt texts"),
    ],
)
def test_what_cannot_be_judged_is_exit_code_two(register, photo, caption, more, complaint):
    result = check(register, photo, caption, *more)
    # What `main` turns into one line and exit code 2 reaches the runner as an exception.
    refused = isinstance(result.exception, SystemExit) and result.exit_code == 2
    assert complaint in (result.stderr if refused else message_for(result.exception))


def test_a_register_with_a_mistake_is_refused_whole(register, tmp_path):
    folder = tmp_path / "register"
    shutil.copytree(register, folder)
    with (folder / "consents.csv").open("a", encoding="utf-8") as file:
        file.write("p99,website,group,yes,mother,2026-01-01,,\n")
    result = check(folder, PHOTOS / "group_38.jpg")
    assert "consents.csv, row" in message_for(result.exception)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Year 5 pupils at sports day.", 0), ("Well done Zofia!", 4), ("#WellDoneZofia", 4)],
)
def test_caption_says_it_with_its_exit_code(register, text, code):
    assert run("caption", text, "--register", register).exit_code == code


def test_captions_from_a_pipe_give_one_json_a_line(register):
    result = run("caption", "-", "--register", register, stdin="Fine.\nWell done Zofia!\n")
    assert [json.loads(line)["verdict"] for line in result.stdout.splitlines()] == [
        "clear",
        "rejected",
    ]


def test_faces_without_a_register_are_boxes(register):
    result = run("faces", PHOTOS / "group_38.jpg", "absent.jpg", "--json")
    found, missing = (json.loads(line) for line in result.stdout.splitlines())
    assert len(found["faces"]) == 2
    assert {face["pupil_id"] for face in found["faces"]} == {None}
    assert "error" in missing
    assert result.exit_code == 2


def test_strip_writes_clean_copies_and_says_what_went(tmp_path):
    shutil.copy(PHOTOS / "group_07.jpg", tmp_path / "a.jpg")
    result = run("strip", tmp_path / "a.jpg", tmp_path / "out.jpg", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["problem"]) == (0, "")
    assert "GPS position" in report["removed"]
    assert (tmp_path / "out.jpg").read_bytes()[:2] == b"\xff\xd8"
    again = run("strip", tmp_path / "a.jpg", tmp_path / "a.jpg")
    assert again.exit_code == 2


def test_rules_lists_and_explains(register):
    assert "child-named" in run("rules").stdout
    assert json.loads(run("rules", "lone-pupil", "--json").stdout)["policy"] == ["P03", "P04"]
    assert run("rules", "no-such-rule").exit_code == 2


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Ring 07700 900461", "personal-data"),
        ("See bit.ly/abc", "unchecked-link"),
        ("Year 5 will be at Elm Park next Tuesday at 2 pm", "whereabouts"),
        ("Our swimming gala", "flagged-wording"),
        ("Well done Oliwia Nowhere!", "may-name-child"),
    ],
)
def test_caption_runs_every_rule_that_reads_text(register, text, rule):
    report = json.loads(run("caption", text, "--register", register, "--json").stdout)
    assert rule in [finding["rule"] for finding in report["findings"]]
    assert set(report) == {"verdict", "findings"}


def test_empty_lines_and_odd_characters_keep_their_place_in_a_pipe(register):
    lines = "Fine.\n\nTwo\x0bin\u2028one\r\nWell done Zofia!"
    result = run("caption", "-", "--register", register, stdin=lines)
    verdicts = [json.loads(line)["verdict"] for line in result.stdout.splitlines()]
    assert verdicts == ["clear", "clear", "clear", "rejected"]


def test_a_schools_policy_counts_for_captions_too(register, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('[rules.unchecked-link]\nown_sites = ["bit.ly"]\n', encoding="utf-8")
    result = run("caption", "See bit.ly/abc", "--register", register, "--policy", policy)
    assert result.exit_code == 0


def test_without_recognition_faces_are_found_and_a_person_must_say_who(register):
    photo = PHOTOS / "group_38.jpg"
    report = json.loads(
        check(register, photo, "Fine.", "--policy", "no-recognition", "--json").stdout
    )
    faces = report["photos"][0]["faces"]
    assert len(faces) == 2
    assert {(face["decision"], face["pupil_id"], face["distance"]) for face in faces} == {
        ("unknown", None, None)
    }
    assert report["verdict"] == "flagged"
