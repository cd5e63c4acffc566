"""Commands on everything held about one child; they are part of `gatekeeper register`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatekeeper.cli.records import ACTOR, open_configured
from gatekeeper.cli.school import ConfigOption

if TYPE_CHECKING:
    from gatekeeper_queue.school import School

commands = typer.Typer()

PupilArgument = Annotated[str, typer.Argument(metavar="PUPIL", help="The pupil's number.")]


@commands.command("subject")
def register_subject(
    pupil_id: PupilArgument,
    out: Annotated[Path, typer.Option(help="Where to: a .zip file.")],
    config: ConfigOption = None,
) -> None:
    """Write everything held about one child into a file, with everybody else covered."""
    from gatekeeper.composition import open_school
    from gatekeeper.settings import load_settings
    from gatekeeper.subject import NoSuchChild, subject_file
    from gatekeeper.web.site import make_templates
    from gatekeeper_consent.sheet import write_private

    settings = load_settings(config)
    school = open_school(settings)
    template = make_templates(school, settings).get_template("files/subject.html")
    try:
        data = subject_file(school, pupil_id, template, actor=ACTOR)
        write_private(out, data)
    except NoSuchChild as error:
        _refuse(str(error), error)
    except OSError as error:
        _refuse(f"{out} cannot be written: {error.strerror}.", error)
    typer.echo(f"Everything about {pupil_id} is in {out}. Look through it before it goes out.")


@commands.command("erase")
def register_erase(
    pupil_id: PupilArgument,
    name: Annotated[str, typer.Option(help="The child's name, to confirm.")] = "",
    readmit: Annotated[
        bool, typer.Option("--readmit", help="Let an erased child be imported again instead.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Erase everything about one child. Live posts come down first; the worker then finishes."""
    from gatekeeper_queue.erasing import CannotErase, ask_to_erase, finish_erasures
    from gatekeeper_queue.models import User
    from gatekeeper_queue.people import Role

    school = open_configured(config)
    if readmit:
        _readmit(school, pupil_id)
        return
    operator = User(id=ACTOR, email="", display_name=ACTOR, role=str(Role.OFFICE), password_hash="")
    try:
        with school.database.write() as session:
            ask_to_erase(school, session, operator, pupil_id, name)
    except CannotErase as error:
        _refuse(f"{error} (--name)", error)
    if finish_erasures(school):
        typer.echo(f"Everything about {pupil_id} is erased.")
    else:
        typer.echo("Posts with the child come down first. The worker erases when all are gone.")


def _readmit(school: School, pupil_id: str) -> None:
    from functools import partial

    from gatekeeper_consent.erasing import readmit
    from gatekeeper_consent.ports import UnknownPerson

    try:
        with school.database.write() as session:
            readmit(session, pupil_id, record=partial(school.audit.append, session, ACTOR))
    except UnknownPerson as error:
        _refuse(f"No child {pupil_id} was erased.", error)
    typer.echo(f"The next import may bring {pupil_id} back.")


def _refuse(message: str, error: Exception) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(2) from error
