"""The command that covers faces in one photo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gatekeeper.cli.checks import ModelsOption

_UNUSABLE = 2


def _refuse(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(_UNUSABLE)


def cover(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The photo; it is not changed.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Where the covered copy goes.")],
    faces: Annotated[
        str, typer.Option(help="all, unknown (needs --register), or numbers from the left: 1,3")
    ] = "all",
    register: Annotated[Path | None, typer.Option("--register")] = None,
    models: ModelsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a clean copy with a solid patch over faces, hair and chin included."""
    from gatekeeper.cli.desk import BadRequest, CheckDesk

    if faces == "unknown" and register is None:
        raise _refuse("--faces unknown needs --register: without one, every face is unknown.")
    if target.exists() or target.is_dir():
        raise _refuse(f"{target} exists already; name a new file for the covered copy.")
    if target.suffix.lower() not in (".jpg", ".jpeg"):
        raise _refuse("The covered copy is a JPEG: let its name end in .jpg.")
    if not target.absolute().parent.is_dir():
        raise _refuse(f"There is no folder {target.absolute().parent}.")
    with CheckDesk(register, None, models) as desk:
        try:
            clean, hidden, left = desk.cover(str(source), faces)
        except BadRequest as error:
            raise _refuse(str(error)) from error
    unfinished = target.with_name(f".{target.name}.part")
    try:
        unfinished.write_bytes(clean.jpeg)
        unfinished.replace(target)
    except OSError as error:
        raise _refuse(f"{target} could not be written: {error.strerror}.") from error
    if as_json:
        report = {"target": str(target), "sha256": clean.sha256, "covered": hidden, "left": left}
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        typer.echo(f"{target}: faces covered: {hidden}; faces that can still be seen: {left}.")
        typer.echo("Look at the picture yourself: is everybody covered who should be?")
