"""The page of notices, and the count beside one's name."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper_queue.models import User
from gatekeeper_queue.notices import tell
from gatekeeper_queue.record_models import Notice


def told(town: Any, subject: str = "one", who: str = "teacher") -> None:
    with town.school.database.write() as session:
        tell(town.school, session, "item-rejected", subject, users=[who])


def test_the_count_stands_on_every_page_until_it_is_seen(town: Any) -> None:
    told(town)
    told(town, "two")
    client = town.client("teacher")
    assert '<span class="badge small">2<span class="sr"> new notices' in client.get("/rules").text
    assert "new notices" not in town.client("head").get("/rules").text
    html = client.get("/notices").text
    assert "2 posts of yours cannot go out as they are." in html
    assert 'href="/notices/1"' in html
    assert 'href="/notices/2"' in html
    opened = client.get("/notices/1")
    assert (opened.status_code, opened.headers["location"]) == (303, "/submissions/one")
    assert ">1<" in client.get("/rules").text.split("menu-items")[0]
    client.fill_in("/notices/seen", {"newest": "2"})
    assert "new notices" not in client.get("/rules").text


def test_what_came_after_the_page_was_loaded_stays_new(town: Any) -> None:
    told(town)
    client = town.client("teacher")
    assert 'name="newest" value="1"' in client.get("/notices").text
    told(town, "two")
    client.fill_in("/notices/seen", {"newest": "1"})
    assert town.get(Notice, 1).seen_at is not None
    assert town.get(Notice, 2).seen_at is None


def test_the_unseen_come_first(town: Any) -> None:
    told(town)
    told(town, "two")
    client = town.client("teacher")
    client.get("/notices/2")
    html = client.get("/notices").text
    assert html.index('href="/notices/1"') < html.index('href="/notices/2"')


@pytest.mark.parametrize("path", ["/notices/1", "/notices/99", "/notices/x"])
def test_nobody_opens_a_colleagues_notice(town: Any, path: str) -> None:
    told(town)
    assert town.client("head").get(path).status_code == 404
    assert town.get(Notice, 1).seen_at is None


def test_of_mail_it_speaks_only_where_there_is_mail(town: Any) -> None:
    page = town.client("parent").get("/notices").text
    assert "parent@school.test" not in page
    assert "shown here only" in page
    town.set_up_mail()
    page = town.client("parent").get("/notices").text
    assert "Notices are also sent to parent@school.test." in page
    assert "shown here only" not in page


def test_each_person_chooses_whether_they_are_mailed(town: Any) -> None:
    town.set_up_mail()
    client = town.client("teacher")
    client.fill_in("/notices/mail", {"mail": "no"})
    assert town.get(User, "teacher").wants_mail is False
    assert "Only serious notices" in client.get("/notices").text
    client.fill_in("/notices/mail", {"mail": "yes"})
    assert town.get(User, "teacher").wants_mail is True


def test_the_technician_sees_what_could_not_be_mailed_and_can_try(town: Any) -> None:
    client = town.client("technician")
    assert "No notice is stuck." in client.get("/outbox").text
    client.fill_in("/outbox/try")
    with town.school.database.write() as session:
        for number in (1, 2):
            session.get_one(Notice, number).last_error = "The mail server did not take it: no"
        assert session.get_one(Notice, 2).user_id is None
    html = client.get("/outbox").text
    assert "1 notice to people" in html
    assert "1 notice to the e-safety address" in html
    assert "The mail server did not take it: no" in html
