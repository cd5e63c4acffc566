"""A verdict as the JSON and the plain text that other programs and people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gatekeeper_detectors.findings import Action, Finding, Outcome, Verdict
from gatekeeper_detectors.pictures.strip import StripResult
from gatekeeper_detectors.values import Box, Case, Decision, Face, Photo, Register

EXIT_CODES = {Outcome.CLEAR: 0, Outcome.FLAGGED: 3, Outcome.REJECTED: 4}
"""Exit codes of `gatekeeper check`; 2 is unusable input."""


def verdict_to_json(case: Case, verdict: Verdict, originals: tuple[str, ...]) -> dict[str, Any]:
    """The report on one submission. `originals` holds the sha256 of each file as given.

    Boxes are pixels in the upright picture, spans are code points in the text as given.
    """
    return {
        "verdict": str(verdict.outcome),
        "rule_set": verdict.rule_set,
        "channel": case.channel,
        "photos": [
            photo_to_json(photo, original, case.register)
            for photo, original in zip(case.photos, originals, strict=True)
        ],
        "findings": [finding_to_json(finding, case.photos) for finding in verdict.findings],
    }


def photo_to_json(photo: Photo, original: str, register: Register) -> dict[str, Any]:
    """One picture: digests, size and faces; nulls where it could not be read."""
    clean = photo.clean
    return {
        "path": photo.name,
        "sha256": original,
        "clean_sha256": clean.sha256 if clean else None,
        "width": clean.upright_width if clean else None,
        "height": clean.upright_height if clean else None,
        "faces": [face_to_json(face, photo, register) for face in photo.faces or ()],
        "words": [
            {"box": _upright(line.box, photo), "text": line.text, "score": round(line.score, 4)}
            for line in photo.words or ()
        ],
    }


def face_to_json(face: Face, photo: Photo, register: Register) -> dict[str, Any]:
    decision = face.decision(register) or Decision.UNKNOWN
    person = face.person_id
    distances = {candidate.person_id: candidate.distance for candidate in face.candidates}
    nearest = face.candidates[0].distance if face.candidates else None
    distance = distances.get(person, nearest)
    return {
        "box": _upright(face.box, photo),
        "pupil_id": person if person in register.pupil_by_id else None,
        "staff_id": person if person in register.staff_by_id else None,
        "decision": str(decision),
        "distance": None if distance is None else round(distance, 4),
        "score": round(face.score, 4),
        "unfit": face.unfit,
        "turn": None if face.turn is None else round(face.turn, 2),
    }


def finding_to_json(finding: Finding, photos: tuple[Photo, ...]) -> dict[str, Any]:
    box = None
    if finding.box is not None and finding.photo is not None:
        box = _upright(finding.box, photos[finding.photo])
    return {
        "rule": finding.rule,
        "action": str(finding.action),
        "photo": finding.photo,
        "box": box,
        "field": finding.field,
        "span": list(finding.span) if finding.span else None,
        "message": finding.message,
        "mend": finding.mend,
        "policy": list(finding.policy),
    }


def verdict_as_text(case: Case, verdict: Verdict) -> Iterator[str]:
    """The report for a terminal, line by line."""
    yield {
        Outcome.CLEAR: "CLEAR: no rule objects.",
        Outcome.FLAGGED: "FLAGGED: a person must decide.",
        Outcome.REJECTED: "REJECTED: this must not be published as it is.",
    }[verdict.outcome]
    for finding in verdict.findings:
        where = _place(finding, case.photos)
        mark = {Action.REJECT: "✗", Action.FLAG: "?", Action.NOTE: "·"}[finding.action]
        yield f"{mark} {finding.rule}{where}: {finding.message}"
        if finding.action is not Action.NOTE:
            yield f"    To mend it: {finding.mend}"
    faces = sum(len(photo.faces or ()) for photo in case.photos)
    yield f"Faces found: {faces}. Look at the picture yourself: is that all of them?"


def _place(finding: Finding, photos: tuple[Photo, ...]) -> str:
    """Which photo and, counted from the left, which face."""
    if finding.photo is None:
        return ""
    boxes = sorted(face.box for face in photos[finding.photo].faces or ())
    face = f", face {boxes.index(finding.box) + 1}" if finding.box in boxes else ""
    return f" (photo {finding.photo + 1}{face})"


def strip_to_json(result: StripResult) -> dict[str, Any]:
    """What became of one file of `gatekeeper strip`; `target` is null when it was refused."""
    return {
        "source": str(result.source),
        "target": str(result.target) if result.target else None,
        "removed": list(result.camera.found),
        "width": result.width or None,
        "height": result.height or None,
        "problem": result.problem,
        "mend": result.mend,
    }


def strip_as_text(result: StripResult) -> str:
    if result.target is None:
        return f"✗ {result.source}: {result.problem} {result.mend}"
    removed = ", ".join(result.camera.found) or "nothing hidden in it"
    return f"✓ {result.source} → {result.target} (removed: {removed})"


def _upright(box: Box, photo: Photo) -> list[int]:
    return list(box.scaled(photo.clean.to_upright) if photo.clean else box)
