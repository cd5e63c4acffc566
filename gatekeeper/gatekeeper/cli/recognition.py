"""Commands on the lock of face recognition (G03)."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gatekeeper.cli.records import ACTOR, JsonOption, open_configured
from gatekeeper.cli.school import ConfigOption

recognition = typer.Typer(
    help="Whether faces may be recognised, and what must be on record first.",
    no_args_is_help=True,
)


@recognition.command("show")
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say whether recognition is locked, and what is on record."""
    from gatekeeper_queue.recognition import safeguards, why_not

    school = open_configured(config)
    with school.database.read() as session:
        facts, reason = safeguards(session), why_not(school, session)
    if as_json:
        report = {"recognises": not reason, "safeguards": facts.as_json() if facts else None}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    typer.echo(reason or "Faces of people with biometric consent are recognised.")
    if facts is not None:
        typer.echo(
            f"Impact assessment {facts.assessed_on}, data-protection officer {facts.officer}, "
            f"consultation {facts.consulted_on}."
        )


@recognition.command("record")
def record(
    assessed_on: Annotated[str, typer.Option(help="Day of the impact assessment: 2026-09-01.")],
    officer: Annotated[str, typer.Option(help="Name of the data-protection officer.")],
    consulted_on: Annotated[str, typer.Option(help="Day of the consultation: 2026-09-15.")],
    config: ConfigOption = None,
) -> None:
    """Record the safeguards, which unlocks recognition. On the pages two people do it."""
    from gatekeeper_queue.changes import ON_THE_SERVER, on_record
    from gatekeeper_queue.recognition import (
        RECOGNITION,
        BadSafeguards,
        read_safeguards,
        record_safeguards,
        safeguards,
    )

    school = open_configured(config)
    given = {"assessed_on": assessed_on, "officer": officer, "consulted_on": consulted_on}
    try:
        facts = read_safeguards(given, school.today())
    except BadSafeguards as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    after = facts.as_json()
    with school.database.write() as session:
        known = safeguards(session)
        before = known.as_json() if known else {}
        record_safeguards(school, session, facts, by=ACTOR)
        on_record(school, session, ACTOR, RECOGNITION, "", after, before, how=ON_THE_SERVER)
    typer.echo("The safeguards are on record. The worker learns the stored faces within minutes.")


@recognition.command("lock")
def lock(config: ConfigOption = None) -> None:
    """Take the safeguards off the record: nobody is recognised until they are recorded again."""
    from gatekeeper_queue.recognition import lock_again

    school = open_configured(config)
    with school.database.write() as session:
        locked = lock_again(school, session, by=ACTOR)
    typer.echo("Recognition is locked now." if locked else "Recognition was locked already.")
