"""Frozen detector values to JSON columns and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from gatekeeper_detectors.findings import Finding
from gatekeeper_detectors.values import Box, CameraSummary, CleanPicture, Face, Photo, Writing
from gatekeeper_queue.models import SubmissionPhoto

_FACES = TypeAdapter(tuple[Face, ...])
_FINDINGS = TypeAdapter(tuple[Finding, ...])
_CAMERA = TypeAdapter(CameraSummary)
_WORDS = TypeAdapter(tuple[Writing, ...])


def faces_to_json(faces: Iterable[Face]) -> list[dict[str, Any]]:
    return _FACES.dump_python(tuple(faces), mode="json")  # type: ignore[no-any-return]


def faces_from_json(raw: list[dict[str, Any]]) -> tuple[Face, ...]:
    return _FACES.validate_python(raw)


def words_to_json(words: Iterable[Writing]) -> list[dict[str, Any]]:
    return _WORDS.dump_python(tuple(words), mode="json")  # type: ignore[no-any-return]


def findings_to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return _FINDINGS.dump_python(tuple(findings), mode="json")  # type: ignore[no-any-return]


def findings_from_json(raw: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return _FINDINGS.validate_python(raw)


def picture_to_json(clean: CleanPicture) -> dict[str, Any]:
    """Everything about a clean picture but its bytes, which are stored by digest."""
    return {
        "width": clean.width,
        "height": clean.height,
        "upright_width": clean.upright_width,
        "upright_height": clean.upright_height,
        "source_format": clean.source_format,
        "camera": _CAMERA.dump_python(clean.camera, mode="json"),
        "residue": list(clean.residue),
    }


def photo_from_row(row: SubmissionPhoto, jpeg: bytes = b"") -> Photo:
    """The stored photo as the rules look at it; the bytes only where a caller needs them."""
    clean = None
    if row.picture is not None and row.clean_sha256 is not None:
        facts = dict(row.picture)
        clean = CleanPicture(
            jpeg=jpeg,
            sha256=row.clean_sha256,
            camera=_CAMERA.validate_python(facts.pop("camera")),
            residue=tuple(facts.pop("residue")),
            **facts,
        )
    faces = None if row.faces is None else faces_from_json(row.faces)
    words = None if row.words is None else _WORDS.validate_python(row.words)
    return Photo(
        row.name,
        clean,
        row.problem,
        row.mend,
        faces,
        row.faces_problem,
        words,
        row.words_problem,
        tuple(Box(*body) for body in row.bodies),
        row.gradient_hash,
    )
