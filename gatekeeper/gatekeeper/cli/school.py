"""Commands that run a school: demo, init, migrate, serve, worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatekeeper_queue.school import School

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file; default gatekeeper.toml here.")
]


def demo(
    port: Annotated[int, typer.Option(help="Port of the pages; 0 takes a free one.")] = 8080,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open it.")] = False,
) -> None:
    """Run a sample school with sandbox channels. Nothing leaves this computer."""
    from gatekeeper.demo import run_demo

    run_demo(port, open_browser=not no_browser)


def init(
    config: ConfigOption = None,
    email: Annotated[str, typer.Option(prompt="E-mail of the head or coordinator")] = "",
    name: Annotated[str, typer.Option(prompt="Name")] = "",
    role: Annotated[str, typer.Option(help="coordinator or head")] = "coordinator",
    password: Annotated[
        str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)
    ] = "",
) -> None:
    """Set up a new school: settings, key file, database, first account.

    Asks what it must know. Where there is a settings file already, that is used as it is.
    """
    from gatekeeper.cli.questions import next_steps, settings_for_new_school
    from gatekeeper.composition import open_school
    from gatekeeper.keys import make_key_file
    from gatekeeper_queue.audit import SYSTEM
    from gatekeeper_queue.people import Role

    if role not in (Role.COORDINATOR, Role.HEAD):
        raise typer.BadParameter("the first account is a coordinator's or a head's")
    settings = settings_for_new_school(config)
    make_key_file(settings)
    add_person(open_school(settings), SYSTEM, email, name, role, password)
    typer.echo(f"The school is ready in {settings.data}. Next:\n{next_steps(settings, email)}")


def add_person(school: School, actor: str, email: str, name: str, role: str, password: str) -> None:
    """A new account; exits with 2 and the reason when it cannot be made."""
    from gatekeeper.signin import add_user
    from gatekeeper_queue.changes import ON_THE_SERVER, on_record
    from gatekeeper_queue.people import Role

    with school.database.write() as session:
        try:
            user = add_user(
                school,
                session,
                actor=actor,
                email=email,
                name=name,
                role=Role(role),
                password=password,
            )
            made = {"email": user.email, "name": name, "role": role}
            on_record(school, session, actor, "new-sign-in", user.id, made, how=ON_THE_SERVER)
        except ValueError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from error


def migrate(config: ConfigOption = None) -> None:
    """Bring the database up to date. 'serve' and 'worker' do this by themselves."""
    from gatekeeper.keys import keys_of
    from gatekeeper.migrations import migrate as bring_up_to_date
    from gatekeeper.settings import load_settings
    from gatekeeper_queue.database import Database

    settings = load_settings(config)
    keys_of(settings)  # where there is no key, there is no school
    database = Database(settings.url_of_database)
    typer.echo(f"The database is at schema {bring_up_to_date(database)}.")


def serve(config: ConfigOption = None) -> None:
    """Serve the pages. The checks and the sending are done by 'gatekeeper worker'."""
    import uvicorn

    from gatekeeper.composition import open_school, set_up_logging
    from gatekeeper.settings import load_settings
    from gatekeeper.web import create_app

    set_up_logging()
    settings = load_settings(config)
    app = create_app(open_school(settings), settings)
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_level="warning", server_header=False
    )


def worker(config: ConfigOption = None) -> None:
    """Check submissions, send posts, take posts down. Runs until it is stopped."""
    from gatekeeper.composition import open_school, set_up_logging
    from gatekeeper.settings import load_settings
    from gatekeeper.worker import run_worker

    set_up_logging()
    settings = load_settings(config)
    run_worker(open_school(settings), settings)
