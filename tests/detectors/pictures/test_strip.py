"""`gatekeeper strip`: clean copies elsewhere, originals untouched, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gatekeeper_detectors.pictures import StripRefused, residue, strip_path


@pytest.fixture
def album(tmp_path: Path, saved, phone_exif) -> Path:
    """A folder with pictures in two levels, two that want one name, and one that is none."""
    folder = tmp_path / "in"
    (folder / "trip").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(saved(exif=phone_exif))
    (folder / "trip" / "b.PNG").write_bytes(saved("PNG"))
    (folder / "trip" / "b.webp").write_bytes(saved("WEBP", Image.new("RGB", (40, 30), "red")))
    (folder / "notes.jpg").write_text("not a picture")
    return folder


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder(album, tmp_path):
    before = _contents(album)
    results = {str(r.source.relative_to(album)): r for r in strip_path(album, tmp_path / "out")}
    assert _contents(album) == before
    written = _contents(tmp_path / "out")
    assert sorted(written) == ["a.jpg", str(Path("trip", "b-2.jpg")), str(Path("trip", "b.jpg"))]
    assert all(residue(jpeg) == () for jpeg in written.values())
    assert results["a.jpg"].camera.had_gps
    assert (results["a.jpg"].width, results["a.jpg"].height) == (64, 48)
    assert results["notes.jpg"].target is None
    assert "text file" in results["notes.jpg"].problem
    assert results["notes.jpg"].mend


def test_again_writes_nothing_new(album, tmp_path):
    first = strip_path(album, tmp_path / "out")
    before = _contents(tmp_path / "out")
    assert strip_path(album, tmp_path / "out") == first
    assert _contents(tmp_path / "out") == before


def test_each_file_is_reported_as_it_is_done(album, tmp_path):
    told = []
    assert strip_path(album, tmp_path / "out", each=told.append) == told


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("clean.jpg", "clean.jpg"),
        ("clean.JPEG", "clean.JPEG"),
        ("clean.png", "clean.jpg"),
        ("clean", "clean.jpg"),
        ("new/folder/clean.jpg", "new/folder/clean.jpg"),
    ],
)
def test_one_file(album, tmp_path, target, written):
    (result,) = strip_path(album / "a.jpg", tmp_path / target)
    assert result.target == tmp_path / written
    assert residue(result.target.read_bytes()) == ()


def test_one_file_into_a_folder(album, tmp_path):
    (tmp_path / "out").mkdir()
    (result,) = strip_path(album / "trip" / "b.PNG", tmp_path / "out")
    assert result.target == tmp_path / "out" / "b.jpg"


def test_an_existing_file_is_not_overwritten(album, tmp_path):
    (tmp_path / "mine.jpg").write_text("something else")
    (result,) = strip_path(album / "a.jpg", tmp_path / "mine.jpg")
    assert result.target == tmp_path / "mine-2.jpg"
    assert (tmp_path / "mine.jpg").read_text() == "something else"


def test_a_copy_beside_the_original_gets_another_name(album):
    original = (album / "a.jpg").read_bytes()
    (result,) = strip_path(album / "a.jpg", album)
    assert result.target == album / "a-2.jpg"
    assert (album / "a.jpg").read_bytes() == original


@pytest.mark.parametrize("target", [".", "trip", "trip/new", "../in", "../in/./new"])
def test_not_into_the_originals(album, target):
    before = _contents(album)
    with pytest.raises(StripRefused):
        strip_path(album, album / target)
    assert _contents(album) == before


def test_not_onto_itself(album):
    with pytest.raises(StripRefused, match="originals stay"):
        strip_path(album / "a.jpg", album / "trip" / ".." / "a.jpg")


def test_not_through_a_link_to_the_originals(album, tmp_path):
    (tmp_path / "link").symlink_to(album, target_is_directory=True)
    with pytest.raises(StripRefused):
        strip_path(album, tmp_path / "link" / "out")


def test_a_folder_into_a_file(album, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StripRefused, match="name a folder"):
        strip_path(album, tmp_path / "out")


def test_a_missing_source(tmp_path):
    with pytest.raises(StripRefused, match="no file or folder"):
        strip_path(tmp_path / "nothing", tmp_path / "out")


def test_a_place_that_cannot_be_written(album, tmp_path):
    (tmp_path / "out").write_text("a file where a folder is needed")
    (result,) = strip_path(album / "a.jpg", tmp_path / "out" / "deeper" / "a.jpg")
    assert result.target is None
    assert "could not be" in result.problem
