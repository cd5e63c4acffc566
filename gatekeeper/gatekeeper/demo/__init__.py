"""`gatekeeper demo`: a sample school with sandbox channels, made anew each time.

Everything is real but the channels: a temporary database and key, the pages, a worker, and
a sandbox X on this computer that checks signatures as X does.
"""

from __future__ import annotations

import logging
import signal
import socket
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import typer

from gatekeeper.composition import open_school
from gatekeeper.demo.badge import draw_badge
from gatekeeper.demo.people import DemoPeople, add_people
from gatekeeper.demo.seed import (
    SUBMISSIONS,
    seed_families,
    seed_register,
    seed_submissions,
    settle_reviews,
)
from gatekeeper.keys import make_key_file
from gatekeeper.sandbox_x import SandboxUser
from gatekeeper.settings import Settings
from gatekeeper.timing import SlotRow

_START_SECONDS = 180
"""For a slow or busy computer; a process that ends is seen at once."""


def run_demo(port: int, *, open_browser: bool) -> None:
    """Make the school, run it until Ctrl-C, and leave nothing behind."""
    for sign in (signal.SIGINT, signal.SIGTERM):  # a shell may have switched SIGINT off
        signal.signal(sign, _stop)
    port = port or _free_port()
    if not _is_free(port):
        typer.echo(f"Port {port} is in use. Try: gatekeeper demo --port 0", err=True)
        raise typer.Exit(2)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gatekeeper-demo-")))
        badge = draw_badge()
        (folder / "badge.png").write_bytes(badge)
        users = [
            SandboxUser.new("BramblewoodSchool", "Bramblewood School", badge),
            SandboxUser.new("Bramblewood_PE", "Bramblewood PE"),
        ]
        settings = _settings(folder, port, _free_port())
        make_key_file(settings)
        school = open_school(settings)
        people = add_people(school, users)
        processes = _start(stack, settings, users)
        typer.echo("Starting the sample school …")
        seed_register(school)
        seed_families(school, people)
        ids = seed_submissions(school, people)
        _wait_for(f"{settings.address}/healthz", processes)
        _wait_for(settings.x_base_url, processes)
        _say(settings, people)
        if open_browser:
            webbrowser.open(settings.address)
        threading.Thread(target=settle_reviews, args=(school, people, ids), daemon=True).start()
        _watch(processes)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _settings(folder: Path, port: int, x_port: int) -> Settings:
    return Settings(
        data=folder,
        school_name="Bramblewood School",
        port=port,
        secure_cookies=False,  # this computer only, without HTTPS
        slot_spacing_minutes=0,  # nobody waits for the evening in a demo
        slot_opens=0,
        slot_closes=24,
        post_on_closed_days=True,
        slots=(SlotRow(channel="parents", times=("08:30", "12:15", "15:45")),),
        x_base_url=f"http://127.0.0.1:{x_port}",
        settle_seconds=6,
        school_domains=("bramblewood.example",),
        badge=folder / "badge.png",
    )


def _start(stack: ExitStack, settings: Settings, users: Sequence[SandboxUser]) -> list[BaseProcess]:
    """The pages, the worker and the sandbox X, each in a process of its own."""
    spawn = get_context("spawn")
    jobs: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        (_run_pages, (settings,)),
        (_run_worker, (settings,)),
        (_run_sandbox, (settings, tuple(users))),
    ]
    processes: list[BaseProcess] = []
    for job, arguments in jobs:
        process = spawn.Process(target=job, args=arguments, name=job.__name__.strip("_"))
        process.start()
        stack.callback(_end, process)
        processes.append(process)
    return processes


def _run_pages(settings: Settings) -> None:
    import uvicorn

    from gatekeeper.web import create_app

    app = create_app(open_school(settings), settings)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")


def _run_worker(settings: Settings) -> None:
    from gatekeeper.composition import set_up_logging
    from gatekeeper.worker import run_worker

    set_up_logging(logging.ERROR)
    run_worker(open_school(settings), settings)


def _run_sandbox(settings: Settings, users: Sequence[SandboxUser]) -> None:
    from gatekeeper.sandbox_x import serve

    serve(int(settings.x_base_url.rsplit(":", 1)[1]), users)


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join(10)
    if process.is_alive():
        process.kill()
        process.join()


def _wait_for(url: str, processes: Sequence[BaseProcess]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        for process in processes:
            if not process.is_alive():
                raise RuntimeError(f"the demo's {process.name} ended at its start")
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own address on this computer
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {url}")


def _say(settings: Settings, people: DemoPeople) -> None:
    typer.echo(f"\nThe pages:       {settings.address}")
    typer.echo(f"Public news:     {settings.address}/news")
    typer.echo(f"Sandbox X:       {settings.x_base_url}  (nothing leaves this computer)\n")
    for person in people.all:
        typer.echo(f"  {person.role:12} {person.email:30} password: {people.password}")
    typer.echo(
        f"\n{SUBMISSIONS} sample submissions are being checked now; the last takes a few seconds."
        "\nCtrl-C ends the demo and deletes it."
    )


def _watch(processes: Sequence[BaseProcess]) -> None:
    """Until Ctrl-C, or until a part of the demo dies."""
    try:
        while all(process.is_alive() for process in processes):
            time.sleep(0.5)
        typer.echo("A part of the demo has ended; stopping.", err=True)
    except KeyboardInterrupt:
        typer.echo("\nStopping …")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port), reuse_port=False):
            return True
    except OSError:
        return False
