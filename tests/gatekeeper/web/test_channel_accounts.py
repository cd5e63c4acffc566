"""Accounts on Twitter/X: tried, proposed, confirmed; looked at; off at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper.demo.badge import draw_badge
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.web import create_app
from gatekeeper_queue.models import Account
from gatekeeper_queue.record_models import ChangeRequest

USERS = [SandboxUser.new("town_pe", "Town PE", draw_badge()), SandboxUser.new("cats", "My cats")]
KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


@pytest.fixture(scope="module")
def sandbox() -> Any:
    with SandboxX(USERS) as server:
        yield server


@pytest.fixture
def wired(town: Any, sandbox: Any, tmp_path: Any) -> Any:
    """The town's school, with a badge, its domain, and the sandbox as X."""
    (tmp_path / "badge.png").write_bytes(draw_badge())
    changes = {
        "x_base_url": sandbox.url,
        "badge": tmp_path / "badge.png",
        "school_domains": ("school.test",),
    }
    town.settings = town.settings.model_copy(update=changes)
    town.app = create_app(town.school, town.settings)
    return town


def keys(user: SandboxUser, **more: str) -> dict[str, str]:
    form = {name: getattr(user, name) for name in KEYS}
    return {**form, "owner": "teacher", "email": "pe@school.test", "why": "For PE.", **more}


def change(town: Any) -> ChangeRequest:
    with town.school.database.read() as session:
        return session.exec(select(ChangeRequest).where(ChangeRequest.outcome == "")).one()


def account(town: Any, handle: str) -> Account | None:
    with town.school.database.read() as session:
        return session.exec(select(Account).where(Account.handle == handle)).first()


def test_an_account_is_tried_proposed_confirmed_and_looked_at(wired: Any) -> None:
    technician, head = wired.client("technician"), wired.client("head")
    sent = technician.fill_in("/accounts", keys(USERS[0]))
    assert sent.headers["location"] == "/accounts?done=proposed"
    assert "@town_pe waits for" in technician.get("/accounts").text
    assert account(wired, "town_pe") is None
    page = head.get("/changes").text
    assert "@town_pe" in page and "pe@school.test" in page
    assert not any(getattr(USERS[0], name) in page for name in KEYS)
    head.fill_in(f"/changes/{change(wired).id}/confirm")
    made = account(wired, "town_pe")
    assert made is not None and made.email == "pe@school.test"
    assert json.loads(wired.school.cipher.decrypt(made.secrets)) == {
        name: getattr(USERS[0], name) for name in KEYS
    }
    teacher = wired.client("teacher")
    assert "Not looked at" in teacher.get("/accounts").text
    teacher.fill_in(f"/accounts/{made.id}/check")
    assert "Badge shown" in teacher.get("/accounts").text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"email": "someone@mail.example"}, "Personal accounts are not linked"),
        ({"consumer_secret": "wrong"}, "X does not accept these keys"),
        ({"access_token": ""}, "Fill in everything"),
        ({"owner": "parent"}, "member of staff"),
        ({"owner": "nobody"}, "member of staff"),
        ({"why": ""}, "Say why"),
    ],
)
def test_what_is_wrong_is_refused_and_no_key_is_shown_again(
    wired: Any, more: dict[str, str], says: str
) -> None:
    answer = wired.client("technician").fill_in("/accounts", keys(USERS[0], **more))
    assert (answer.status_code, says in answer.text) == (422, True)
    assert USERS[0].access_token_secret not in answer.text
    with wired.school.database.read() as session:
        assert session.exec(select(ChangeRequest)).all() == []


def test_an_account_without_a_badge_stands_in_red(wired: Any) -> None:
    sealed = json.dumps({name: getattr(USERS[1], name) for name in KEYS}).encode()
    secrets = wired.school.cipher.encrypt(sealed)
    wired.add(Account(id="x2", channel="twitter", handle="cats", owner_id="head", secrets=secrets))
    head = wired.client("head")
    head.fill_in("/accounts/x2/check")
    page = head.get("/accounts").text
    assert "No badge" in page and "does not say that it belongs to the school" in page
    assert "does not show" not in wired.client("teacher").get("/accounts").text


def test_an_account_whose_keys_are_broken_could_not_be_seen(wired: Any) -> None:
    head = wired.client("head")
    head.fill_in("/accounts/x1/check")
    assert "Not seen" in head.get("/accounts").text


def test_without_a_badge_file_the_page_says_so(town: Any) -> None:
    assert "badge is not set" in town.client("technician").get("/accounts").text
    answer = town.client("technician").fill_in("/accounts/x1/check")
    assert answer.status_code == 422


def test_a_teacher_sees_their_own_alone(town: Any) -> None:
    town.add(Account(id="x2", channel="twitter", handle="heads", owner_id="head", secrets=b""))
    page = town.client("teacher").get("/accounts").text
    assert "@townschool" in page and "@heads" not in page
    assert town.client("teacher").fill_in("/accounts/x2/check").status_code == 403


def test_off_at_once_and_on_by_two(town: Any) -> None:
    technician = town.client("technician")
    technician.fill_in("/accounts/x1/off")
    assert not town.get(Account, "x1").active
    assert "@townschool" not in town.client("coordinator").get("/submit").text
    technician.fill_in("/accounts/x1/on", {"why": "The term begins."})
    assert not town.get(Account, "x1").active
    town.client("head").fill_in(f"/changes/{change(town).id}/confirm")
    assert town.get(Account, "x1").active


def test_another_owner_needs_two(town: Any) -> None:
    town.client("coordinator").fill_in("/accounts/x1/owner", {"owner": "head", "why": "Leaves."})
    assert town.get(Account, "x1").owner_id == "teacher"
    page = town.client("head").get("/changes").text
    assert "Another owner of an account: @townschool" in page
    town.client("head").fill_in(f"/changes/{change(town).id}/confirm")
    assert town.get(Account, "x1").owner_id == "head"
