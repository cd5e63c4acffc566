"""What a person says they put up or took down, checked as far as the site's pages can tell."""

from __future__ import annotations

import re
import time
from html import unescape
from urllib.parse import urlsplit

import httpx
from sqlmodel import Session

from gatekeeper.channels.addresses import refuse_social_network
from gatekeeper_queue.by_hand import on_site
from gatekeeper_queue.channel import OutcomeUnknown, Outgoing, PermanentFailure, Receipt, RetryLater
from gatekeeper_queue.models import Account, Post, Submission
from gatekeeper_queue.notices import tell
from gatekeeper_queue.record_models import HandTask
from gatekeeper_queue.school import School

_TIMEOUT = httpx.Timeout(10, connect=5)
_LONGEST = 30.0
"""Seconds for one whole page: other removals wait meanwhile."""
_MAX_PAGE = 3_000_000
"""Bytes of a page that are read."""
_HOPS = 3
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WORDS = re.compile(r"\w+")


class ByHandChannel:
    """Implements `gatekeeper_queue.channel.Channel` for a site that a person looks after.

    Raises `PermanentFailure` for an address that cannot be right.
    """

    name = "by-hand"

    def __init__(self, school: School, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise PermanentFailure("Give the address of the site, from https:// on.")
        if not parts.hostname:
            raise PermanentFailure("Give the whole address of the site.")
        refuse_social_network(address)
        self._school = school
        self.address = address

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        return (item.post_id,)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        """Ask the owner of the account to put it up. It may be up from when they fetch it."""
        with self._school.database.write() as session:
            if session.get(HandTask, item.post_id) is None:
                session.add(HandTask(post_id=item.post_id))
                tell(
                    self._school,
                    session,
                    "to-put-up",
                    item.post_id,
                    users=[_owner(session, item.post_id)],
                )
        raise OutcomeUnknown("It waits for somebody to put it on the site.")

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        with self._school.database.read() as session:
            task, post = session.get(HandTask, item.post_id), session.get(Post, item.post_id)
        if task is not None and task.url:
            return Receipt(item.post_id, task.url)
        if task is None or task.not_up:
            return None
        if task.handed_at is None and post is not None and post.removal_reason:
            return None  # nobody has fetched it, and nobody can any more
        raise RetryLater("It waits for somebody to put it on the site.")

    def take_down(self, receipt: Receipt) -> None:
        """Ask the owner, and wait until they say that it is gone."""
        with self._school.database.read() as session:
            task = session.get_one(HandTask, receipt.remote_id)
        if not self._shows(receipt, task):
            return
        with self._school.database.write() as session:
            owner = _owner(session, receipt.remote_id)
            tell(self._school, session, "to-take-down", receipt.remote_id, users=[owner])
        raise RetryLater("It waits for somebody to take it off the site.")

    def is_up(self, receipt: Receipt) -> bool:
        """Is it still there? Only an answer that there is no such page shows by itself that it is
        gone: the text may have moved to another page, or not be sent today. Otherwise the
        person's word is needed, and does not count against a page that still holds the text."""
        with self._school.database.read() as session:
            task = session.get_one(HandTask, receipt.remote_id)
        return self._shows(receipt, task)

    def check_account(self) -> str:
        """The site's address without its scheme. Raises `PermanentFailure`, `RetryLater`."""
        self.text_of(self.address)
        parts = urlsplit(self.address)
        return (parts.netloc + parts.path).rstrip("/")

    def says(self, url: str, text: str) -> bool:
        """Does the page at this address hold this text? Raises `RetryLater`, and
        `PermanentFailure` where there is no page: believed, it would later count as gone."""
        page = self.text_of(url)
        if page is None:
            raise PermanentFailure(
                "The site says that it has no such page. Open it in a browser, and copy the "
                "address from there."
            )
        return _holds(page, text)

    def text_of(self, url: str) -> str | None:
        """The words of the page; None where the site says that there is none. Raises `RetryLater`.

        Only pages of the site are looked at, whatever they redirect to.
        """
        with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
            for _ in range(_HOPS):
                if not on_site(url, self.address):
                    return ""  # nothing of it can be read, which does not mean that it is gone
                try:
                    status, location, body = _fetch(client, url)
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    raise RetryLater("The site does not answer at the moment.") from error
                if status in (404, 410):
                    return None
                if 300 <= status < 400 and location:
                    url = location
                    continue
                if status != 200:
                    raise RetryLater(f"The site answers {status} at the moment.")
                return _folded(unescape(re.sub(r"<[^>]*>", " ", body)))
        raise RetryLater("The site sends the browser round in circles.")

    def _shows(self, receipt: Receipt, task: HandTask) -> bool:
        with self._school.database.read() as session:
            post = session.get_one(Post, receipt.remote_id)
            caption = session.get_one(Submission, post.submission_id).caption
        page = self.text_of(receipt.url)
        if page is None:
            return False
        return task.gone_at is None or (task.seen and _holds(page, caption))


def _fetch(client: httpx.Client, url: str) -> tuple[int, str, str]:
    """Status, where it redirects to, and as much of the page as is read."""
    until = time.monotonic() + _LONGEST
    with client.stream("GET", url) as answer:
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the whole page takes too long")
            if len(body) > _MAX_PAGE:
                break
        target = answer.next_request.url if answer.next_request else ""
        return answer.status_code, str(target), body.decode(answer.encoding or "utf-8", "replace")


def _holds(page: str, text: str) -> bool:
    words = _folded(text)
    return bool(words) and words in page


def _folded(text: str) -> str:
    """Its words alone: sites set quotes, dashes and spaces in their own way."""
    return " ".join(_WORDS.findall(text.casefold()))


def _owner(session: Session, post_id: str) -> str:
    post = session.get_one(Post, post_id)
    return session.get_one(Account, post.account_id).owner_id
