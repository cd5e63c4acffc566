"""The process in which a stranger's file is decoded: `python -m …pictures.decoder LIMITS`.

Bytes come on standard input. On standard output go four bytes of length, a JSON object
of that length, and the clean JPEG. The object is either a refusal (`message`, `mend`) or
says what the picture is. Whatever a broken file does to the decoders happens here, under
limits on memory and time, in a process that holds no secrets.
"""

from __future__ import annotations

import io
import json
import math
import sys
import warnings
from dataclasses import asdict
from typing import Any

from PIL import Image

from gatekeeper_detectors.pictures.containers import walk
from gatekeeper_detectors.pictures.contract import (
    Limits,
    Unreadable,
    damaged,
    incomplete,
    too_much_work,
)
from gatekeeper_detectors.pictures.encoding import JPEG_SETTINGS
from gatekeeper_detectors.pictures.hidden import summarise
from gatekeeper_detectors.pictures.pixels import decode, open_picture
from gatekeeper_detectors.pictures.sniff import Kind, sniff


def main() -> None:
    limits = Limits(**json.loads(sys.argv[1]))
    data = sys.stdin.buffer.read()
    _confine(limits)
    warnings.simplefilter("ignore")  # libraries warn of oddities in files
    try:
        facts, jpeg = _clean(data, limits)
    except Exception as error:
        facts, jpeg = _refusal(error), b""
    answer = json.dumps(facts).encode()
    sys.stdout.buffer.write(len(answer).to_bytes(4, "big") + answer + jpeg)


def _confine(limits: Limits) -> None:
    """Limits by the operating system, as far as it has them; the parent keeps the clock."""
    try:
        import resource
    except ImportError:  # Windows
        return
    seconds = math.ceil(limits.seconds)
    wanted = (
        (resource.RLIMIT_AS, limits.memory, limits.memory),
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),  # a core file would hold the picture
    )
    for what, soft, hard in wanted:
        try:
            resource.setrlimit(what, (soft, hard))
        except (OSError, ValueError):  # macOS refuses RLIMIT_AS; an outer limit is lower
            continue


def _clean(data: bytes, limits: Limits) -> tuple[dict[str, Any], bytes]:
    kind = sniff(data)
    image = _whole(data, kind, limits)
    upright = decode(image, kind, limits)
    buffer = io.BytesIO()
    upright.picture.save(buffer, **JPEG_SETTINGS)
    facts = {
        "width": upright.picture.width,
        "height": upright.picture.height,
        "upright_width": upright.width,
        "upright_height": upright.height,
        "source_format": kind.name,
        "camera": asdict(summarise(data, kind, image)),
    }
    return facts, buffer.getvalue()


def _whole(data: bytes, kind: Kind, limits: Limits) -> Image.Image:
    """The opened picture, once the file is known to have arrived to its end."""
    if not kind.accepted:
        raise Unreadable("This is not a picture that can be used.", kind.mend)
    if walk(data, kind).end is None:
        raise incomplete()
    return open_picture(data, kind, limits)


def _refusal(error: Exception) -> dict[str, str]:
    """Words for whatever the libraries raised; they raise nearly everything."""
    if isinstance(error, Unreadable):
        refusal = error
    elif isinstance(error, MemoryError):
        refusal = too_much_work()
    else:
        refusal = incomplete() if "truncated" in str(error).lower() else damaged()
    return {"message": refusal.message, "mend": refusal.mend}


if __name__ == "__main__":
    main()
