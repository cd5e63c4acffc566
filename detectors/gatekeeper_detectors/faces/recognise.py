"""Whose face is it? The careful, lopsided procedure (P01, G02).

A mistake in one direction publishes a child whose family said no; a mistake in the other
asks the coordinator a question. So a face is given to a person who may be shown only when
everything agrees, and to one who may not on the resemblance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import Answer, Box, Candidate, Face, Photo, Register

SHOWN_CANDIDATES = 5


@dataclass(frozen=True)
class SeenFace:
    """A face as the search leaves it. The vector lives no longer than the recognition:
    `Face`, which is kept, has no room for it."""

    box: Box
    """Pixels of the clean picture."""
    score: float
    found_by: tuple[str, ...]
    unfit: str = ""
    vector: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    """(n,) float32; None for a face too small even to guess at."""
    turn: float | None = None
    """See `Face.turn`."""


def recognise(
    seen: Sequence[SeenFace], register: Register, class_name: str, thresholds: Thresholds
) -> tuple[Face, ...]:
    """The faces of one photo, in the same order, matched where that is beyond doubt.

    A face is matched to the person with the nearest template when it is within `strict`,
    every other enrolled person is at least `margin` further away, that person is staff or
    in the declared class (any class when none is declared), and no other face in the photo
    is nearer to the same person. Where the vectors have parts, each part must agree. Somebody
    who may not be shown is matched as the nearest within `strict`, of the whole or of one
    part, whatever else holds. Pure. Raises `ValueError` when templates and vectors come from
    different engines.
    """
    opinions = [_opinions(face, register, thresholds) for face in seen]
    ranked = [whole.ranked for whole, *_ in opinions]
    matches = [
        "" if face.unfit else _match(views, register, class_name)
        for face, views in zip(seen, opinions, strict=True)
    ]
    rivalled = [_is_rivalled(index, matches, ranked, register) for index in range(len(seen))]
    return tuple(
        Face(
            box=face.box,
            score=face.score,
            found_by=face.found_by,
            unfit=face.unfit,
            turn=face.turn,
            candidates=candidates[:SHOWN_CANDIDATES],
            matched="" if doubtful else matched,
        )
        for face, candidates, matched, doubtful in zip(seen, ranked, matches, rivalled, strict=True)
    )


def photo_with_faces(
    photo: Photo,
    seen: Sequence[SeenFace],
    register: Register,
    class_name: str,
    thresholds: Thresholds,
) -> Photo:
    """The photo with its faces recognised."""
    faces = recognise(seen, register, class_name, thresholds)
    return replace(photo, faces=faces, faces_problem="")


@dataclass(frozen=True)
class _Opinion:
    """Everybody enrolled, nearest first, as the whole vector or one part of it sees them."""

    ranked: tuple[Candidate, ...]
    block: float
    """Within this the nearest is matched when they may not be shown."""
    reach: float
    margin: float

    @property
    def nearest(self) -> str:
        return self.ranked[0].person_id if self.ranked else ""

    @property
    def is_sure(self) -> bool:
        """Near enough to one person, and far enough from everybody else."""
        if not self.ranked or self.ranked[0].distance > self.reach:
            return False
        return len(self.ranked) < 2 or (
            self.ranked[1].distance - self.ranked[0].distance >= self.margin
        )


def _opinions(face: SeenFace, register: Register, thresholds: Thresholds) -> list[_Opinion]:
    """The whole vector's opinion, and then each part's."""
    values = slice(None)
    whole = _ranked(face, register, values)
    opinions = [_Opinion(whole, thresholds.strict, thresholds.strict, thresholds.margin)]
    start = 0
    for part in thresholds.parts:
        values = slice(start, start + part.size)
        start += part.size
        ranked = _ranked(face, register, values)
        opinions.append(_Opinion(ranked, part.strict, part.reach, part.margin))
    if thresholds.parts and face.vector is not None and face.vector.size != start:
        raise ValueError("the thresholds are for another engine than the face's vector")
    return opinions


def _ranked(face: SeenFace, register: Register, values: slice) -> tuple[Candidate, ...]:
    """Everybody enrolled, nearest first; nobody when the face cannot be compared."""
    if face.vector is None or not register.templates:
        return ()
    known = np.stack([template.vector for template in register.templates])
    if known.shape[1:] != face.vector.shape:
        raise ValueError("the templates were made by another engine than the face's vector")
    apart = known.astype(np.float64) - face.vector
    if not np.isfinite(apart).all():  # a broken number is no reason to be sure
        return ()
    distances = np.linalg.norm(apart[:, values], axis=1)
    nearest: dict[str, float] = {}
    for template, distance in zip(register.templates, distances.tolist(), strict=True):
        nearest[template.person_id] = min(distance, nearest.get(template.person_id, distance))
    candidates = [Candidate(person_id, distance) for person_id, distance in nearest.items()]
    # Of two who are equally near, the one who may not be shown comes first.
    return tuple(
        sorted(
            candidates,
            key=lambda one: (
                one.distance,
                _may_be_shown(one.person_id, register),
                one.person_id,
            ),
        )
    )


def _match(opinions: Sequence[_Opinion], register: Register, class_name: str) -> str:
    """The id of the person whose face it is, as far as this face alone can tell."""
    for opinion in opinions:
        near = opinion.ranked and opinion.ranked[0].distance <= opinion.block
        if near and not _may_be_shown(opinion.nearest, register):
            return opinion.nearest
    person_id = opinions[0].nearest
    agreed = all(one.nearest == person_id and one.is_sure for one in opinions)
    return person_id if agreed and _expected(person_id, register, class_name) else ""


def _is_rivalled(
    index: int,
    matches: Sequence[str],
    ranked: Sequence[tuple[Candidate, ...]],
    register: Register,
) -> bool:
    """Is another face matched to the same person, or nearer to them? Nobody is there twice.

    Whoever may not be shown stays matched: one of the two is likely that child.
    """
    person_id = matches[index]
    if not person_id or not _may_be_shown(person_id, register):
        return False
    mine = ranked[index][0].distance
    return any(
        matches[other] == person_id
        or (ranked[other][0].person_id == person_id and ranked[other][0].distance <= mine)
        for other in range(len(matches))
        if other != index and ranked[other]
    )


def _may_be_shown(person_id: str, register: Register) -> bool:
    pupil = register.pupil_by_id.get(person_id)
    return person_id in register.staff_by_id or (pupil is not None and pupil.group is Answer.YES)


def _expected(person_id: str, register: Register, class_name: str) -> bool:
    """Staff are expected everywhere, pupils in a class of theirs that the author declared."""
    if person_id in register.staff_by_id or not class_name.strip():
        return True
    return register.pupil_by_id[person_id].is_in(class_name)
