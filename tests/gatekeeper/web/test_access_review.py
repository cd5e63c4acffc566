"""The access review on its page: everybody, in plain words, signed off by the head."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from gatekeeper.web.access_review import ACT_WORDS
from gatekeeper_queue.models import User
from gatekeeper_queue.people import Act


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_every_act_is_said_in_plain_words() -> None:
    assert ACT_WORDS.keys() == set(Act)


def test_the_head_reviews_and_signs(town: Any) -> None:
    head = town.client("head")
    page = head.get("/access-review").text
    assert "It has not been reviewed yet" in page
    for text in ("Teacher", "Technician", "@townschool", "1 account, one for each parent"):
        assert text in page
    sent = head.fill_in("/access-review", {"seen": seen(page), "note": "Mr X leaves."})
    assert sent.headers["location"] == "/access-review?done=signed"
    after = head.get("/access-review").text
    assert "Signed off by Head" in after and "Mr X leaves." in after
    assert "Nothing is otherwise than it was." in after
    town.person("new", "teacher", "Ms New")
    assert "Ms New</strong> is new" in head.get("/access-review").text


def test_what_changed_while_the_page_was_open_is_looked_at_again(town: Any) -> None:
    head = town.client("head")
    page = head.get("/access-review").text
    with town.school.database.write() as session:
        session.get_one(User, "teacher").role = "coordinator"
    answer = head.fill_in("/access-review", {"seen": seen(page), "note": "Typed."})
    assert (answer.status_code, "has changed since" in answer.text) == (409, True)
    assert "Typed." in answer.text


def test_it_is_red_when_it_is_overdue(town: Any) -> None:
    town.client("head")
    town.time.now += timedelta(days=30)
    assert "was due on" not in town.client("governor").get("/access-review").text
    town.time.now += timedelta(days=1)
    page = town.client("governor").get("/access-review").text
    assert "was due on" in page and 'class="banner no"' in page
    assert 'name="seen"' not in page
