"""Training, and signatures under the acceptable use policy."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.problems import Unusable
from gatekeeper.api.shapes import Name, Page, Shape
from gatekeeper.web.training import PersonView, person_views
from gatekeeper_queue.models import User
from gatekeeper_queue.people import Act
from gatekeeper_queue.training import record_training, sign_aup

router = APIRouter(prefix="/training", tags=["staff"])


class TrainedOut(Shape):
    """How a member of staff stands."""

    id: str
    name: str
    may_tweet: bool
    training: str
    acceptable_use: str


class Sign(Shape):
    """A signature under the acceptable use policy: one's own name."""

    version: str
    name: Name
    read: bool


class Trained(Shape):
    """A training, or signatures on paper, of several people."""

    people: Annotated[list[Name], Field(min_length=1, max_length=1_000)]
    kind: Literal["training", "aup"]
    on: date


@router.get("")
def training(caller: Known) -> Page[TrainedOut]:
    """How everybody stands, or oneself alone."""
    caller.require(Act.SUBMIT)
    everybody = caller.may(Act.RECORD_TRAINING)
    with caller.school.database.read() as session:
        views = person_views(caller.school, session, caller.user, everybody)
    return Page(items=[_trained(view) for view in views], more=False)


@router.post("/sign", status_code=204)
def do_sign(sent: Sign, caller: Known) -> None:
    """Sign the present version of the acceptable use policy."""
    caller.require(Act.SUBMIT)
    if sent.version != caller.school.aup.version:
        raise Unusable("The policy was changed meanwhile. Read it again.")
    with caller.school.database.write() as session:
        user = session.get_one(User, caller.user.id)
        sign_aup(caller.school, session, user, sent.name, sent.read)


@router.post("/record", status_code=204)
def do_record(sent: Trained, caller: Known) -> None:
    """Record a training of several people, or that they signed on paper."""
    caller.require(Act.RECORD_TRAINING)
    with caller.school.database.write() as session:
        record_training(caller.school, session, caller.user, sent.people, sent.kind, sent.on)


def _trained(view: PersonView) -> TrainedOut:
    words = {kind: said.sentence for kind, said in view.words.items()}
    return TrainedOut(
        id=view.id,
        name=view.name,
        may_tweet=view.may_tweet,
        training=words["training"],
        acceptable_use=words["aup"],
    )
