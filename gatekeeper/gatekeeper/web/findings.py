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
class FindingView:
    """One finding as the author and the reviewer read it."""

    look: str
    word: str
    rule: str
    message: str
    mend: str
    where: str
    channels: str
    photo: int | None
    field: str | None
    span: tuple[int, int] | None


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
    ordered = sorted(said.items(), key=lambda item: -item[0].action.rank)
    return [_view(finding, where, channels, faces) for finding, where in ordered]


def _view(
    finding: Finding,
    where: Sequence[str],
    channels: Sequence[str],
    faces: Sequence[Sequence[FaceView] | None],
) -> FindingView:
    everywhere = len(channels) > 1 and set(where) == set(channels)
    return FindingView(
        look=LOOKS[finding.action],
        word=WORDS[finding.action],
        rule=finding.rule,
        message=finding.message,
        mend=finding.mend,
        where=_place(finding, faces),
        channels="Everywhere" if everywhere else ", ".join(map(channel_name, where)),
        photo=finding.photo,
        field=finding.field,
        span=finding.span,
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
