"""Commands that write reports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gatekeeper.cli.school import ConfigOption

report = typer.Typer(help="Reports for governors.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]


@report.command("governors")
def report_governors(
    first: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Last day.")],
    out: Annotated[Path, typer.Option(help="Where to: a file that ends in .html or .pdf.")],
    config: ConfigOption = None,
) -> None:
    """Write the governors' report: one page of numbers, without anything about a child."""
    from gatekeeper.composition import open_school
    from gatekeeper.report.files import report_file
    from gatekeeper.settings import load_settings
    from gatekeeper_queue.terms import Span

    if last < first:
        raise typer.BadParameter("the last day is before the first")
    settings = load_settings(config)
    span = Span(first.date(), last.date())
    try:
        data = report_file(open_school(settings), settings, span, out.suffix)
        out.write_bytes(data)
    except (ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"The report is in {out}.")
