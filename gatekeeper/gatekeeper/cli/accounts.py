"""Commands on people who sign in and on the accounts that posts go to."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gatekeeper.cli.records import ACTOR, open_configured
from gatekeeper.cli.school import ConfigOption, add_person

people = typer.Typer(help="Who may sign in, and as what.", no_args_is_help=True)
accounts = typer.Typer(help="The accounts that posts go to.", no_args_is_help=True)

PasswordOption = Annotated[
    str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)
]


def _refuse(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)


@people.command("add")
def people_add(
    email: str,
    name: Annotated[str, typer.Option(prompt=True)],
    role: Annotated[
        str,
        typer.Option(help="teacher, coordinator, office, head, governor or technician"),
    ],
    password: PasswordOption,
    config: ConfigOption = None,
) -> None:
    """Give somebody an account."""
    from gatekeeper_queue.people import STAFF, Role

    if role == Role.PARENT:
        raise _refuse("Parents make their accounts by a link from the office’s page “Parents”.")
    if role not in STAFF:
        raise _refuse(f"There is no role '{role}'. The roles are: {', '.join(sorted(STAFF))}.")
    add_person(open_configured(config), ACTOR, email, name, role, password)
    typer.echo(f"{email} can sign in now.")


@people.command("list")
def people_list(config: ConfigOption = None) -> None:
    """List the accounts with role, training and AUP."""
    from sqlmodel import col, select

    from gatekeeper_queue.models import User
    from gatekeeper_queue.training import standings

    with open_configured(config).database.read() as session:
        users = session.exec(select(User).order_by(col(User.email))).all()
        held = standings(session, [user.id for user in users])
    for user in users:
        state = "" if user.active else "  closed"
        typer.echo(
            f"{user.email:32} {user.role:12} trained {held[user.id].trained_on or '-'}  "
            f"AUP {held[user.id].aup_signed_on or '-'}{state}"
        )


@people.command("change")
def people_change(
    email: str,
    config: ConfigOption = None,
    trained: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the Twitter training.")
    ] = None,
    aup_signed: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day the AUP was signed.")
    ] = None,
    close: Annotated[bool, typer.Option(help="End all sessions and let nobody in.")] = False,
) -> None:
    """Record training and AUP, or close an account."""
    from sqlmodel import select

    from gatekeeper.staffing import close_sign_in
    from gatekeeper_queue.change_kinds import BadChange
    from gatekeeper_queue.changes import ON_THE_SERVER
    from gatekeeper_queue.models import User
    from gatekeeper_queue.training import AUP, TRAINING, BadTraining, keep_record

    school = open_configured(config)
    if trained is None and aup_signed is None and not close:
        raise _refuse("Say what to change: --trained, --aup-signed or --close.")
    with school.database.write() as session:
        user = session.exec(select(User).where(User.email == email.lower())).first()
        if user is None:
            raise _refuse(f"There is no account for {email}.")
        try:
            if trained is not None:
                keep_record(school, session, ACTOR, user.id, TRAINING, trained.date(), "")
            if aup_signed is not None:
                version = school.aup.version
                keep_record(school, session, ACTOR, user.id, AUP, aup_signed.date(), version)
            if close:
                close_sign_in(school, session, user, actor=ACTOR, how=ON_THE_SERVER)
        except (BadTraining, BadChange) as error:
            raise _refuse(str(error)) from error
    typer.echo(f"{email} is changed.")


@people.command("password")
def people_password(email: str, password: PasswordOption, config: ConfigOption = None) -> None:
    """Give somebody a new password. Ends every session of theirs."""
    from sqlmodel import select

    from gatekeeper.signin import set_password
    from gatekeeper_queue.changes import ON_THE_SERVER, on_record
    from gatekeeper_queue.models import User

    school = open_configured(config)
    with school.database.write() as session:
        user = session.exec(select(User).where(User.email == email.lower())).first()
        if user is None:
            raise _refuse(f"There is no account for {email}.")
        try:
            set_password(school, session, user, password, actor=ACTOR)
        except ValueError as error:
            raise _refuse(str(error)) from error
        on_record(school, session, ACTOR, "password", user.id, {}, how=ON_THE_SERVER)
    typer.echo(f"{email} has a new password.")


@accounts.command("add")
def accounts_add(
    owner: Annotated[str, typer.Option(help="E-mail of the member of staff it belongs to.")],
    keys: Annotated[
        Path, typer.Argument(help="JSON with the account's keys; '-' reads it from a pipe.")
    ],
    email: Annotated[str, typer.Option(help="The school address that it is registered to.")] = "",
    kind: Annotated[str, typer.Option(help="twitter, or another that 'kinds' lists.")] = "twitter",
    form_covers_it: Annotated[
        bool, typer.Option(help="The consent form asks families about this network too.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Add an account, or renew its keys. They are tried first, and stored encrypted."""
    from sqlmodel import select

    from gatekeeper.channels import PLATFORMS, platform_called
    from gatekeeper.composition import open_school
    from gatekeeper.settings import load_settings
    from gatekeeper_queue.accounts import account_wanted
    from gatekeeper_queue.change_kinds import BadChange, Proposal, set_account
    from gatekeeper_queue.changes import ON_THE_SERVER, on_record
    from gatekeeper_queue.channel import ChannelError
    from gatekeeper_queue.models import User

    platform = platform_called(kind)
    if platform is None:
        raise _refuse(f"'{kind}' is none of: {', '.join(one.name for one in PLATFORMS)}.")
    settings = load_settings(config)
    school = open_school(settings)
    with school.database.read() as session:
        user = session.exec(select(User).where(User.email == owner.lower())).first()
    if user is None:
        raise _refuse(f"There is no account for {owner}.")
    found = _keys(keys, [key.name for key in platform.keys])
    try:
        wanted = account_wanted(
            channel=platform.use.value,
            platform=platform.name,
            handle="",
            owner_id=user.id,
            email=email,
            domains=settings.school_domains,
            form_covers_it=form_covers_it,
        )
        wanted["handle"] = platform.open(found, school, settings).check_account()
    except BadChange as error:
        raise _refuse(str(error)) from error
    except ChannelError as error:
        refused = " does not accept these keys" if platform.has_secrets else ""
        raise _refuse(f"{platform.title}{refused}: {error}") from error
    sealed = school.cipher.encrypt(json.dumps(found).encode())
    with school.database.write() as session:
        account_id = set_account(school, session, Proposal("", wanted, sealed), ACTOR)
        on_record(school, session, ACTOR, "account", account_id, wanted, how=ON_THE_SERVER)
    typer.echo(f"{platform.title} {wanted['handle']} is ready; it belongs to {owner}.")


@accounts.command("kinds")
def accounts_kinds() -> None:
    """List the kinds of account, and the keys that each needs."""
    from gatekeeper.channels import PLATFORMS

    for platform in PLATFORMS:
        names = ", ".join(key.name for key in platform.keys)
        typer.echo(f"{platform.name:12} {platform.title}: {names}")


@accounts.command("list")
def accounts_list(config: ConfigOption = None) -> None:
    """List the accounts and whom they belong to."""
    from sqlmodel import select

    from gatekeeper_queue.models import Account, User

    with open_configured(config).database.read() as session:
        for account in session.exec(select(Account)):
            owner = session.get_one(User, account.owner_id).email
            state = "" if account.active else "  switched off"
            typer.echo(f"{account.id}  {account.platform:10} {account.handle:24} {owner}{state}")


def _keys(path: Path, names: Sequence[str]) -> dict[str, str]:
    """The named keys, and nothing else. Exits with 2 when they are not there."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        found = json.loads(text)
        return {name: str(found[name]) for name in names}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _refuse(f"The keys must be JSON with: {', '.join(names)}.") from error
