"""Letters of invitation for a class or the whole school, to be printed (P11).

Each link is shown once, in its letter: only its digest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from gatekeeper.invitations import VALID, invite
from gatekeeper.web.content_form import classes
from gatekeeper.web.parent_lines import ParentLine, guardian_lines, to_invite
from gatekeeper.web.parents import link_of
from gatekeeper.web.qr import QrCode, qr_code
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_queue.people import Act

router = APIRouter()

_MOST = 100
"""Letters at once: a stack that one printer takes, and a second in which others wait."""


@dataclass(frozen=True)
class InvitationLetter:
    """One letter: whom it goes to, and their link."""

    name: str
    children: list[str]
    class_names: list[str]
    """By which a teacher hands it out."""
    link: str
    code: QrCode


@router.get("/parents/letters")
def letters_page(
    visit: SignedIn, class_name: Annotated[str, Query(alias="class")] = ""
) -> Response:
    """How many would be made, before any link is."""
    visit.require(Act.EDIT_REGISTER)
    return _show(visit, class_name)


@router.post("/parents/letters")
def make_letters(visit: SignedIn, form: Posted) -> Response:
    """A link for everybody in question who has neither an account nor a link."""
    visit.require(Act.EDIT_REGISTER)
    class_name = form.text("class")
    with visit.school.database.write() as session:
        guardians = to_invite(visit.school, session, class_name)[:_MOST]
        tokens = [
            (line, invite(visit.school, session, line.id, actor=visit.user.id))
            for line in guardian_lines(visit.school, session, guardians)
        ]
    letters = [_letter(line, link_of(visit, token)) for line, token in tokens]
    return _show(visit, class_name, letters)


def _show(visit: Visit, class_name: str, letters: list[InvitationLetter] | None = None) -> Response:
    with visit.school.database.read() as session:
        left = len(to_invite(visit.school, session, class_name))
        known = classes(session)
    return visit.page(
        "parent_letters.html",
        letters=letters,
        chosen=class_name,
        classes=known,
        left=left,
        most=_MOST,
        until=visit.school.clock() + VALID,
        today=visit.school.today(),
    )


def _letter(line: ParentLine, link: str) -> InvitationLetter:
    here = [child for child in line.children if child.here]
    return InvitationLetter(
        name=line.name,
        children=[child.name for child in here],
        class_names=sorted({child.class_name for child in here if child.class_name}),
        link=link,
        code=qr_code(link),
    )
