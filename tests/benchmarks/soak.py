"""Many posts over three X accounts while a tenth of all calls go wrong: is any lost, is any twice?

    python tests/benchmarks/soak.py [--posts 500] [--faults 0.1] [--seed 1]

A real database file, the real channel through tweepy, the sandbox X over HTTP on loopback, and
three workers at once. Afterwards every tenth post is taken down, with the same faults.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlmodel import Session, col, func, select

from gatekeeper.composition import channel_opener, open_school
from gatekeeper.keys import make_key_file
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import Settings
from gatekeeper.signin import add_user
from gatekeeper_detectors.findings import Outcome, Verdict
from gatekeeper_detectors.values import CHECKLIST, CleanPicture
from gatekeeper_queue.approvals import grant
from gatekeeper_queue.channel import Channel
from gatekeeper_queue.models import Account, Post, Submission, User
from gatekeeper_queue.operating import retry
from gatekeeper_queue.people import Role
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.records import faces_to_json, photo_from_row, picture_to_json
from gatekeeper_queue.removal import Remover, ask_removal
from gatekeeper_queue.school import School, Slots
from gatekeeper_queue.states import PostState, SubmissionState, change_state
from gatekeeper_queue.submissions import Content, NewPhoto, photos_of, posts_of, submit
from gatekeeper_queue.timetable import Timetable
from gatekeeper_queue.training import KINDS, keep_record
from gatekeeper_queue.verdicts import keep_verdict

ACCOUNTS, WORKERS = 3, 3
CALLS = {
    "prepare": [("POST", "/2/media/upload"), ("POST", "/2/media/metadata")],
    "publish": [("POST", "/2/tweets")],
    "find": [("GET", "/2/users/*/tweets")],
    "find_all": [("GET", "/2/users/*/tweets")],
    "take_down": [("DELETE", "/2/tweets/*")],
    "is_up": [("GET", "/2/tweets/*")],
}
KINDS_OF_FAULT = (
    "status:500", "status-after:503", "drop", "drop-after", "garbage", "rate-limit",
    "status:403-duplicate",
)  # fmt: skip


class Clock:
    """Real time, and on demand later."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Faulty:
    """A channel before whose calls the sandbox is told, now and then, to go wrong."""

    def __init__(self, channel: Any, before: Callable[[str], None]) -> None:
        self._channel = channel
        self._before = before
        self.name = channel.name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._channel, name)
        if name not in CALLS:
            return found

        def call(*given: Any) -> Any:
            self._before(name)
            return found(*given)

        return call


class Soak:
    """One run, from the approved posts to the numbers."""

    def __init__(self, school: School, settings: Settings, sandbox: SandboxX, share: float) -> None:
        self.school, self.sandbox, self.share = school, sandbox, share
        self.faults: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._opener = channel_opener(school, settings)
        self._lock = threading.Lock()

    def work(self, clock: Clock, what: Callable[[int], None], done: Callable[[], bool]) -> int:
        """Rounds of all workers at once until it is done; returns how many it took."""
        for number in range(1, 500):
            threads = [threading.Thread(target=what, args=(n,)) for n in range(WORKERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if done():
                return number
            clock.ahead += timedelta(minutes=1)
        raise SystemExit("It was never done.")

    def publish(self, number: int) -> None:
        publisher = Publisher(self.school, self.open, f"worker {number}")
        publisher.release_abandoned()
        publisher.publish_due()
        publisher.settle_unknown()

    def remove(self, number: int) -> None:
        Remover(self.school, self.open).remove_due()

    def open(self, post: Post) -> Channel:
        found: Any = Faulty(self._opener(post), self._before)
        return found  # type: ignore[no-any-return]

    def _before(self, call: str) -> None:
        with self._lock:
            self.calls[call] += 1
            if random.random() >= self.share:
                return
            kind = random.choice(KINDS_OF_FAULT)
            method, path = random.choice(CALLS[call])
            self.faults[kind] += 1
        self.sandbox.fault(method, path, kind)

    def states(self) -> Counter[str]:
        with self.school.database.read() as session:
            query = select(Post.state, func.count()).group_by(Post.state)
            return Counter(dict(session.exec(query).all()))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=500)
    options.add_argument("--faults", type=float, default=0.1)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    random.seed(given.seed)
    logging.disable(logging.ERROR)
    users = [SandboxUser.new(f"school{n}", f"School {n}") for n in range(ACCOUNTS)]
    with tempfile.TemporaryDirectory() as folder, SandboxX(users) as sandbox:
        _run(Path(folder), sandbox, given.posts, given.faults)


def _run(folder: Path, sandbox: SandboxX, number: int, share: float) -> None:
    clock = Clock()
    settings = Settings(data=folder, x_base_url=sandbox.url)
    make_key_file(settings)
    school = replace(
        open_school(settings, clock),
        slots=Slots(Timetable(0, 24 * 60, spacing=timedelta(), on_closed_days=True)),
    )
    began = time.monotonic()
    approve(school, sandbox, number)
    print(f"{number} posts approved over {ACCOUNTS} accounts in {time.monotonic() - began:.0f} s")
    clock.ahead += timedelta(minutes=1)
    soak, began = Soak(school, settings, sandbox, share), time.monotonic()
    rounds = soak.work(
        clock, soak.publish, lambda: not soak.states() - Counter({"live": number, "failed": number})
    )
    tell(soak, f"published in {rounds} rounds, {time.monotonic() - began:.0f} s")
    check(school, sandbox)
    while refused := try_failed_again(school):
        rounds = soak.work(
            clock,
            soak.publish,
            lambda: not soak.states() - Counter({"live": number, "failed": number}),
        )
        tell(soak, f"{refused} that X had refused tried again, as a person would")
    check(school, sandbox)
    asked, began = take_down_some(school), time.monotonic()
    rounds = soak.work(clock, soak.remove, lambda: not soak.states()[PostState.REMOVING])
    tell(soak, f"{asked} taken down in {rounds} rounds, {time.monotonic() - began:.0f} s")
    check(school, sandbox)
    with school.database.read() as session:
        print(f"audit log: {'whole' if not list(school.audit.verify(session)) else 'BROKEN'}")
    school.database.close()


def tell(soak: Soak, what: str) -> None:
    calls, faults = sum(soak.calls.values()), sum(soak.faults.values())
    print(f"{what}: {dict(soak.states())}")
    print(
        f"  {calls} calls so far, {faults} went wrong ({faults / calls:.1%}): {dict(soak.faults)}"
    )


def check(school: School, sandbox: SandboxX) -> None:
    """Compare what is on the sandbox with what the posts say. Stops where they differ."""
    up = Counter(tweet["id"] for tweet in sandbox.state()["tweets"])
    texts = Counter(tweet["text"] for tweet in sandbox.state()["tweets"])
    with school.database.read() as session:
        posts = session.exec(select(Post)).all()
    live = {post.remote_id for post in posts if post.state == PostState.LIVE}
    sent = Counter(post.sends for post in posts)
    lost, extra = live - set(up), set(up) - live
    twice = [text for text, count in texts.items() if count > 1]
    print(f"  on X {len(up)}, live {len(live)}, lost {len(lost)}, twice {len(twice)}, ", end="")
    print(f"up and not live {len(extra)}; handed to X once, twice, …: {dict(sorted(sent.items()))}")
    if lost or extra or twice:
        raise SystemExit("NOT AS IT SHOULD BE")


def try_failed_again(school: School) -> int:
    with school.database.write() as session:
        failed = session.exec(select(Post).where(Post.state == PostState.FAILED)).all()
        for post in failed:
            retry(school, session, post, actor="soak")
        return len(failed)


def take_down_some(school: School) -> int:
    with school.database.write() as session:
        live = session.exec(
            select(Post).where(Post.state == PostState.LIVE).order_by(col(Post.due_at))
        ).all()
        for post in live[::10]:
            ask_removal(school, session, post, actor="soak", reason="asked")
        return len(live[::10])


def approve(school: School, sandbox: SandboxX, number: int) -> None:
    """So many approved posts, each with a picture of its own, spread over the accounts."""
    today = school.today()
    with school.database.write() as session:
        author = add_user(
            school, session, actor="soak", email="t@school.example", name="T", role=Role.TEACHER,
            password="long enough",
        )  # fmt: skip
        for kind in KINDS:
            keep_record(school, session, "soak", author.id, kind, today, school.aup.version)
        accounts = [_account(school, session, author, user) for user in sandbox.users]
    for n in range(number):
        with school.database.write() as session:
            _approved(school, session, author, n, accounts[n % ACCOUNTS])


def _account(school: School, session: Session, author: User, user: SandboxUser) -> str:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    secrets = json.dumps({name: getattr(user, name) for name in names}).encode()
    account = Account(
        channel="twitter",
        handle=user.username,
        owner_id=author.id,
        secrets=school.cipher.encrypt(secrets),
    )
    session.add(account)
    session.flush()
    return account.id


def _approved(school: School, session: Session, author: User, n: int, account_id: str) -> None:
    """What the checks leave behind for a picture without people, and an approval."""
    picture = io.BytesIO()
    Image.new("RGB", (160, 120), (n % 256, n // 256, 90)).save(picture, "JPEG")
    jpeg = picture.getvalue()
    digest = hashlib.sha256(jpeg).hexdigest()
    content = Content(
        f"Pupils at sports day, part {n}.",
        ("twitter",),
        account_ids=(account_id,),
        confirmed=CHECKLIST,
    )
    photo = NewPhoto("a.jpg", jpeg, "Pupils on a field.")
    submission: Submission = submit(school, session, author, content, [photo])
    (row,) = photos_of(session, submission.id)
    school.store.save_clean(jpeg, digest)
    row.clean_sha256, row.faces, row.words = digest, faces_to_json(()), []
    row.gradient_hash = f"{int(digest, 16):064x}"
    row.picture = picture_to_json(CleanPicture(jpeg, digest, 160, 120, 160, 120, "JPEG"))
    verdict = Verdict(Outcome.CLEAR, (), school.policy.rule_set)
    keep_verdict(school, session, submission, "twitter", verdict, [photo_from_row(row)])
    for state in (SubmissionState.CHECKING, SubmissionState.CLEAR):
        change_state(session, submission, state, school.audit, actor="soak")
    grant(school, session, submission, photos_of(session, submission.id), [], by="reviewer")
    assert posts_of(session, submission.id)


if __name__ == "__main__":
    main()
