"""Looking pupils up, withdrawing consent, and the log."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from gatekeeper_consent.models import Consent, FaceTemplate, Protection, Pupil
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import Post, Submission


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("poppy", {"Poppy"}),
        ("2B", {"Poppy", "Zoë"}),
        ("p3", {"Emeka"}),
        ("zoe m", {"Zoë"}),
        ("x", set()),
        ("ash", set()),
    ],
)
def test_pupils_are_found_by_name_class_and_id(town: Any, q: str, found: set[str]) -> None:
    html = town.client("teacher").get("/register", params={"q": q}).text
    assert {name for name in ("Poppy", "Zoë", "Emeka", "Ashdown") if name in html} == found


def test_only_the_office_is_offered_a_withdrawal(town: Any) -> None:
    assert "Withdraw everything" in town.client("office").get("/register/p1").text
    assert "Withdraw everything" not in town.client("head").get("/register/p1").text


def test_a_withdrawal_takes_down_what_shows_the_child(town: Any) -> None:
    poppy = Face(Box(20, 10, 70, 70), 0.9, matched="p1")
    town.submission("one", "approved", faces=[poppy], caption="Harvest boxes")
    town.post("post", "one", "live", people=["p1"], live_at=town.time.now)
    town.submission("two", "flagged")
    client = town.client("office")
    page = client.get("/register/p1/withdraw?use=website").text
    assert "1 post with this child is taken down at once" in page
    assert "Harvest boxes" in page
    assert client.get("/pictures/photo-one.jpg").status_code == 200
    data = {"use": "website"}
    assert client.fill_in("/register/p1/withdraw", data).status_code == 422
    response = client.fill_in("/register/p1/withdraw", {**data, "given_by": "mother"})
    status = response.headers["location"]
    assert status.startswith("/withdrawals/")
    assert town.get(Post, "post").state == "removing"
    assert town.get(Submission, "two").state == "waiting"
    page = client.get(status).text
    assert "1 post of 1 may still be seen" in page
    assert "Harvest boxes" in page
    with town.school.database.write() as session:
        post = session.get_one(Post, "post")
        post.state, post.removed_at = "removed", town.time.now
    assert "Every post is gone: 1 post" in client.get(status).text
    assert "Harvest boxes" not in town.client("teacher").get("/register/p1").text


@pytest.mark.parametrize("method", ["get", "fill_in"])
def test_a_withdrawal_without_a_tick_says_so(town: Any, method: str) -> None:
    client = town.client("office")
    response = getattr(client, method)("/register/p1/withdraw")
    assert response.status_code == 303
    assert "Nothing was ticked." in client.get(response.headers["location"]).text


def test_where_nothing_is_left_nothing_can_be_withdrawn(town: Any) -> None:
    page = town.client("office").get("/register/p3").text
    assert "Withdraw what is ticked" in page
    data = {"use": "all", "given_by": "mother"}
    town.client("office").fill_in("/register/p3/withdraw", data)
    page = town.client("office").get("/register/p3").text
    assert "There is nothing left to withdraw." in page
    assert "Withdraw what is ticked" not in page


@pytest.mark.parametrize("use", ["use=nonsense", "use=website&use=nonsense"])
def test_a_withdrawal_of_nothing_known_is_refused(town: Any, use: str) -> None:
    assert town.client("office").get(f"/register/p1/withdraw?{use}").status_code == 404


# --- finding --------------------------------------------------------------------------------------


def _everything(town: Any) -> None:
    """p1 ends soon, p2 is never to be published and not answered, p3 refused, p4 left."""
    with town.school.database.write() as session:
        for row in session.exec(select(Consent).where(Consent.pupil_id == "p1")):
            row.expires_on = town.school.today() + timedelta(days=60)
        session.add(
            Pupil(pupil_id="p4", first_name="Ola", last_name="Gone", left_on=date(2025, 9, 1))
        )
        session.add(
            Protection(
                pupil_id="p2", protected=True, recorded_at=town.time.now, recorded_by="office"
            )
        )
        session.add(
            FaceTemplate(
                person_id="p1", engine="e", engine_version="1", vector=b"", reference_count=1,
                made_at=town.time.now,
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "123"),
        ({"show": "not-answered"}, "2"),
        ({"show": "not-answered", "use": "display"}, "123"),
        ({"show": "not-answered", "use": "website"}, "2"),
        ({"show": "refused"}, "3"),
        ({"show": "refused", "use": "display"}, ""),
        ({"show": "expires"}, "1"),
        ({"show": "expires", "use": "parents"}, ""),
        ({"show": "never-publish"}, "2"),
        ({"show": "no-face"}, "23"),
        ({"show": "left"}, "4"),
        ({"show": "nonsense", "use": "nonsense"}, "123"),
        ({"class": "2B"}, "12"),
        ({"class": "2b"}, ""),
        ({"year": "5"}, "3"),
        ({"year": "5", "class": "2B"}, ""),
        ({"q": "ola"}, "4"),
        ({"q": "zoe", "show": "refused"}, ""),
        ({"q": "2b", "show": "expires"}, "1"),
    ],
)
def test_the_office_finds_what_it_has_to_see_to(
    town: Any, query: dict[str, str], found: str
) -> None:
    _everything(town)
    html = town.client("office").get("/register", params=query).text
    listed = "".join(sorted(re.findall(r'class="title" href="/register/p(\d)"', html)))
    assert listed == found


def test_teachers_search_but_see_nothing_to(town: Any) -> None:
    _everything(town)
    client = town.client("teacher")
    assert 'class="title"' not in client.get("/register").text
    html = client.get("/register", params={"show": "never-publish"}).text
    assert 'class="title"' not in html
    html = client.get("/register", params={"class": "2B"}).text
    assert "Zoë Marsh" in html
    assert "Never publish" not in html


def _kits(many: int) -> list[Pupil]:
    return [Pupil(pupil_id=f"k{i:03}", first_name="Kit", last_name=f"Z{i:03}") for i in range(many)]


def test_pages_of_the_list(town: Any) -> None:
    town.add(
        *(Pupil(pupil_id=f"k{i:03}", first_name="Kit", last_name=f"Z{i:03}") for i in range(45))
    )
    client = town.client("office")
    html = client.get("/register", params={"q": "kit"}).text
    assert html.count('class="title"') == 40
    assert "45 pupils" in html
    assert 'href="/register?q=kit&amp;page=2"' in html
    html = client.get("/register", params={"q": "kit", "page": "2"}).text
    assert html.count('class="title"') == 5
    assert 'rel="prev" href="/register?q=kit"' in html
    assert client.get("/register", params={"q": "kit", "page": "999"}).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_list(town: Any) -> None:
    town.add(
        *(Pupil(pupil_id=f"k{i:03}", first_name="Kit", last_name=f"Z{i:03}") for i in range(39))
    )
    client, statements = town.client("office"), []
    engine = town.school.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    numbers = []
    for q in ("kit", "kit z000"):
        statements.clear()
        client.get("/register", params={"q": q})
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


# --- log ------------------------------------------------------------------------------------------


def test_the_log_leads_to_what_one_may_see(town: Any) -> None:
    town.submission("one", "rejected")
    town.client("teacher").fill_in("/submissions/one/check-again")
    for user in ("teacher", "head"):
        assert 'href="/submissions/one"' in town.client(user).get("/activity").text


def test_the_log_shows_ones_own_or_everything(town: Any) -> None:
    head, office = town.client("head"), town.client("office")
    assert "<strong>Office</strong> signed in" in head.get("/activity").text
    assert "<strong>Head</strong> signed in" not in office.get("/activity").text
    assert "The log is whole: verified up to event 2." in head.fill_in("/activity/verify").text


def test_a_changed_log_is_found(town: Any) -> None:
    client = town.client("head")
    with town.school.database.write() as session:
        session.connection().exec_driver_sql("UPDATE audit_event SET actor = 'office'")
    assert "The log is not whole" in client.fill_in("/activity/verify").text


def test_the_technician_reads_ids_and_no_parents_name(town: Any) -> None:
    town.person("mum", "parent", "Jo Wainscott", guardian_id="g1")
    town.client("mum").fill_in("/family/children/p1/withdraw")
    for user, sees in (("head", True), ("mum", True), ("technician", False)):
        page = town.client(user).get("/activity").text
        assert ("<strong>Jo Wainscott</strong> recorded" in page) is sees, user
    assert "<strong>A parent</strong> recorded" in town.client("technician").get("/activity").text
