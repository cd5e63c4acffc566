"""Commands that judge or clean without a school's database: check, caption, faces, strip, rules."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatekeeper_detectors.findings import Verdict

RegisterOption = Annotated[
    Path, typer.Option("--register", help="Folder with roll.csv, consents.csv, faces/ …")
]
ModelsOption = Annotated[
    Path | None,
    typer.Option(
        "--models", envvar="GATEKEEPER_MODELS", help="Folder of a second face engine's weights."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
_UNUSABLE = 2


def _refuse(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(_UNUSABLE)


def check(
    register: RegisterOption,
    photos: Annotated[list[str] | None, typer.Argument(metavar="PHOTO...")] = None,
    caption: Annotated[str, typer.Option(help="The text of the post.")] = "",
    alt: Annotated[list[str] | None, typer.Option(help="Alt text, once for each photo.")] = None,
    class_name: Annotated[str, typer.Option("--class", help="Class in the picture.")] = "",
    channel: Annotated[str, typer.Option(help="twitter, website or parents.")] = "website",
    policy: Annotated[Path | None, typer.Option(help="Policy file or preset.")] = None,
    batch: Annotated[Path | None, typer.Option(help="One submission a line, as JSON.")] = None,
    models: ModelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check photos and a caption. Exit code: 0 clear, 3 flagged, 4 rejected, 2 unusable input."""
    from gatekeeper.cli.desk import BadRequest, CheckDesk, Request
    from gatekeeper.reporting import EXIT_CODES, verdict_as_text, verdict_to_json

    with CheckDesk(register, policy, models) as desk:
        if batch is not None:
            _check_batch(desk, batch)
            return
        try:
            request = Request(tuple(photos or ()), caption, tuple(alt or ()), class_name, channel)
            case, verdict, originals = desk.check(request)
        except BadRequest as error:
            raise _refuse(str(error)) from error
    if as_json:
        typer.echo(json.dumps(verdict_to_json(case, verdict, originals), ensure_ascii=False))
    else:
        for line in verdict_as_text(case, verdict):
            typer.echo(line)
    raise typer.Exit(EXIT_CODES[verdict.outcome])


def _check_batch(desk: CheckDesk, batch: Path) -> None:  # type: ignore[name-defined]  # noqa: F821
    try:
        lines = batch.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _refuse(f"The batch file {batch} cannot be read: {error}") from error
    for answer in desk.check_lines(lines, batch.parent):
        typer.echo(json.dumps(answer, ensure_ascii=False))


def caption(
    text: Annotated[str, typer.Argument(help="The text; '-' reads one caption a line.")],
    register: RegisterOption,
    policy: Annotated[Path | None, typer.Option(help="Policy file or preset.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a text by every rule that reads text. Exit code: 0 clear, 3 flagged, 4 rejected."""
    from gatekeeper.composition import policy_from
    from gatekeeper.folder_register import open_folder, register_from
    from gatekeeper.reporting import EXIT_CODES
    from gatekeeper_detectors.text.caption import check_caption
    from gatekeeper_detectors.text.normalise import visible

    if text != "-" and not visible(text):
        raise _refuse("The text is empty.")
    today = date.today()  # noqa: DTZ011
    known = register_from(open_folder(register, today), "website", today)
    chosen = policy_from(policy)
    for line in _lines_of(text):
        verdict = check_caption(line, known, today, chosen)
        _show_caption(verdict, as_json or text == "-")
        if text != "-":
            raise typer.Exit(EXIT_CODES[verdict.outcome])


def _lines_of(text: str) -> list[str]:
    """The text, or for '-' one caption a line; an empty line is a caption too, to keep order."""
    if text != "-":
        return [text]
    read = sys.stdin.buffer.read().decode("utf-8-sig", errors="replace")
    lines = [line.removesuffix("\r") for line in read.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def _show_caption(verdict: Verdict, as_json: bool) -> None:
    from gatekeeper.reporting import finding_to_json

    if as_json:
        findings = [finding_to_json(finding, ()) for finding in verdict.findings]
        report = {"verdict": str(verdict.outcome), "findings": findings}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    typer.echo(str(verdict.outcome).upper())
    for finding in verdict.findings:
        typer.echo(f"  {finding.message} {finding.mend}")


def faces(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO...")],
    register: Annotated[Path | None, typer.Option("--register")] = None,
    models: ModelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the faces in photos, and say who they may be. One line of JSON a photo."""
    from gatekeeper.cli.desk import CheckDesk

    failed = False
    with CheckDesk(register, None, models) as desk:
        for path in photos:
            report = desk.faces(path)
            failed = failed or "error" in report
            if as_json:
                typer.echo(json.dumps(report, ensure_ascii=False))
            elif "error" in report:
                typer.echo(f"{path}: {report['error']}", err=True)
            else:
                typer.echo(f"{path}: {len(report['faces'])} faces")
    if failed:
        raise typer.Exit(_UNUSABLE)


def strip(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A photo or a folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Where the clean copies go.")],
    as_json: JsonOption = False,
) -> None:
    """Write clean copies without any hidden data. The originals are never touched."""
    from gatekeeper.reporting import strip_as_text, strip_to_json
    from gatekeeper_detectors.pictures import StripRefused, strip_path

    try:
        results = strip_path(
            source,
            target,
            each=lambda result: typer.echo(
                json.dumps(strip_to_json(result), ensure_ascii=False)
                if as_json
                else strip_as_text(result)
            ),
        )
    except StripRefused as error:
        raise _refuse(str(error)) from error
    if any(result.problem for result in results):
        raise typer.Exit(_UNUSABLE)


def rules(
    rule: Annotated[str | None, typer.Argument(help="Id of one rule.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the rules, or explain one."""
    from gatekeeper.catalogue import rule_as_text, rule_to_json
    from gatekeeper_detectors.rules import ALL_RULES

    chosen = [found for found in ALL_RULES if rule in (None, found.id)]
    if not chosen:
        names = ", ".join(found.id for found in ALL_RULES)
        raise _refuse(f"There is no rule '{rule}'. The rules are: {names}.")
    if as_json:
        reports = [rule_to_json(found) for found in chosen]
        typer.echo(json.dumps(reports if rule is None else reports[0], ensure_ascii=False))
    elif rule is None:
        for found in chosen:
            typer.echo(f"{found.id:20}  {found.title}")
    else:
        typer.echo(rule_as_text(chosen[0]))
