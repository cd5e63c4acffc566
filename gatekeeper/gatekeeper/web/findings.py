"""What the rules found, one entry for what several channels say alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.web.faces import FaceView, number_of
from gatekeeper.web.words import channel_name
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_queue.models import Judgement
from gatekeeper_queue.records import findings_from_json

LOOKS = {Action.REJECT: "no", Action.FLAG: "ask", Action.NOTE: "off"}
WORDS = {
    Action.REJECT: "Must be changed",
    Action.FLAG: "A colleague decides",
    Action.NOTE: "For your information",
}


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


def findings_of(
    judged: Mapping[str, Judgement],
    channels: Sequence[str],
    faces: Sequence[Sequence[FaceView] | None],
) -> list[FindingView]:
    """All findings of the present version, the most serious first.

    `faces` holds the faces of each photo, in order.
    """
    said: dict[Finding, list[str]] = {}
    for channel in channels:
        if channel in judged:
            for finding in findings_from_json(judged[channel].findings):
                said.setdefault(finding, []).append(channel)
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding, where in sorted(said.items(), key=lambda item: -item[0].action.rank):
        key = (finding.action, finding.rule, finding.message, finding.mend, *where)
        alike.setdefault(key, []).append(finding)
    return [_view(group, said[group[0]], channels, faces) for group in alike.values()]


def _view(
    group: Sequence[Finding],
    where: Sequence[str],
    channels: Sequence[str],
    faces: Sequence[Sequence[FaceView] | None],
) -> FindingView:
    first = group[0]
    everywhere = len(channels) > 1 and set(where) == set(channels)
    places = dict.fromkeys(_place(finding, faces) for finding in group)
    return FindingView(
        look=LOOKS[first.action],
        word=WORDS[first.action],
        rule=first.rule,
        message=first.message,
        mend=first.mend,
        channels="Everywhere" if everywhere else ", ".join(map(channel_name, where)),
        places=tuple(place for place in places if place),
        spans=tuple(
            Span(found.field, found.photo, *found.span)
            for found in group
            if found.span and found.field
        ),
    )


def _place(finding: Finding, faces: Sequence[Sequence[FaceView] | None]) -> str:
    """ "Photo 2, face 3", "Description of photo 1", "Caption"; empty for the whole."""
    if finding.photo is None:
        return "Caption" if finding.field == "caption" else ""
    number = finding.photo + 1
    if finding.field == "alt":
        return f"Description of photo {number}"
    if finding.field == "file-name":
        return f"File name of photo {number}"
    known = faces[finding.photo] if finding.photo < len(faces) else None
    face = number_of(known, finding.box)
    return f"Photo {number}, face {face}" if face else f"Photo {number}"
