"""Tokens: who gets in with one, what it may do, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select
from tests.gatekeeper.api.conftest import Program, token_of
from tests.gatekeeper.web.conftest import PASSWORD

from gatekeeper.signin import change_password, close_account, end
from gatekeeper.tokens import LASTS, MOST, ApiToken, BadToken, issue, tokens_of
from gatekeeper_consent.models import Guardianship
from gatekeeper_queue.models import AuditEvent, User


def test_the_description_is_open_and_everything_else_is_not(town):
    nobody = Program(town, "")
    described = nobody.get("openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        for method in methods:
            answer = nobody.request(method, path[1:])
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["title"] == "Who is asking?"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer gk_", "Bearer nonsense", "Basic {}", "{}", "Bearer x{}",
     "Bearer {}x"],
)  # fmt: skip
def test_what_is_no_token_opens_nothing(town, header):
    nobody = Program(town, "")
    nobody.headers["Authorization"] = header.format(token_of(town, "head"))
    assert nobody.get("me").status_code == 401


def test_a_session_cookie_is_no_token(town):
    assert town.client("head").get("/api/v1/me").status_code == 401


def test_a_path_that_ends_like_the_description_is_not_open(town):
    assert Program(town, "").get("pupils/openapi.json").status_code == 401


def test_a_token_is_its_person(program):
    me = program("coordinator").get("me").json()
    assert (me["id"], me["role"]) == ("coordinator", "coordinator")
    assert "review" in me["may"] and "edit register" not in me["may"]


def test_the_scheme_may_be_written_small(town):
    nobody = Program(town, "")
    nobody.headers["Authorization"] = f"bearer {token_of(town, 'head')}"
    assert nobody.get("me").status_code == 200


def test_a_reading_token_changes_nothing(town, program):
    town.submission("s1", "flagged", author="coordinator")
    reader = program("head", may_write=False)
    assert reader.get("submissions/s1").status_code == 200
    for method, path in (
        ("POST", "review/s1/send-back"),
        ("PUT", "submissions/s1"),
        ("POST", "sending/pause"),
        ("DELETE", "submissions/s1"),
    ):
        answer = reader.request(method, path, json={"reason": "no"})
        assert answer.status_code == 403, path
        assert answer.json()["title"] == "This token may not do this"


@pytest.mark.parametrize("days", LASTS)
def test_a_token_ends_on_its_day(town, program, days):
    one = program("teacher", days=days)
    town.time.now += timedelta(days=days) - timedelta(seconds=1)
    assert one.get("me").status_code == 200
    town.time.now += timedelta(seconds=1)
    assert one.get("me").status_code == 401


def _with(town, act):
    with town.school.database.write() as session:
        act(session, session.get_one(User, "teacher"))


def _gone(town):
    def act(session, user):
        user.guardian_id = "g1"
        user.role = "parent"
        token = session.exec(select(ApiToken)).one()
        token.role = "parent"  # as a parent's token is
        for row in session.exec(select(Guardianship)):
            row.ended_at = town.time.now

    return act


@pytest.mark.parametrize(
    "ending",
    [
        lambda town: change_password(
            town.school, town.get(User, "teacher"), PASSWORD, "x" * 12, ""
        ),
        lambda town: _with(
            town, lambda session, user: close_account(town.school, session, user, actor="head")
        ),
        lambda town: _with(town, lambda session, user: end(town.school, session, user)),
        lambda town: _with(town, lambda session, user: setattr(user, "role", "coordinator")),
        lambda town: _with(town, lambda session, user: setattr(user, "password_hash", "")),
        lambda town: _with(town, lambda session, user: setattr(user, "active", False)),
        lambda town: _with(town, _gone(town)),
    ],
    ids=["password", "closed", "all sessions", "role", "no password", "not active", "no child"],
)
def test_what_ends_a_token(town, program, ending):
    one = program("teacher")
    assert one.get("me").status_code == 200
    ending(town)
    assert one.get("me").status_code == 401


def test_ending_one_device_keeps_the_tokens(town, program):
    one = program("teacher")
    _with(town, lambda session, user: end(town.school, session, user, "no such session"))
    assert one.get("me").status_code == 200


def test_only_a_digest_is_stored(town):
    token = token_of(town, "teacher")
    row = town.get(ApiToken, _only(town).id)
    assert token.startswith("gk_") and len(token) > 40
    assert token not in str(row.model_dump())


def _only(town):
    with town.school.database.read() as session:
        return session.exec(select(ApiToken)).one()


def test_use_is_noted_now_and_then(town, program):
    one = program("teacher")
    one.get("me")
    first = _only(town).used_at
    town.time.now += timedelta(minutes=1)
    one.get("me")
    assert _only(town).used_at == first == town.time.now - timedelta(minutes=1)
    town.time.now += timedelta(minutes=5)
    one.get("me")
    assert _only(town).used_at == town.time.now


@pytest.mark.parametrize(
    ("name", "days", "says"),
    [
        ("", 30, "what the token is for"),
        ("   ", 30, "what the token is for"),
        ("x" * 101, 30, "what the token is for"),
        ("Bot", 0, "how long"),
        ("Bot", 10_000, "how long"),
    ],
)
def test_what_is_no_token_to_make(town, name, days, says):
    with town.school.database.write() as session, pytest.raises(BadToken, match=says):
        issue(
            town.school, session, session.get_one(User, "teacher"),
            name=name, may_write=False, days=days,
        )  # fmt: skip


def test_nobody_collects_tokens(town):
    for _ in range(MOST):
        token_of(town, "teacher")
    with pytest.raises(BadToken, match="Revoke one"):
        token_of(town, "teacher")
    token_of(town, "head")


# --- the page ---------------------------------------------------------------------------------

FILLED = {"name": "Calendar on the wall", "days": "30", "password": PASSWORD}


def _shown(page):
    return page.text.partition("data-token>")[2].partition("<")[0]


def test_a_token_is_shown_once_and_works(town):
    browser = town.client("teacher")
    page = browser.fill_in("/tokens", FILLED)
    token = _shown(page)
    assert Program(town, token).get("me").json()["id"] == "teacher"
    again = browser.get("/tokens").text
    assert token not in again and "Calendar on the wall" in again and "Reads only" in again


def test_a_token_for_changes_says_so(town):
    page = town.client("teacher").fill_in("/tokens", {**FILLED, "may_write": "yes"})
    assert "May change things" in page.text
    assert Program(town, _shown(page)).post("notices/seen", json={"newest": 0}).status_code == 204


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"password": "not it at all"}, "Your present password is wrong"),
        ({"password": ""}, "Your present password is wrong"),
        ({"name": " "}, "what the token is for"),
        ({"days": "12"}, "how long"),
        ({"days": "x"}, "how long"),
    ],
)
def test_what_was_typed_wrong_makes_no_token(town, wrong, says):
    page = town.client("teacher").fill_in("/tokens", FILLED | wrong)
    assert page.status_code == 422
    assert says in page.text and not _shown(page)
    with town.school.database.read() as session:
        assert tokens_of(town.school, session, "teacher") == []


def test_guessing_the_password_there_locks_too(town):
    browser = town.client("teacher")
    for _ in range(5):
        browser.fill_in("/tokens", FILLED | {"password": "guessed"})
    assert "Too many failed attempts" in browser.fill_in("/tokens", FILLED).text


def test_a_revoked_token_is_dead_and_on_record(town, program):
    one = program("teacher")
    row = _only(town)
    town.client("head").fill_in("/tokens/revoke", {"token": row.id})
    assert one.get("me").status_code == 200, "somebody else's"
    town.client("teacher").fill_in("/tokens/revoke", {"token": row.id})
    assert one.get("me").status_code == 401
    with town.school.database.read() as session:
        kinds = session.exec(
            select(AuditEvent.kind).where(AuditEvent.kind.startswith("token."))
        ).all()
    assert kinds == ["token.made", "token.revoked"]


def test_names_are_shown_as_text(town):
    page = town.client("teacher").fill_in("/tokens", {**FILLED, "name": "<b>x</b>"})
    assert "<b>x</b>" not in page.text and "&lt;b&gt;x" in page.text
