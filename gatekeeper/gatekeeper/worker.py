"""The worker process: ticks that check, publish, settle, remove and look again.

The database is the queue. A tick claims work by a conditional update, so any number of
workers may run, and one that is killed leaves nothing that another cannot finish.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from gatekeeper.badge import check_badges
from gatekeeper.composition import channel_opener, face_workers, thresholds_for
from gatekeeper.keeping import sweep_of
from gatekeeper.outbox import outbox_of
from gatekeeper.relearning import learn_anew
from gatekeeper.reminders import remind
from gatekeeper.settings import Settings
from gatekeeper_detectors.faces.engine import engine_for
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.approvals import schedule_missing
from gatekeeper_queue.checking import Checker
from gatekeeper_queue.drift import NightLook
from gatekeeper_queue.erasing import finish_erasures
from gatekeeper_queue.expiry import Reaudit
from gatekeeper_queue.freezing import take_down_elsewhere
from gatekeeper_queue.heartbeat import EVERY, beat
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.recheck import Rechecker
from gatekeeper_queue.register_view import EngineId
from gatekeeper_queue.removal import Remover
from gatekeeper_queue.schedule import ask_again_in_time, follow_calendar
from gatekeeper_queue.school import School
from gatekeeper_queue.watching import Watcher
from gatekeeper_queue.withdrawing import follow_withdrawals

log = logging.getLogger(__name__)


def make_checker(
    school: School,
    pool: FacePool,
    worker: str,
    step: Callable[[str], None],
    models: Path | None = None,
) -> Checker:
    """A checker for one worker; `models` is the folder of a second face engine."""
    engine = engine_for(models)
    return Checker(
        school=school,
        faces=pool,
        engine=EngineId(engine.name, engine.version),
        thresholds=thresholds_for(school.policy, engine),
        worker=worker,
        step=step,
    )


def make_publisher(
    school: School, settings: Settings, worker: str, step: Callable[[str], None]
) -> Publisher:
    return Publisher(
        school,
        channel_opener(school, settings),
        worker,
        settle=timedelta(seconds=settings.settle_seconds),
        step=step,
    )


def run_worker(
    school: School, settings: Settings, step: Callable[[str], None] = lambda name: None
) -> None:
    """Work until the process is told to stop (SIGTERM or Ctrl-C)."""
    # In containers many workers have the same host name and the same process id.
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    with ExitStack() as stack:
        count = face_workers(settings)
        pool = stack.enter_context(FacePool(count, settings.face_seconds, settings.models))
        scheduler = BackgroundScheduler(
            timezone=settings.zone, executors={"default": ThreadPoolExecutor(count + 4)}
        )
        _add_ticks(scheduler, school, settings, pool, name, count, stop, step)
        scheduler.start()
        stack.callback(scheduler.shutdown, wait=True)
        log.info("worker %s runs with %d face searches at a time", name, count)
        stop.wait()


def _add_ticks(
    scheduler: BackgroundScheduler,
    school: School,
    settings: Settings,
    pool: FacePool,
    name: str,
    count: int,
    stop: threading.Event,
    step: Callable[[str], None],
) -> None:
    def every(seconds: float, work: Callable[[], object], job: str) -> None:
        scheduler.add_job(
            work,
            "interval",
            seconds=seconds,
            id=job,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=school.clock(),
        )

    every(EVERY.total_seconds(), lambda: beat(school), "heartbeat")
    checkers = [
        make_checker(school, pool, f"{name}:{n}", step, settings.models) for n in range(count)
    ]
    for number, checker in enumerate(checkers):
        every(0.5, lambda checker=checker: _until_idle(checker.check_next, stop), f"check-{number}")  # type: ignore[misc]
    publisher = make_publisher(school, settings, name, step)
    remover = Remover(school, channel_opener(school, settings), step)
    every(1, publisher.publish_due, "publish")
    every(1, lambda: take_down_elsewhere(school), "freeze")
    every(2, publisher.settle_unknown, "settle")
    every(1, remover.remove_due, "remove")
    look = NightLook(school, channel_opener(school, settings), publisher)
    every(300, look.tick, "night-look")
    alarm = timedelta(minutes=settings.removal_alarm_minutes)
    every(5, lambda: follow_withdrawals(school, alarm), "withdrawals")
    every(5, lambda: schedule_missing(school), "schedule")
    every(30, lambda: follow_calendar(school), "calendar")
    every(30, lambda: ask_again_in_time(school), "ask-again")
    every(600, Rechecker(school).recheck, "recheck")
    every(600, lambda: learn_anew(school, pool, engine_for(settings.models)), "learn")
    every(30, lambda: finish_erasures(school), "erase")
    every(900, Reaudit(school).tick, "re-audit")
    every(900, sweep_of(school).nightly, "sweep")
    watcher = Watcher(school)
    every(60, watcher.watch, "watch")
    every(900, watcher.nightly, "watch-nightly")
    every(3600, lambda: remind(school), "remind")
    every(15, outbox_of(school, settings).send_due, "mail")
    every(3600, lambda: check_badges(school, settings), "badges")
    every(30, checkers[0].release_abandoned, "release-checks")
    every(10, publisher.release_abandoned, "release-posts")


def _until_idle(work: Callable[[], bool], stop: threading.Event) -> None:
    while not stop.is_set() and work():
        pass
