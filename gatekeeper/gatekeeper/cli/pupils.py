"""Commands on what the register says of one child; they are part of `gatekeeper register`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from gatekeeper.cli.records import ACTOR, JsonOption, open_configured
from gatekeeper.cli.school import ConfigOption

if TYPE_CHECKING:
    from datetime import date

    from gatekeeper.register_changes import Change
    from gatekeeper_queue.models import User
    from gatekeeper_queue.people import Act
    from gatekeeper_queue.school import School

commands = typer.Typer()

PupilArgument = Annotated[str, typer.Argument(metavar="PUPIL", help="The pupil's number.")]
Choice = TypeVar("Choice", bound=StrEnum)
ReasonOption = Annotated[str, typer.Option(help="Why; it stays on record.")]


@commands.command("show")
def register_show(
    pupil_id: PupilArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show what the register says of one pupil, and who said it."""
    from gatekeeper.register_summary import pupil_summary

    school = open_configured(config)
    with school.database.read() as session:
        summary = pupil_summary(session, pupil_id, school.today())
    if summary is None:
        _refuse(f"There is no pupil {pupil_id}.")
    if as_json:
        typer.echo(json.dumps(summary.as_json(), ensure_ascii=False))
        return
    for line in summary.lines():
        typer.echo(line)


@commands.command("answer")
def register_answer(
    pupil_id: PupilArgument,
    decision: Annotated[str, typer.Argument(metavar="yes|no")],
    use: Annotated[list[str], typer.Option(help="website, twitter, parents or display.")],
    given_by: Annotated[str, typer.Option(help="Who signed it: mother, father …")],
    scope: Annotated[list[str] | None, typer.Option(help="group (default), individual.")] = None,
    guardian: Annotated[str, typer.Option(help="Id of the guardian whose own answer it is.")] = "",
    given_on: Annotated[str, typer.Option(help="Day of the answer: 2026-09-01. Today.")] = "",
    expires_on: Annotated[str, typer.Option(help="First day on which it no longer counts.")] = "",
    scan: Annotated[Path | None, typer.Option(help="Scan of the signed form.")] = None,
    config: ConfigOption = None,
) -> None:
    """Record an answer. Waiting posts are checked again, and live ones come down where needed."""
    from gatekeeper_consent.answers import Decision, Scope, Use
    from gatekeeper_consent.consenting import set_consent
    from gatekeeper_consent.forms import add_form

    school = open_configured(config)
    with _changing(school, pupil_id) as change:
        uses, scopes = _all_of(Use, use), _all_of(Scope, scope or ["group"])
        (said,) = _all_of((Decision.YES, Decision.NO), [decision])
        day = _day(given_on) if given_on else school.today()
        if day > school.today():
            raise ValueError("The day of the answer has not come.")
        form = scan and add_form(
            change.session,
            school.cipher,
            pupil_id,
            scan.name,
            scan.read_bytes(),
            added_by=ACTOR,
            now=school.clock(),
            record=change.record,
        )
        for one in uses:
            for each in scopes:
                recorded = set_consent(
                    change.session,
                    pupil_id,
                    one,
                    each,
                    said,
                    given_by=given_by,
                    given_on=day,
                    expires_on=_day(expires_on) if expires_on else None,
                    guardian_id=guardian or None,
                    form_id=form.id if form else None,
                    **change.entry,
                )
                if recorded.lost:
                    change.taken_back.add(one)
        change.guardian_id = guardian or None
        change.scope = scopes[0] if len(scopes) == 1 else None
    _told(f"Recorded for {pupil_id}: {decision}.", change)


@commands.command("withdraw")
def register_withdraw(
    pupil_id: PupilArgument,
    use: Annotated[list[str], typer.Option(help="website, twitter, parents, display, or all.")],
    given_by: Annotated[str, typer.Option(help="Who asked for it: mother, the child …")],
    config: ConfigOption = None,
) -> None:
    """Take consent back. Every live post with the child comes down; `all` forgets the face."""
    from gatekeeper_consent.answers import Use
    from gatekeeper_consent.ports import UnknownPerson
    from gatekeeper_queue.withdrawing import withdraw_consent

    school = open_configured(config)
    if not given_by.strip():
        _refuse("Say who asked for it with --given-by.")
    try:
        uses = _all_of(Use, [name for name in use if name != "all"])
        with school.database.write() as session:
            row = withdraw_consent(
                school,
                session,
                pupil_id,
                "all" if "all" in use else uses,
                given_by=given_by,
                actor=ACTOR,
            )
            posts = len(row.posts)
    except UnknownPerson:
        _refuse(f"There is no pupil {pupil_id}.")
    except ValueError as error:
        _refuse(str(error))
    typer.echo(f"Withdrawn for {pupil_id}. Live posts that come down: {posts}.")


@commands.command("protect")
def register_protect(
    pupil_id: PupilArgument, reason: ReasonOption, config: ConfigOption = None
) -> None:
    """Never publish this child, whatever anybody agreed to: a court order, a danger."""
    from gatekeeper_consent.protecting import protect

    with _changing(open_configured(config), pupil_id) as change:
        protect(change.session, pupil_id, reason, **change.entry)
    _told(f"{pupil_id} is never published from now on.", change)


@commands.command("unprotect")
def register_unprotect(
    pupil_id: PupilArgument,
    reason: ReasonOption,
    agreed_by: Annotated[str, typer.Option(help="E-mail address of the head, who agreed.")],
    config: ConfigOption = None,
) -> None:
    """Let the answers of a child count again who never was to be published."""
    from gatekeeper_consent.protecting import lift_protection
    from gatekeeper_queue.changes import ON_THE_SERVER, on_record
    from gatekeeper_queue.people import Act

    school = open_configured(config)
    head = _account(school, agreed_by, Act.LIFT_PROTECTION)
    with _changing(school, pupil_id) as change:
        if not reason.strip():
            raise ValueError("Say why: the reason stays on record.")
        note = f"{reason.strip()} (agreed by {head.display_name})"
        lift_protection(change.session, pupil_id, note, **change.entry)
        on_record(
            school, change.session, ACTOR, "unprotect", pupil_id,
            {"protected": False}, {"protected": True}, how=ON_THE_SERVER,
        )  # fmt: skip
    _told(f"The answers for {pupil_id} count again.", change)


@contextmanager
def _changing(school: School, pupil_id: str) -> Iterator[Change]:
    """A change of the register from the command line; what it refuses is said plainly."""
    from gatekeeper.register_changes import change_register
    from gatekeeper_consent.ports import NotTheirGuardian, UnknownPerson

    try:
        with change_register(school, pupil_id, actor=ACTOR) as change:
            yield change
    except UnknownPerson:
        _refuse(f"There is no pupil {pupil_id} at the school.")
    except NotTheirGuardian as error:
        _refuse(f"{error} is no guardian of {pupil_id}.")
    except OSError as error:
        _refuse(f"{error.filename} cannot be read: {error.strerror}.")
    except ValueError as error:
        _refuse(str(error))


def _told(what: str, change: Change) -> None:
    typer.echo(f"{what} Live posts that come down: {len(change.taken_down)}.")


def _account(school: School, email: str, act: Act) -> User:
    """The account with this address, whose owner may do that."""
    from sqlmodel import select

    from gatekeeper_queue.models import User
    from gatekeeper_queue.people import allowed

    with school.database.read() as session:
        user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    if user is None or not allowed(user, act):
        _refuse(f"There is no account {email} of somebody who may do this.")
    return user


def _all_of(choices: Iterable[Choice], texts: Sequence[str]) -> list[Choice]:
    """The choices with these values. Raises ValueError, with what there is to choose from."""
    known = {member.value: member for member in choices}
    for text in texts:
        if text not in known:
            raise ValueError(f"'{text}' is none of: {', '.join(known)}.")
    return [known[text] for text in texts]


def _day(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no day. Write it as 2026-09-01.") from None


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
