"""The fields of a post: read from a form, shown again as they were typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from gatekeeper.web.moments import NoSuchMoment, moment_of
from gatekeeper.web.security import Form
from gatekeeper.web.views import account_choices
from gatekeeper_consent.models import Pupil
from gatekeeper_detectors.values import CHECKLIST, Statement, classes_in
from gatekeeper_queue.destinations import accounts_for
from gatekeeper_queue.models import Submission, User
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import Content

_YEAR = re.compile(r"[0-9]{0,4}")
"""The number with which a class begins; matches everything."""


@dataclass(frozen=True)
class Typed:
    """What stands in the fields, as text."""

    caption: str = ""
    channels: tuple[str, ...] = ("website",)
    account_ids: tuple[str, ...] = ()
    """Accounts to post from; one that is chosen brings its channel with it."""
    class_name: str = ""
    when: str = "now"
    """`now` or `later`."""
    day: str = ""
    time: str = ""
    confirmed: tuple[Statement, ...] = ()
    """Empty in a form that is opened: each version is confirmed anew."""
    alts: Mapping[str, str] = field(default_factory=dict)
    """By field name."""


def typed_in(form: Form) -> Typed:
    """What the author sent."""
    return Typed(
        caption=form.text("caption").replace("\r\n", "\n"),
        channels=(*form.texts("channels"), *(("twitter",) if form.texts("accounts") else ())),
        account_ids=form.texts("accounts"),
        class_name=form.text("class_name"),
        when="later" if form.text("when") == "later" else "now",
        day=form.text("publish_date"),
        time=form.text("publish_time"),
        confirmed=tuple(point for point in CHECKLIST if point in form.texts("confirmed")),
        alts={name: form.text(name) for name in form.data if name.startswith("alt_")},
    )


def typed_from(row: Submission, alts: Mapping[str, str], zone: ZoneInfo) -> Typed:
    """What is stored, to be edited."""
    local = row.publish_at.astimezone(zone) if row.publish_at else None
    return Typed(
        caption=row.caption,
        channels=tuple(row.channels),
        account_ids=tuple(row.account_ids),
        class_name=row.class_name,
        when="later" if local else "now",
        day=f"{local:%Y-%m-%d}" if local else "",
        time=f"{local:%H:%M}" if local else "",
        alts=alts,
    )


def content_of(typed: Typed, school: School, session: Session) -> tuple[Content, dict[str, str]]:
    """The content for the domain, and what is wrong with the fields that only a form has."""
    problems: dict[str, str] = {}
    moment = None
    if typed.when == "later":
        try:
            moment = moment_of(typed.day, typed.time, school.zone)
        except NoSuchMoment as error:
            problems["when"] = str(error)
        else:
            if moment is None:
                problems["when"] = "Give the day and the time before which it must not appear."
            elif moment < school.clock():
                problems["when"] = "This day and time have passed."
    class_name, problem = known_class(session, typed.class_name)
    if problem:
        problems["class_name"] = problem
    content = Content(
        caption=typed.caption,
        channels=typed.channels,
        class_name=class_name,
        account_ids=typed.account_ids,
        publish_at=moment,
        confirmed=typed.confirmed,
    )
    return content, problems


def classes(session: Session) -> list[str]:
    """The classes on the register, the youngest first: 2B, 5K, 11T."""
    held = session.exec(select(Pupil.class_name).distinct().where(col(Pupil.left_on).is_(None)))
    names = {name for several in held for name in classes_in(several)}
    return sorted(names, key=lambda name: (int(_YEAR.findall(name)[0] or 0), name))


def known_class(session: Session, typed: str) -> tuple[str, str]:
    """The class as the register writes it, and what is wrong; no class at all is fine."""
    typed, known = typed.strip()[:100], classes(session)
    found = next((name for name in known if name.casefold() == typed.casefold()), "")
    if found or not typed:
        return found, ""
    offered = f" ({', '.join(known)})" if known else ""
    return typed, f"There is no class {typed} on the register{offered}."


def choices(school: School, session: Session, author: User) -> dict[str, object]:
    """What the fields offer: classes on the register and accounts to post from, own first."""
    found = sorted(
        accounts_for(session, "twitter"), key=lambda account: account.owner_id != author.id
    )
    return {"classes": classes(session), "accounts": account_choices(session, found)}
