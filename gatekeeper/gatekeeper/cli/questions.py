"""The few questions that a new school must answer, and the settings file that comes of them.

The file is the shipped one with its comments: whoever opens it later finds every other setting
beside the answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from gatekeeper.composition import config_folder
from gatekeeper.settings import Settings, SettingsError, load_settings

_FILE = "gatekeeper.toml"


@dataclass(frozen=True)
class Question:
    """One setting, as a person is asked for it."""

    key: str
    asks: str
    default: str
    value: Callable[[str], str | list[str]] = str.strip
    """What is typed as it is written down. Raises `ValueError` with what to type instead."""


def _one_of(*names: str) -> Callable[[str], str]:
    def value(typed: str) -> str:
        if (name := typed.strip().lower()) not in names:
            raise ValueError(f"Type one of: {', '.join(names)}.")
        return name

    return value


def _https(typed: str) -> str:
    address = typed.strip().rstrip("/")
    if address and not re.fullmatch(r"https://[\w.-]+(:\d+)?", address):
        raise ValueError("Type an address such as https://gatekeeper.school.example, or nothing.")
    return address


def _domains(typed: str) -> list[str]:
    domains = [word.lower() for word in re.split(r"[,;\s]+", typed) if word]
    if not all(re.fullmatch(r"[\w-]+(\.[\w-]+)+", one) for one in domains):
        raise ValueError("Type what follows the @, such as school.example, or nothing.")
    return domains


_PARTS = ("england", "wales", "scotland", "northern-ireland", "none")

QUESTIONS = (
    Question("school_name", "Name of the school", "Our school"),
    Question(
        "policy",
        "Which rules: standard (faces are recognised, where families agreed to that), cautious "
        "(no face leaves uncovered), or no-recognition (staff say who is in the picture)",
        "standard",
        _one_of("standard", "cautious", "no-recognition"),
    ),
    Question(
        "public_url",
        "Address at which people will open Gatekeeper, with https:// (nothing: not known yet)",
        "",
        _https,
    ),
    Question(
        "school_domains",
        "What follows the @ in the school's e-mail addresses (nothing: no Twitter/X)",
        "",
        _domains,
    ),
    Question(
        "bank_holidays",
        f"Whose bank holidays the school keeps: {', '.join(_PARTS)}",
        "england",
        _one_of(*_PARTS),
    ),
)


def settings_for_new_school(config: Path | None) -> Settings:
    """The settings in the file, which is made from answers where it does not exist.

    Raises `SettingsError`; a file that cannot be used is not left behind.
    """
    path = config or Path(_FILE)
    if path.exists():
        return load_settings(path)
    text = with_answers({question.key: _ask(question) for question in QUESTIONS})
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        settings = load_settings(path)
    except SettingsError:
        path.unlink()
        raise
    typer.echo(f"Your answers are in {path}, with every other setting.")
    return settings


def with_answers(answers: Mapping[str, str | list[str]]) -> str:
    """The shipped settings file with these values in their places.

    Raises `KeyError` for a setting that the file does not name.
    """
    text = (config_folder() / _FILE).read_text(encoding="utf-8")
    for key, value in answers.items():
        place = re.search(rf"(?m)^(# )?{key} = .*$", text)
        if place is None:
            raise KeyError(key)
        # JSON's strings and lists of strings are TOML's too.
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        text = text[: place.start()] + line + text[place.end() :]
    return text


def _ask(question: Question) -> str | list[str]:
    while True:
        typed = typer.prompt(
            question.asks, default=question.default, show_default=bool(question.default)
        )
        try:
            return question.value(typed)
        except ValueError as error:
            typer.echo(str(error), err=True)


def next_steps(settings: Settings, email: str) -> str:
    """What the technician does now, in order."""
    steps = [
        f"Keep a copy of {settings.key_file} in a safe place, away from the backups of "
        f"{settings.data}: without it nothing can be opened.",
        "Start 'gatekeeper serve' and, beside it, 'gatekeeper worker'. Have both started with the "
        "computer.",
        f"Put a web server with HTTPS in front of http://{settings.host}:{settings.port}"
        + ("." if settings.public_url else ", and set public_url in the settings file."),
        f"Sign in at {settings.address} as {email}, and add the others under Sign-ins: the office, "
        "the head, a technician, the teachers.",
        "The office imports the roll and the families' answers on the Register page; "
        "'gatekeeper register import FOLDER' does it here.",
    ]
    if not settings.mails_people:
        steps.append("Set mail_url in the settings file, so that people are told by mail.")
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
