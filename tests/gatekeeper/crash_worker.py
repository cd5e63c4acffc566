"""A worker's publishing in a process of its own, which kills itself at a given step.

    python crash_worker.py DATA X_URL STEP MINUTES

STEP `-` runs to the end. MINUTES moves the clock on, past the claims of a dead worker.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

from gatekeeper.composition import channel_opener, open_school, utc_now
from gatekeeper.settings import Settings
from gatekeeper.worker import make_publisher
from gatekeeper_queue.removal import Remover


def main(data: str, x_url: str, step: str, minutes: str) -> None:
    ahead = timedelta(minutes=int(minutes))

    def clock() -> datetime:
        return utc_now() + ahead

    def die(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(
        data=Path(data),
        x_base_url=x_url,
        settle_seconds=0.001,
        slot_opens=0,
        slot_closes=24,
        post_on_closed_days=True,
    )
    school = open_school(settings, clock)
    publisher = make_publisher(school, settings, f"worker-{os.getpid()}", die)
    publisher.release_abandoned()
    publisher.settle_unknown()
    publisher.publish_due()
    publisher.settle_unknown()
    Remover(school, channel_opener(school, settings), die).remove_due()


if __name__ == "__main__":
    main(*sys.argv[1:])
