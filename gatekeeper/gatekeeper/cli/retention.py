"""Commands on what is kept for how long."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gatekeeper.cli.records import ACTOR, JsonOption, open_configured
from gatekeeper.cli.school import ConfigOption

retention = typer.Typer(help="What is kept for how long.", no_args_is_help=True)


@retention.command("run")
def retention_run(
    config: ConfigOption = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would be deleted.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete what has had its time. The worker does so each night by itself."""
    from gatekeeper.keeping import sweep_of

    sweep = sweep_of(open_configured(config))
    if sweep.paused():
        typer.echo("Incident mode is on: nothing is deleted, because it may be evidence.", err=True)
        raise typer.Exit(1)
    counts = sweep.preview() if preview else sweep.run(ACTOR)
    if as_json:
        typer.echo(json.dumps(counts))
        return
    verb = "would go" if preview else "deleted"
    for kind in sweep.kinds:
        typer.echo(f"{counts[kind.name]:6} {verb}: {kind.what}")
