"""No pupil's picture stays on somebody's own phone or camera (P07)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import CameraSummary, Case, Statement


class DeviceOptions(Options):
    own_equipment: tuple[str, ...] = ()
    """The school's cameras, as they name themselves in a photo: "Canon EOS 2000D"."""


def _check(case: Case, options: DeviceOptions) -> Iterator[Finding]:
    if case.author is None:
        return
    own = {_plain(name) for name in options.own_equipment}
    for number, photo in enumerate(case.photos):
        camera = photo.clean.camera if photo.clean else CameraSummary()
        if _names(camera) & own:
            continue
        if Statement.OFF_PHONES not in case.confirmed:
            what = f"Photo {number + 1} may still be on a personal phone or camera."
            yield RULE.finding(Action.REJECT, what, photo=number)
        elif own and camera.model:
            what = (
                f"Photo {number + 1} was taken with “{camera.model}”, which is not on the school’s "
                "list. Its author confirmed that it is no longer there."
            )
            yield RULE.finding(Action.NOTE, what, photo=number)


def _names(camera: CameraSummary) -> set[str]:
    """What a list may call it; most makers say their name in the model as well."""
    return {_plain(camera.model), _plain(f"{camera.make} {camera.model}")} - {""}


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


RULE = Rule(
    id="personal-device",
    title="A photo may still be on a personal phone or camera",
    why="Pictures of pupils are taken on school equipment. If a phone was used, they are moved to "
    "the school at once and deleted there.",
    policy=("P07",),
    trips="A photo from a teacher’s phone, not confirmed to be deleted there.",
    passes="The same photo once the author confirms it; one from a camera on the school’s list.",
    mend="Delete the photo from the phone, also from its bin and its online copy. Then choose "
    "“Change it” and tick that it is on no personal device.",
    check=_check,
    options=DeviceOptions,
)
