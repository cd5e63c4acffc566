"""Pictures of the sample school, as ingest would hand them on."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageOps

Jpeg = Callable[..., bytes]


@pytest.fixture(scope="session")
def school() -> Path:
    return Path(__file__).parents[3] / "config" / "sample-school"


@pytest.fixture(scope="session")
def jpeg(school: Path) -> Jpeg:
    """The upright JPEG of one file of the school, at most `edge` pixels long."""

    def make(name: str, edge: int = 1000) -> bytes:
        with Image.open(school / name) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((edge, edge))
        return as_jpeg(upright)

    return make


@pytest.fixture(scope="session")
def blank() -> bytes:
    return as_jpeg(Image.new("RGB", (320, 240), "beige"))


def as_jpeg(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
