"""The search in this process and in children that crash, hang or work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from gatekeeper_detectors.faces.enrol import Unusable
from gatekeeper_detectors.faces.search import FacePool, SearchFailed, search

Jpeg = Callable[..., bytes]


@pytest.fixture(scope="module")
def pool() -> Iterator[FacePool]:
    with FacePool(workers=1, seconds=60) as pool:
        yield pool


def test_a_child_finds_the_same(pool: FacePool, jpeg: Jpeg) -> None:
    picture = jpeg("photos/single_04.jpg", 640)
    here, there = search(picture), pool.search(picture)
    assert there == here
    (mine,), (theirs,) = here, there
    assert mine.vector is not None
    assert theirs.vector is not None
    assert np.allclose(mine.vector, theirs.vector)


def test_nobody(pool: FacePool, blank: bytes) -> None:
    assert pool.search(blank) == ()


def test_small_faces_are_found_but_not_guessed_at(jpeg: Jpeg) -> None:
    faces = search(jpeg("photos/group_07.jpg", 200))
    assert faces
    assert all(face.unfit.startswith("too small") for face in faces)
    assert [face.vector is None for face in faces] == [face.box.height < 40 for face in faces]


def test_reasons_come_through(pool: FacePool, blank: bytes, jpeg: Jpeg) -> None:
    with pytest.raises(Unusable, match="no face"):
        pool.encode_reference(blank)
    assert pool.encode_reference(jpeg("faces/p01/ref_1.jpg")).vector.shape == (128,)


@pytest.mark.parametrize("broken", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut off"])
def test_a_broken_picture_is_a_failed_search(pool: FacePool, broken: bytes) -> None:
    with pytest.raises(SearchFailed, match="broke off"):
        pool.search(broken)


def test_a_crash_costs_one_search(pool: FacePool, blank: bytes) -> None:
    with pytest.raises(SearchFailed, match="broke off"):
        pool._run(signal.raise_signal, signal.SIGKILL)
    assert pool.search(blank) == ()


def test_a_search_that_hangs_is_killed() -> None:
    with (
        FacePool(workers=1, seconds=0.5) as pool,
        pytest.raises(SearchFailed, match=r"longer than 0\.5 seconds"),
    ):
        pool._run(signal.pause)


class NotForChildren:
    """Can be sent and not be received, which ends a pool for good."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


def test_a_pool_that_broke_is_replaced(pool: FacePool, blank: bytes) -> None:
    with pytest.raises(SearchFailed, match="broke off"):
        pool._run(search, NotForChildren())
    assert pool.search(blank) == ()


def test_after_closing_nothing_is_searched(blank: bytes) -> None:
    with FacePool() as pool:
        pass
    with pytest.raises(SearchFailed):
        pool.search(blank)


def test_without_measuring_the_same_faces_are_found_and_none_can_be_known(
    pool: FacePool, jpeg: Jpeg
) -> None:
    picture = jpeg("photos/group_07.jpg", 640)
    measured, found = search(picture), pool.find(picture)
    assert found == measured  # vectors are not compared
    assert any(face.vector is not None for face in measured)
    assert all(face.vector is None for face in found)
