"""The command line. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gatekeeper.cli import (
    accounts,
    calibrating,
    checks,
    covering,
    posts,
    pupils,
    recognition,
    records,
    report,
    retention,
    school,
    subjects,
)

app = typer.Typer(
    name="gatekeeper",
    help="Checks a school's pictures and captions before they are published.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("gatekeeper"))
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command()(school.demo)
app.command()(school.serve)
app.command()(school.worker)
app.command()(school.init)
app.command()(school.migrate)
app.command()(checks.check)
app.command()(checks.caption)
app.command()(checks.faces)
app.command()(checks.strip)
app.command()(covering.cover)
app.command()(calibrating.calibrate)
app.command()(checks.rules)
app.add_typer(posts.posts, name="posts")
records.register.add_typer(pupils.commands)
records.register.add_typer(subjects.commands)
app.add_typer(records.register, name="register")
app.add_typer(records.audit, name="audit")
app.add_typer(report.report, name="report")
app.add_typer(retention.retention, name="retention")
app.add_typer(recognition.recognition, name="recognition")
app.add_typer(accounts.people, name="people")
app.add_typer(accounts.accounts, name="accounts")


def main() -> None:
    """Entry point. What goes wrong in a known way is one clear line and exit code 2."""
    from gatekeeper.cli.problems import message_for

    try:
        app()
    except Exception as error:
        message = message_for(error)
        if message is None:
            raise
        typer.echo(message, err=True)
        sys.exit(2)
