"""Every picture has a description for people who cannot see it (G07)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.normalise import visible
from gatekeeper_detectors.values import Case

_ENDING = re.compile(r"\.(jpe?g|png|webp|avif|hei[cf]|gif|tiff?|bmp)$", re.IGNORECASE)
_CAMERA_NAME = re.compile(
    r"(img|dsc|dscf|dscn|dcim|pxl|pict|image|photo|picture|screenshot|whatsapp image|gopr|p|_)?"
    r"[\d\s_.\-()]*(at [\d\s.]+)?",
    re.IGNORECASE,
)
"""What cameras and telephones call their files: IMG_2291, DSC00012, 20240614_101500."""


def _check(case: Case, options: Options) -> Iterator[Finding]:
    for number, photo in enumerate(case.photos):
        alt = visible(case.alts[number]) if number < len(case.alts) else ""
        problem = _problem(alt, photo.name)
        if problem:
            message = f"Photo {number + 1} {problem}."
            yield RULE.finding(Action.REJECT, message, photo=number, field="alt")


def _problem(alt: str, file_name: str) -> str:
    """What is wrong with the alt text, in words that follow "Photo 1"; empty when nothing is."""
    if not alt:
        return "has no description"
    if not any(char.isalnum() for char in alt):
        return "has a description without words"
    own_name = alt.casefold() in (file_name.casefold(), _ENDING.sub("", file_name).casefold())
    if own_name or _ENDING.search(alt) or _CAMERA_NAME.fullmatch(alt):
        return "has a file name in place of a description"
    return ""


RULE = Rule(
    id="missing-alt-text",
    title="A picture has no description (alt text)",
    why="People who cannot see the picture hear its description instead.",
    policy=("G07",),
    trips="No description, only spaces or dots, or “IMG_2291.jpg”.",
    passes="“Four pupils in coats plant a tree.”",
    mend="Say in a few words what the picture shows, without names: "
    "“Four pupils in coats plant a tree.”",
    check=_check,
)
