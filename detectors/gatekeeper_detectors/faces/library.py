"""face_recognition, loaded where it is needed: it takes a second."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def face_recognition() -> Any:
    """The module.

    Its models are found by a package that says at each import that it is old; `setuptools`
    is held at a version that still has it (see pyproject.toml). And it tells Pillow to load
    broken pictures without complaint, everywhere in the process, which is taken back here:
    ingest and its verifier rely on the complaint.
    """
    from PIL import ImageFile

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        import face_recognition as module
    ImageFile.LOAD_TRUNCATED_IMAGES = before
    return module
