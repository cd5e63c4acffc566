"""Have a picture decoded in a process of its own, and read its answer with suspicion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from gatekeeper_detectors.pictures.contract import Limits, Unreadable, damaged, too_much_work
from gatekeeper_detectors.values import CameraSummary

DECODER = "gatekeeper_detectors.pictures.decoder"

_KEPT_ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
)
"""What the process needs to start. Keys and tokens of the application are not among it."""


@dataclass(frozen=True)
class Decoded:
    """What the decoding process says it made; `jpeg` is not verified yet."""

    jpeg: bytes
    width: int
    height: int
    upright_width: int
    upright_height: int
    source_format: str
    camera: CameraSummary


def decode_in_child(data: bytes, limits: Limits) -> Decoded:
    """Decode, clean and re-encode `data`. Raises `Unreadable`."""
    # -P: a module that lies in the folder of the pictures is not imported.
    command = [sys.executable, "-P", "-m", DECODER, json.dumps(asdict(limits))]
    return read_answer(answer_of(command, data, limits.seconds))


def answer_of(command: Sequence[str], data: bytes, seconds: float) -> bytes:
    """What `command` writes when it is fed `data`. Raises `Unreadable` when it does not end well.

    A process that is stopped by a signal ran into a limit or crashed in a decoder.
    """
    try:
        done = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=_environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_much_work() from None
    if done.returncode != 0:
        raise too_much_work()
    return done.stdout


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    kept = {name: ours[name] for name in _KEPT_ENVIRONMENT if name in ours}
    # numpy's threads would reserve more address space than the memory limit grants.
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def read_answer(answer: bytes) -> Decoded:
    """Take the answer apart. Raises `Unreadable`, also when it makes no sense."""
    try:
        length = 4 + int.from_bytes(answer[:4], "big")
        facts = json.loads(answer[4:length])
        if "message" in facts:
            raise Unreadable(str(facts["message"]), str(facts["mend"]))
        camera = facts.pop("camera")
        found = tuple(camera.pop("found"))
        return Decoded(answer[length:], camera=CameraSummary(**camera, found=found), **facts)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged() from None
