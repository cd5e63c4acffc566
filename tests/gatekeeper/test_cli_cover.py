"""`gatekeeper cover`, as a person at a terminal uses it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.demo.vectors import SCHOOL
from gatekeeper_detectors.pictures import residue

GROUP = SCHOOL / "photos" / "group_38.jpg"
"""Two pupils."""
NOBODY = SCHOOL / "photos" / "nopeople_01.jpg"


def cover(*words: object):
    return CliRunner().invoke(app, ["cover", *map(str, words)])


@pytest.mark.parametrize(
    ("options", "covered", "left"),
    [((), 2, 0), (("--faces", "2"), 1, 1), (("--faces", "1,2"), 2, 0)],
)
def test_faces_are_covered_in_a_clean_copy(tmp_path: Path, options, covered, left) -> None:
    target, before = tmp_path / "out.jpg", GROUP.read_bytes()
    result = cover(GROUP, target, "--json", *options)
    assert result.exit_code == 0
    report = json.loads(result.output)
    assert (report["covered"], report["left"]) == (covered, left)
    assert report["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert residue(target.read_bytes()) == ()
    assert GROUP.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.jpg"]


@pytest.mark.parametrize(
    ("source", "name", "options", "words"),
    [
        (GROUP, "out.jpg", ("--faces", "3"), "There are 2 faces"),
        (GROUP, "out.jpg", ("--faces", "0"), "There are 2 faces"),
        (GROUP, "out.jpg", ("--faces", "left"), "'all', 'unknown', or numbers"),
        (GROUP, "out.jpg", ("--faces", "unknown"), "needs --register"),
        (NOBODY, "out.jpg", (), "No face was found"),
        (SCHOOL / "roll.csv", "out.jpg", (), "roll.csv"),
        (SCHOOL / "absent.jpg", "out.jpg", (), "cannot be read"),
        (GROUP, "out.png", (), "is a JPEG"),
        (GROUP, "nowhere/out.jpg", (), "There is no folder"),
    ],
)
def test_what_cannot_be_done_writes_nothing(tmp_path: Path, source, name, options, words) -> None:
    result = cover(source, tmp_path / name, *options)
    assert result.exit_code == 2
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    target.write_bytes(b"precious")
    assert cover(GROUP, target).exit_code == 2
    assert target.read_bytes() == b"precious"
