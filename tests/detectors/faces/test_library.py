"""What loading face_recognition must leave as it was."""

from __future__ import annotations

from PIL import ImageFile

from gatekeeper_detectors.faces.library import face_recognition


def test_pillow_still_complains_of_broken_pictures():
    """Without the complaint the verifier of clean pictures cannot see what is tucked in."""
    assert face_recognition().face_encodings
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
