"""The decoding process: whatever becomes of it, the answer is clear."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest

from gatekeeper_detectors.pictures.child import answer_of, decode_in_child, read_answer
from gatekeeper_detectors.pictures.contract import Limits, Unreadable


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _framed(facts: object, rest: bytes = b"") -> bytes:
    content = json.dumps(facts).encode()
    return len(content).to_bytes(4, "big") + content + rest


def test_a_picture_comes_back_whole(saved):
    decoded = decode_in_child(saved("PNG"), Limits())
    assert decoded.jpeg[:2] == b"\xff\xd8"
    assert (decoded.width, decoded.height, decoded.source_format) == (64, 48, "PNG")


def test_nothing_is_imported_from_the_folder_of_the_pictures(saved, tmp_path, monkeypatch):
    (tmp_path / "PIL.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    assert decode_in_child(saved(), Limits()).width == 64


def test_out_of_time(saved):
    with pytest.raises(Unreadable, match="too much time or memory"):
        decode_in_child(saved(), Limits(seconds=0.001))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits address space")
def test_out_of_memory(saved, quadrants):
    data = saved("PNG", quadrants(4000, 4000))
    with pytest.raises(Unreadable, match="too much time or memory"):
        decode_in_child(data, Limits(memory=128 * 1024 * 1024))
    assert decode_in_child(data, Limits()).width == 1600


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGXCPU"])
def test_killed(name):
    number = int(getattr(signal, name))
    code = (
        "import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
        f"os.kill(os.getpid(), {number})"
    )
    with pytest.raises(Unreadable, match="too much time or memory"):
        answer_of(_python(code), b"data", 30)


def test_a_process_that_fails():
    with pytest.raises(Unreadable):
        answer_of(_python("raise SystemExit(3)"), b"data", 30)


def test_a_process_that_does_not_listen_is_no_error():
    assert answer_of(_python("print('done', end='')"), b"x" * 10_000_000, 30) == b"done"


def test_the_process_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("GATEKEEPER_KEY", "secret")
    code = "import os; print(sorted(os.environ))"
    assert b"GATEKEEPER_KEY" not in answer_of(_python(code), b"", 30)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        b"\0\0\0\x05nonsense",
        b"\xff\xff\xff\xff{}",
        _framed([]),
        _framed("message"),
        _framed(7),
        _framed({}),
        _framed({"camera": {}}),
        _framed({"camera": {"found": [], "surprise": 1}}),
        _framed({"message": "no mend"}),
        _framed({"width": 1, "camera": {"found": []}}),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_refusal(answer):
    with pytest.raises(Unreadable):
        read_answer(answer)


def test_a_refusal_is_passed_on():
    with pytest.raises(Unreadable) as refusal:
        read_answer(_framed({"message": "Too odd.", "mend": "Send another."}))
    assert (refusal.value.message, refusal.value.mend) == ("Too odd.", "Send another.")
