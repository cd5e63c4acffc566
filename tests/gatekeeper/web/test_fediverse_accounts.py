"""Accounts on Mastodon and Bluesky are tried, confirmed and looked at like those on Twitter/X."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import select
from tests.gatekeeper.channels.bluesky_server import Actor, BlueskyServer
from tests.gatekeeper.channels.mastodon_server import MastodonServer, Member

from gatekeeper.composition import open_account
from gatekeeper.demo.badge import draw_badge
from gatekeeper.web import create_app
from gatekeeper_queue.models import Account
from gatekeeper_queue.record_models import ChangeRequest

PASSWORD = "abcd-efgh-ijkl-mnop"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[MastodonServer, BlueskyServer]]:
    member = Member("101", "town", "Town PE", "token-of-town", picture=draw_badge())
    actor = Actor("did:plc:towntowntowntowntowntown", "town.test", PASSWORD, "Town PE")
    actor.picture = draw_badge()
    with MastodonServer(member) as mastodon, BlueskyServer(actor) as bluesky:
        yield mastodon, bluesky


@pytest.fixture
def wired(town: Any, tmp_path: Any) -> Any:
    """The town's school, with a badge and its domain."""
    (tmp_path / "badge.png").write_bytes(draw_badge())
    changes = {"badge": tmp_path / "badge.png", "school_domains": ("school.test",)}
    town.settings = town.settings.model_copy(update=changes)
    town.app = create_app(town.school, town.settings)
    return town


@pytest.fixture(params=["mastodon", "bluesky"])
def keys(request: Any, servers: tuple[MastodonServer, BlueskyServer]) -> dict[str, str]:
    """What is typed on the page."""
    mastodon, bluesky = servers
    form = {"platform": request.param, "form_covers_it": "yes"}
    if request.param == "mastodon":
        form |= {"server": mastodon.url, "access_token": "token-of-town"}
    else:
        form |= {"server": bluesky.url, "handle": "@town.test", "app_password": PASSWORD}
    return form | {"owner": "teacher", "email": "pe@school.test", "why": "For PE."}


def secret(keys: dict[str, str]) -> str:
    return keys.get("access_token") or keys["app_password"]


def test_an_account_is_tried_confirmed_and_looked_at(wired: Any, keys: dict[str, str]) -> None:
    sent = wired.client("technician").fill_in("/accounts", keys)
    assert sent.headers["location"] == "/accounts?done=proposed"
    with wired.school.database.read() as session:
        change = session.exec(select(ChangeRequest)).one()
    wired.client("head").fill_in(f"/changes/{change.id}/confirm")
    with wired.school.database.read() as session:
        account = session.exec(select(Account).where(Account.platform == keys["platform"])).one()
    stored = json.loads(wired.school.cipher.decrypt(account.secrets))
    assert stored == {name: keys[name] for name in stored}
    channel = open_account(wired.school, wired.settings, account)
    assert account.handle == channel.check_account()
    channel.close()
    teacher = wired.client("teacher")
    teacher.fill_in(f"/accounts/{account.id}/check")
    page = teacher.get("/accounts").text
    assert "Badge shown" in page
    assert account.handle in page
    assert secret(keys) not in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"access_token": "wrong", "app_password": "wron-gwro-ngwr-ongw"}, "is wrong"),
        ({"access_token": "two words", "app_password": "hunter2"}, "That is not an app password"),
        ({"server": "http://mastodon.social"}, "not an address that keys may be sent to"),
        ({"server": ""}, "Fill in everything"),
        ({"form_covers_it": ""}, "consent form"),
    ],
)
def test_what_is_wrong_is_said_and_no_key_is_shown_again(
    wired: Any, keys: dict[str, str], wrong: dict[str, str], says: str
) -> None:
    typed = keys | {name: value for name, value in wrong.items() if name in keys}
    answer = wired.client("technician").fill_in("/accounts", typed)
    assert answer.status_code == 422
    says = "one long word" if typed.get("access_token") == "two words" else says
    assert says in answer.text
    assert secret(keys) not in answer.text
    assert not wrong.get("app_password") or wrong["app_password"] not in answer.text
