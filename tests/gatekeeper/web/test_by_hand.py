"""A site that a person looks after: fetched, put up, found, taken down, looked for."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper.composition import channel_opener
from gatekeeper_queue.approvals import grant
from gatekeeper_queue.models import Account, AuditEvent, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import HandTask, Notice, StrayCopy
from gatekeeper_queue.removal import Remover, ask_removal
from gatekeeper_queue.submissions import photos_of

CAPTION = "Year 5 pupils’ “music” lesson"
PAGE = "<h1>News</h1><p>Year&nbsp;5 pupils&#8217; &ldquo;music&rdquo; <b>lesson</b></p>"


class Site:
    """A site builder's site: pages by path, each with a status."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str]] = {"/": (200, "Welcome")}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = site.pages.get(self.path, (404, "None"))
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", body)
                data = body.encode()
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Any:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def handed(town: Any, site: Site) -> Any:
    """A post that waits for the teacher, who owns the site's account, to put it up."""
    secrets = town.school.cipher.encrypt(json.dumps({"address": site.url}).encode())
    town.add(
        Account(
            id="site", channel="website", platform="by-hand", handle="the site",
            owner_id="teacher", secrets=secrets,
        )
    )  # fmt: skip
    object.__setattr__(town.school, "own_news", False)
    row = town.submission("one", "clear", caption=CAPTION)
    with town.school.database.write() as session:
        stored = session.get_one(Submission, row.id)
        grant(town.school, session, stored, photos_of(session, row.id), [], by="head")
        town.post_id = session.exec(select(Post.id)).one()
    town.publisher = Publisher(town.school, channel_opener(town.school, town.settings), "w")
    town.publisher.publish_due()
    assert town.get(Post, town.post_id).state == "unknown"
    return town


def settle(town: Any) -> str:
    """What the worker's ticks make of it."""
    town.time.now += timedelta(hours=1)
    town.publisher.settle_unknown()
    Remover(town.school, channel_opener(town.school, town.settings)).remove_due()
    return str(town.get(Post, town.post_id).state)


def ask_down(town: Any) -> None:
    with town.school.database.write() as session:
        post = session.get_one(Post, town.post_id)
        ask_removal(town.school, session, post, actor="head", reason="consent withdrawn")


def say(town: Any, what: str, who: str = "teacher", **form: str) -> Any:
    return town.client(who).fill_in(f"/by-hand/{town.post_id}/{what}", form)


def put_up(town: Any, site: Site, page: str = PAGE) -> str:
    say(town, "pack")
    site.pages["/news/1"] = (200, page)
    say(town, "up", url=f"{site.url}/news/1")
    assert settle(town) == "live"
    return f"{site.url}/news/1"


def told(town: Any) -> list[tuple[str, str | None]]:
    with town.school.database.read() as session:
        return [(row.kind, row.user_id) for row in session.exec(select(Notice))]


def test_the_pack_is_exactly_what_was_approved_and_its_address_makes_it_live(
    handed: Any, site: Site
) -> None:
    assert told(handed) == [("to-put-up", "teacher")]
    teacher = handed.client("teacher")
    assert "To put up" in teacher.get("/by-hand").text
    pack = say(handed, "pack")
    with zipfile.ZipFile(io.BytesIO(pack.content)) as archive:
        photo = handed.get(SubmissionPhoto, "photo-one")
        assert archive.read("text.txt").decode() == CAPTION
        assert archive.read("1.jpg") == handed.school.store.clean(photo.clean_sha256)
        assert archive.read("1 description.txt").decode() == photo.alt
    assert settle(handed) == "unknown"  # nobody has said where it is
    site.pages["/news/1"] = (200, PAGE)
    answer = say(handed, "up", url=f"{site.url}/news/1")
    assert answer.headers["location"] == "/by-hand?done=up"
    assert settle(handed) == "live"
    post = handed.get(Post, handed.post_id)
    assert post.url == f"{site.url}/news/1"
    with handed.school.database.read() as session:
        kinds = set(session.exec(select(AuditEvent.kind)).all())
    assert {"post.handed-out", "post.by-hand-up", "post.live"} <= kinds


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://other.example/news/1", "begins with"),
        ("SITE.example.net/", "begins with"),
        ("javascript:alert(1)", "begins with"),
        ("", "begins with"),
    ],
)
def test_only_pages_of_the_site_are_looked_at(handed: Any, site: Site, url: str, says: str) -> None:
    say(handed, "pack")
    answer = say(handed, "up", url=url.replace("SITE", site.url))
    assert (answer.status_code, says in answer.text) == (422, True)
    assert settle(handed) == "unknown"


def test_it_comes_down_when_a_person_says_so_and_the_page_agrees(handed: Any, site: Site) -> None:
    put_up(handed, site)
    ask_down(handed)
    assert settle(handed) == "removing"
    assert ("to-take-down", "teacher") in told(handed)
    say(handed, "gone")
    assert settle(handed) == "removing"  # said, but it is still there
    assert "still found there" in handed.client("teacher").get("/by-hand").text
    site.pages["/news/1"] = (200, "<p>Other news</p>")
    assert settle(handed) == "removed"


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ((404, "None"), "removed"),
        ((410, "Gone"), "removed"),
        ((302, "/"), "removing"),
        ((302, "https://other.example/"), "removing"),
        ((200, "<p>Page 2 of the news</p>"), "removing"),
        ((500, "Fault"), "removing"),
        ((302, "/news/1"), "removing"),
        ((200, PAGE), "removing"),
    ],
)
def test_what_the_site_answers_decides(
    handed: Any, site: Site, page: tuple[int, str], after: str
) -> None:
    put_up(handed, site)
    site.pages["/news/1"] = page
    ask_down(handed)
    assert settle(handed) == after


@pytest.mark.parametrize(
    "page", [(302, "/"), (302, "https://other.example/"), (200, "<p>Page 2 of the news</p>")]
)
def test_a_page_without_the_text_is_gone_once_a_person_says_so(
    handed: Any, site: Site, page: tuple[int, str]
) -> None:
    put_up(handed, site)
    ask_down(handed)
    site.pages["/news/1"] = page
    assert settle(handed) == "removing"
    assert ("to-take-down", "teacher") in told(handed)
    say(handed, "gone")
    assert settle(handed) == "removed"


def test_the_front_page_is_no_address_of_a_post(handed: Any, site: Site) -> None:
    site.pages["/"] = (200, PAGE)
    say(handed, "pack")
    for url in (site.url, f"{site.url}/"):
        answer = say(handed, "up", url=url)
        assert (answer.status_code, "front page" in answer.text) == (422, True)


@pytest.mark.parametrize("change", ["account", "caption", "flagged"])
def test_what_is_not_approved_any_more_is_not_handed_out(handed: Any, change: str) -> None:
    with handed.school.database.write() as session:
        row = session.get_one(Submission, "one")
        if change == "account":
            session.get_one(Account, "site").active = False
        elif change == "caption":
            row.caption = "Something else"
        else:
            row.state = "flagged"
    assert say(handed, "pack").status_code == 409
    assert handed.get(HandTask, handed.post_id).handed_at is None
    if change == "caption":
        assert handed.get(Submission, "one").state == "waiting"  # it is checked again


def test_a_mistaken_no_is_taken_back_and_what_is_up_comes_down(handed: Any, site: Site) -> None:
    say(handed, "pack")
    say(handed, "not-up")
    assert settle(handed) == "cancelled"
    assert "after all" in handed.client("teacher").get("/by-hand").text
    site.pages["/news/1"] = (200, PAGE)
    say(handed, "up", url=f"{site.url}/news/1")
    settle(handed)
    assert ("to-take-down", "teacher") in told(handed)
    assert "Take it off the site now" in handed.client("teacher").get("/by-hand").text
    del site.pages["/news/1"]
    say(handed, "gone")
    settle(handed)
    with handed.school.database.read() as session:
        (stray,) = session.exec(select(StrayCopy)).all()
    assert stray.removed_at is not None


def test_a_no_that_is_mended_at_once_does_not_count(handed: Any, site: Site) -> None:
    say(handed, "pack")
    say(handed, "not-up")
    site.pages["/news/1"] = (200, PAGE)
    say(handed, "up", url=f"{site.url}/news/1")
    assert settle(handed) == "removing"  # it was to be called off, so it comes down


def test_only_who_fetched_it_says_that_it_is_not_up(handed: Any) -> None:
    say(handed, "pack")
    answer = say(handed, "not-up", "coordinator")
    assert (answer.status_code, "has fetched it" in answer.text) == (409, True)
    assert settle(handed) == "unknown"


def test_a_page_that_is_built_in_the_browser_rests_on_the_persons_word(
    handed: Any, site: Site
) -> None:
    say(handed, "pack")
    site.pages["/news/1"] = (200, "<script src=app.js></script>")
    answer = say(handed, "up", url=f"{site.url}/news/1")
    assert answer.headers["location"] == "/by-hand?done=up-unseen"
    assert settle(handed) == "live"
    ask_down(handed)
    assert settle(handed) == "removing"
    say(handed, "gone")
    assert settle(handed) == "removed"


@pytest.mark.parametrize(("status", "asked_again"), [(404, True), (410, True), (200, False)])
def test_an_address_without_a_page_is_asked_for_again(
    handed: Any, site: Site, status: int, asked_again: bool
) -> None:
    """Believed, it would count as gone while the post is up somewhere else."""
    say(handed, "pack")
    site.pages["/news/1"] = (status, PAGE)
    answer = say(handed, "up", url=f"{site.url}/news/1")
    assert ("no such page" in answer.text) == asked_again
    assert (settle(handed) == "unknown") == asked_again


@pytest.mark.parametrize(("owner", "status"), [("teacher", 200), ("head", 404)])
def test_who_puts_it_up_sees_its_picture(handed: Any, owner: str, status: int) -> None:
    with handed.school.database.write() as session:
        session.get_one(Account, "site").owner_id = owner
        session.get_one(Submission, "one").author_id = "coordinator"
    assert handed.client("teacher").get("/pictures/photo-one.jpg").status_code == status


def test_what_nobody_fetched_is_called_off_without_asking(handed: Any) -> None:
    ask_down(handed)
    assert say(handed, "pack").status_code == 409
    assert settle(handed) == "cancelled"


def test_what_was_fetched_must_be_answered_for_before_it_counts_as_gone(handed: Any) -> None:
    say(handed, "pack")
    ask_down(handed)
    assert settle(handed) == "unknown"
    assert "Do not put this up" in handed.client("teacher").get("/by-hand").text
    say(handed, "not-up")
    assert settle(handed) == "cancelled"


def test_what_was_put_up_after_all_is_followed_until_it_is_gone(handed: Any, site: Site) -> None:
    say(handed, "pack")
    ask_down(handed)
    site.pages["/news/1"] = (200, PAGE)
    say(handed, "up", url=f"{site.url}/news/1")
    assert settle(handed) == "removing"
    del site.pages["/news/1"]
    assert settle(handed) == "removed"


def test_not_put_up_is_the_end_of_it(handed: Any) -> None:
    say(handed, "not-up")
    assert settle(handed) == "cancelled"
    assert say(handed, "pack").status_code == 409


@pytest.mark.parametrize("who", ["office", "technician", "governor", "parent"])
@pytest.mark.parametrize("what", ["pack", "up", "not-up", "gone"])
def test_nobody_else_answers(handed: Any, who: str, what: str) -> None:
    assert say(handed, what, who).status_code == 403


def test_another_author_sees_and_does_nothing(handed: Any) -> None:
    handed.person("other", "teacher")
    assert CAPTION not in handed.client("other").get("/by-hand").text
    assert say(handed, "pack", "other").status_code == 403
    assert handed.get(HandTask, handed.post_id).handed_at is None


def test_nothing_is_handed_out_in_incident_mode(handed: Any) -> None:
    from gatekeeper_queue.freezing import freeze

    with handed.school.database.write() as session:
        freeze(handed.school, session, session.get_one(User, "head"))
    assert say(handed, "pack").status_code == 409


def test_a_site_that_does_not_answer_is_no_account(town: Any) -> None:
    from gatekeeper.channels.by_hand import PLATFORM
    from gatekeeper_queue.channel import PermanentFailure, RetryLater

    with pytest.raises(PermanentFailure):
        PLATFORM.open({"address": "http://school.example"}, town.school, town.settings)
    closed = PLATFORM.open({"address": "http://127.0.0.1:9"}, town.school, town.settings)
    with pytest.raises(RetryLater):
        closed.check_account()
