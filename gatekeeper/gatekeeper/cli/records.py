"""Commands on a school's records: register, audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatekeeper.cli.school import ConfigOption

if TYPE_CHECKING:
    from gatekeeper_queue.school import School

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
ACTOR = "command line"

register = typer.Typer(help="The roll, consents and faces.", no_args_is_help=True)
audit = typer.Typer(help="The record of every change.", no_args_is_help=True)


def open_configured(config: Path | None) -> School:
    from gatekeeper.composition import open_school
    from gatekeeper.settings import load_settings

    return open_school(load_settings(config))


@register.command("import")
def register_import(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|FILE",
            help="Folder with roll.csv, consents.csv, faces/ …, or a CSV or XLSX file that SIMS, "
            "Arbor, Bromcom or another system exported.",
        ),
    ],
    config: ConfigOption = None,
    mapping: Annotated[
        str, typer.Option(help="Name of the saved columns; otherwise found by the headings.")
    ] = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would change and what follows.")
    ] = False,
    only_good_rows: Annotated[
        bool, typer.Option(help="Import the rows that are right and leave out the others.")
    ] = False,
    confirm_removals: Annotated[
        bool, typer.Option(help="Yes, more than half of the roll, or of the consents, is gone.")
    ] = False,
) -> None:
    """Import the register. Nothing is imported when a row is wrong, unless asked."""
    from gatekeeper.composition import open_school
    from gatekeeper.importing import carry_out, rehearse
    from gatekeeper.register_files import read_source
    from gatekeeper.register_import import import_register
    from gatekeeper.settings import load_settings

    settings = load_settings(config)
    school = open_school(settings)
    lines: tuple[str, ...]
    if preview:
        export = read_source(school, source, mapping)
        outcome = rehearse(school, export, actor=ACTOR, only_good_rows=only_good_rows)
        lines = (*outcome.lines, "This is a preview; nothing was changed.")
    elif source.is_file():
        export = read_source(school, source, mapping)
        lines = carry_out(
            school,
            export,
            actor=ACTOR,
            only_good_rows=only_good_rows,
            confirm_removals=confirm_removals,
        ).lines
    else:
        lines = import_register(
            school,
            source,
            actor=ACTOR,
            only_good_rows=only_good_rows,
            confirm_removals=confirm_removals,
            models=settings.models,
        ).lines
    for line in lines:
        typer.echo(line)


@register.command("export")
def register_export(
    folder: Annotated[Path, typer.Argument(help="A new folder, or an empty one.")],
    config: ConfigOption = None,
) -> None:
    """Write the register as a folder. It holds names and faces: keep it as safe as the school's
    own lists, and delete it when it has served."""
    from gatekeeper.register_files import export_folder

    school = open_configured(config)
    try:
        written = export_folder(school, folder, actor=ACTOR)
    except FileExistsError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"Pupils written to {folder}, with what goes with them: {written}.")


@audit.command("verify")
def audit_verify(config: ConfigOption = None) -> None:
    """Check that no event was changed, deleted or moved. Exit code 1 where one was."""
    from sqlmodel import select

    from gatekeeper_queue.models import AuditHead

    school = open_configured(config)
    with school.database.read() as session:
        breaks = list(school.audit.verify(session))
    for found in breaks[:20]:
        typer.echo(f"BROKEN at event {found.seq}: {found.what}", err=True)
    if breaks:
        raise typer.Exit(1)
    with school.database.read() as session:
        head = session.exec(select(AuditHead)).one()
    typer.echo(f"The audit log is whole: {head.seq} events, ending in {head.mac[:16]}.")


@audit.command("export")
def audit_export(config: ConfigOption = None) -> None:
    """Print every event, one JSON a line, oldest first."""
    from sqlmodel import col, select

    from gatekeeper_queue.models import AuditEvent

    with open_configured(config).database.read() as session:
        for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))):
            line = {**event.model_dump(mode="json"), "data": json.loads(event.data)}
            typer.echo(json.dumps(line, ensure_ascii=False))
