"""The command that measures how sure the face engine must be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_UNUSABLE = 2


def calibrate(
    faces: Annotated[Path, typer.Option("--faces", help="One folder of pictures a person.")],
    out: Annotated[Path, typer.Option("--out", help="Where the calibration file goes.")],
    models: Annotated[
        Path | None,
        typer.Option(
            "--models", envvar="GATEKEEPER_MODELS", help="Folder of a second face engine's weights."
        ),
    ] = None,
    least_margin: Annotated[
        float, typer.Option(min=0, max=1, help="Choose no smaller margin than this.")
    ] = 0.0,
) -> None:
    """Choose the face thresholds on pictures whose people are known, and write them down.

    Use pictures of people who agreed to that. Name the file in the policy: [faces] calibration.
    """
    from gatekeeper.calibrating import CannotCalibrate, calibrate_folder

    if not out.absolute().parent.is_dir():
        typer.echo(f"There is no folder {out.absolute().parent} for the file.", err=True)
        raise typer.Exit(_UNUSABLE)
    try:
        result = calibrate_folder(faces, models, least_margin)
    except CannotCalibrate as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_UNUSABLE) from error
    out.write_text(result.text, encoding="utf-8")
    for line in result.lines:
        typer.echo(line)
    typer.echo(f'Written to {out}. Name it in the policy file: [faces] calibration = "{out.name}"')
