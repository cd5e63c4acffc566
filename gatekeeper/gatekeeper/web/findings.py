"""What the rules found, one entry for what they say of several channels or faces alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.web.faces import FaceView, face_at
from gatekeeper.web.words import channel_name
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box
from gatekeeper_queue.models import Judgement
from gatekeeper_queue.records import findings_from_json

Faces = Sequence[Sequence[FaceView] | None]
"""The faces of each photo, in order; None where they are not known."""

LOOKS = {Action.REJECT: "no", Action.FLAG: "ask", Action.NOTE: "off"}
WORDS = {
    Action.REJECT: "Must be changed",
    Action.FLAG: "A colleague decides",
    Action.NOTE: "For your information",
}
_HEIGHT = re.compile(r" \(\d+ pixels high\)")
_SEVERAL = (
    (
        "This face could not be recognised: it is ",
        "{} faces could not be recognised: they are ",
    ),
    ("This face was ", "{} faces were "),
    ("This face is ", "{} faces are "),
)
"""How what is said of one face is said of several."""


@dataclass(frozen=True)
class Span:
    """Where in a text: code points [start, end)."""

    field: str
    photo: int | None
    start: int
    end: int


@dataclass(frozen=True)
class FindingView:
    """What a rule says, with every place of which it says the same."""

    look: str
    word: str
    rule: str
    message: str
    mend: str
    channels: str
    places: tuple[str, ...]
    spans: tuple[Span, ...]
    boxes: tuple[tuple[int, Box], ...]
    """Photo (from 0) and box of each place in a picture."""

    @property
    def review_word(self) -> str:
        """The word for the person who decides."""
        return "You decide" if self.look == "ask" else self.word

    @property
    def review_message(self) -> str:
        return self.message.replace("the coordinator decides", "you decide")


def findings_of(
    judged: Mapping[str, Judgement], channels: Sequence[str], faces: Faces
) -> list[FindingView]:
    """All findings of the present version, the most serious first."""
    said: dict[Finding, list[str]] = {}
    for channel in channels:
        if channel in judged:
            for finding in findings_from_json(judged[channel].findings):
                said.setdefault(finding, []).append(channel)
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding, where in sorted(said.items(), key=lambda item: -item[0].action.rank):
        message = _without_numbers(finding, faces)
        key = (finding.action, finding.rule, message, finding.mend, *where)
        alike.setdefault(key, []).append(finding)
    return [_view(group, said[group[0]], channels, faces) for group in alike.values()]


def _view(
    group: Sequence[Finding], where: Sequence[str], channels: Sequence[str], faces: Faces
) -> FindingView:
    first = group[0]
    everywhere = len(channels) > 1 and set(where) == set(channels)
    return FindingView(
        look=LOOKS[first.action],
        word=WORDS[first.action],
        rule=first.rule,
        message=_message(group, faces),
        mend=first.mend,
        channels="Everywhere" if everywhere else ", ".join(map(channel_name, where)),
        places=_places(group, faces),
        spans=tuple(
            Span(found.field, found.photo, *found.span)
            for found in group
            if found.span and found.field
        ),
        boxes=tuple(
            (found.photo, found.box)
            for found in group
            if found.photo is not None and found.box is not None
        ),
    )


def _face(finding: Finding, faces: Faces) -> FaceView | None:
    if finding.photo is None or finding.photo >= len(faces):
        return None
    return face_at(faces[finding.photo], finding.box)


def _without_numbers(finding: Finding, faces: Faces) -> str:
    """The message without the pixels of this one face, so that it suits others too."""
    face = _face(finding, faces)
    if face is None:
        return finding.message
    message = finding.message.replace(face.reason, face.kind) if face.reason else finding.message
    return _HEIGHT.sub("", message)


def _message(group: Sequence[Finding], faces: Faces) -> str:
    if len(group) == 1:
        return group[0].message
    message = _without_numbers(group[0], faces)
    for one, several in _SEVERAL:
        if message.startswith(one):
            return several.format(len(group)) + message.removeprefix(one)
    return message


def _places(group: Sequence[Finding], faces: Faces) -> tuple[str, ...]:
    """ "Photo 2, faces 3 and 4", "Description of photo 1", "Caption"; nothing for the whole."""
    found: dict[str, list[int]] = {}
    for finding in group:
        face = _face(finding, faces)
        found.setdefault(_place(finding), []).extend([face.number] if face else [])
    return tuple(f"{place}{_numbers(numbers)}" for place, numbers in found.items() if place)


def _place(finding: Finding) -> str:
    if finding.photo is None:
        return "Caption" if finding.field == "caption" else ""
    number = finding.photo + 1
    if finding.field == "alt":
        return f"Description of photo {number}"
    if finding.field == "file-name":
        return f"File name of photo {number}"
    return f"Photo {number}"


def _numbers(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    *others, last = sorted(numbers)
    if not others:
        return f", face {last}"
    return f", faces {', '.join(map(str, others))} and {last}"
