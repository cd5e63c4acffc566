"""The pages of the incident log and of incident mode, and what the public sees meanwhile."""

from __future__ import annotations

from html import escape
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlmodel import col, select

from gatekeeper_queue.incidents import BREACHES, FIELDS, open_incident
from gatekeeper_queue.models import Account, Post, SubmissionPhoto
from gatekeeper_queue.record_models import Freeze, Incident

EVIL = "<script>alert('x')</script>"


def only(town: Any, kind: Any) -> Any:
    with town.school.database.read() as session:
        return session.exec(select(kind)).one()


def edition_in(html: str) -> str:
    return html.split('name="edition" value="')[1].split('"')[0]


def test_an_entry_is_opened_written_closed_and_printed(town: Any) -> None:
    head, coordinator = town.client("head"), town.client("coordinator")
    head.fill_in("/incidents/new", {"happened": f"A stranger wrote {EVIL}"})
    row = only(town, Incident)
    page = coordinator.get(f"/incidents/{row.id}")
    assert "A stranger wrote &lt;script&gt;" in page.text
    assert "A stranger wrote &lt;script&gt;" in coordinator.get("/incidents").text
    part = {name: f"Words on {name}." for name in FIELDS}
    fields = {**part, "edition": edition_in(page.text), "conclusion": "", "close": "yes"}
    refused = coordinator.fill_in(f"/incidents/{row.id}", fields)
    assert refused.status_code == 409
    assert "It is saved, but not closed. Write all five parts" in refused.text
    fields = {**part, "edition": edition_in(refused.text), "close": "yes"}
    assert coordinator.fill_in(f"/incidents/{row.id}", fields).status_code == 303
    html = head.get(f"/incidents/{row.id}").text
    assert "<textarea" not in html
    assert "No incident is open." in head.get("/incidents").text
    assert row.id in head.get("/incidents?show=closed").text
    sheet = head.get(f"/incidents/{row.id}/print").text
    assert all(f"Words on {name}." in sheet for name in FIELDS)


def test_an_entry_that_says_nothing_is_not_opened(town: Any) -> None:
    answer = town.client("head").fill_in("/incidents/new", {"involved": "two pupils"})
    assert answer.status_code == 422
    assert "two pupils" in answer.text
    with town.school.database.read() as session:
        assert session.exec(select(Incident)).all() == []


def test_two_who_write_at_once_lose_nothing(town: Any) -> None:
    head, coordinator = town.client("head"), town.client("coordinator")
    head.fill_in("/incidents/new", {"happened": "It began."})
    path = f"/incidents/{only(town, Incident).id}"
    seen = edition_in(head.get(path).text)
    coordinator.fill_in(path, {"happened": "It began at ten.", "edition": seen})
    answer = head.fill_in(path, {"happened": "It began in 3K.", "edition": seen})
    assert answer.status_code == 409
    assert "It began in 3K." in answer.text  # what one wrote oneself
    assert "It began at ten." in answer.text  # what is stored now
    assert edition_in(answer.text) != seen


def test_steps_are_ticked_on_the_page(town: Any) -> None:
    head = town.client("head")
    head.fill_in("/incidents/new", {"happened": "It began."})
    path = f"/incidents/{only(town, Incident).id}"
    head.fill_in(f"{path}/steps", {"tick": "dsl"})
    assert "1 of 10 done" in head.get(path).text
    assert "Not done after all" in head.get(path).text
    head.fill_in(f"{path}/steps", {"untick": "dsl"})
    assert "0 of 10 done" in head.get(path).text
    assert head.fill_in(f"{path}/steps", {"tick": "dance"}).status_code == 409


def test_whichever_button_is_pressed_what_was_written_is_kept(live: Any) -> None:
    head = live.client("head")
    path = head.fill_in("/freeze").headers["location"]
    buttons = (
        (f"{path}/steps", {"tick": "dsl"}),
        ("/freeze/lift", {"act": "ask"}),
        ("/freeze/lift", {"act": "not yet"}),
        (f"{path}/steps", {"untick": "dsl"}),
    )
    for number, (to, button) in enumerate(buttons):
        fields = {
            "edition": edition_in(head.get(path).text),
            "done": "Told all.",
            "found": f"By {number}.",
        }
        assert head.fill_in(to, {**fields, **button}).status_code == 303
        page = head.get(path).text
        assert f"By {number}." in page
        assert "Publishing was frozen" in page  # what was not sent stays as it was
    stale = {"edition": "0" * 16, "found": "By a slow writer.", "tick": "dsl"}
    refused = head.fill_in(f"{path}/steps", stale)
    assert refused.status_code == 409
    assert "By a slow writer." in refused.text
    assert "1 of 10 done" in refused.text


@pytest.mark.parametrize("path", ["/incidents/none", "/incidents/none/print"])
def test_what_is_not_there_gets_a_page(town: Any, path: str) -> None:
    assert town.client("head").get(path).status_code == 404


# --- incident mode --------------------------------------------------------------------------------


@pytest.fixture
def live(town: Any) -> Any:
    """A post on the website, one for parents and one on X, all up."""
    for channel in ("website", "parents", "twitter"):
        town.submission(channel, "approved", channels=(channel,), caption=f"On {channel}")
        town.post(f"post-{channel}", channel, "live", channel=channel, live_at=town.time.now)
    sha256 = town.get(SubmissionPhoto, "photo-website").clean_sha256
    for channel in ("website", "parents"):
        town.news(f"post-{channel}", f"Harvest on {channel}", sha256)
    town.picture = f"/news/pictures/{sha256}.jpg"
    return town


OUTSIDE = ("/news", "/news/post-website", "/news/list", "/news/feed.atom", "/news/feed.json")


def public_answers(town: Any) -> dict[str, Any]:
    """Every address at which somebody outside could see something of ours."""
    client = town.client()
    tagged = {"if-none-match": f'"{town.picture.split("/")[-1].removesuffix(".jpg")}"'}
    answers = {path: client.get(path, headers=tagged) for path in (*OUTSIDE, town.picture)}
    parent = town.client("parent")
    family = town.picture.replace("/news/", "/family/posts/")
    return answers | {
        path: parent.get(path) for path in ("/family/posts", "/family/posts/post-parents", family)
    }


def test_the_confirming_page_says_exactly_what_happens(live: Any) -> None:
    with live.school.database.write() as session:
        sent = session.exec(select(Post).where(col(Post.account_id).is_not(None))).one()
        session.add(
            Account(
                id="site", channel="website", platform="by-hand", handle="www.town.example",
                owner_id="teacher", secrets=b"",
            )
        )  # fmt: skip
        session.add(Post(**sent.model_dump(exclude={"id", "account_id"}), account_id="site"))
    html = live.client("head").get("/freeze").text
    for words in ("(2 posts)", "Twitter/X: 1 post taken down",
                  "By hand: 1 post to be taken down by a person", "0 planned posts wait",
                  "do not come back by themselves",
                  "it takes two people"):  # fmt: skip
        assert words in html
    with live.school.database.read() as session:
        assert session.exec(select(Freeze)).all() == []


def test_one_press_and_nobody_outside_sees_anything(live: Any) -> None:
    before = public_answers(live)
    assert {path: answer.status_code for path, answer in before.items()} == {
        **dict.fromkeys(before, 200), live.picture: 304,
    }  # fmt: skip
    head = live.client("head")
    page = head.fill_in("/freeze")
    after = public_answers(live)
    assert {path: answer.status_code for path, answer in after.items()} == {
        "/news": 503,
        "/news/post-website": 503,
        "/news/list": 503,
        "/news/feed.atom": 200,
        "/news/feed.json": 200,
        live.picture: 404,
        **{path: 503 for path in after if path.startswith("/family")},
    }
    for path, answer in after.items():
        assert "Harvest" not in answer.text, path
        assert answer.headers["cache-control"] in ("no-store", "no-cache"), path
        assert "etag" not in answer.headers, path
    assert "taking a break" in after["/news"].text
    assert ElementTree.fromstring(after["/news/feed.atom"].content).findall("{*}entry") == []
    assert after["/news/feed.json"].json()["items"] == []
    # Staff read it on every page, and those who handle it are led on.
    assert "What to do" in head.get("/rules").text
    teacher = live.client("teacher").get("/rules").text
    assert "Incident mode is on" in teacher
    assert "What to do" not in teacher
    assert "Incident mode is on" not in live.client("parent").get("/rules").text
    html = head.get(page.headers["location"]).text
    assert html.count('<dl class="facts evidence">') == 3
    assert "is not the one whose digest" not in html
    assert "1 post on other channels can still be seen." in html


def test_it_is_lifted_by_two_and_the_pages_are_back_as_they_were(live: Any) -> None:
    before = public_answers(live)
    head, coordinator = live.client("head"), live.client("coordinator")
    head.fill_in("/freeze")
    path = f"/incidents/{only(live, Incident).id}"
    assert head.get("/freeze").headers["location"] == path
    head.fill_in("/freeze/lift", {"act": "ask"})
    assert "Another person must confirm it" in head.get(path).text
    assert head.fill_in("/freeze/lift", {"act": "confirm"}).status_code == 409
    assert public_answers(live)["/news"].status_code == 503
    assert "Confirm: lift it now" in coordinator.get(path).text
    assert coordinator.fill_in("/freeze/lift", {"act": "confirm"}).status_code == 303
    for path, answer in public_answers(live).items():
        assert answer.status_code == before[path].status_code, path
        assert answer.text.count("Harvest") == before[path].text.count("Harvest"), path
    assert coordinator.fill_in("/freeze/lift", {"act": "confirm"}).status_code == 409


def test_evidence_that_was_changed_afterwards_is_seen(live: Any) -> None:
    head = live.client("head")
    page = head.fill_in("/freeze").headers["location"]
    with live.school.database.write() as session:
        row = session.exec(select(Incident)).one()
        row.evidence = row.evidence[1:]
    assert "is not the one whose digest" in head.get(page).text


def test_no_page_that_shows_what_is_published_is_left_out(live: Any) -> None:
    """Every address below these, also one that is new and not thought of here."""
    sha256 = live.picture.split("/")[-1].removesuffix(".jpg")
    parent = live.client("parent")
    paths = live.app.openapi()["paths"]
    gets = [
        path for path in paths if "get" in paths[path] and path.startswith(("/news", "/family"))
    ]

    def shown() -> set[str]:
        found = set()
        for path in gets:
            for post_id in ("post-website", "post-parents"):
                full = path.replace("{post_id}", post_id).replace("{sha256}", sha256)
                answer = parent.get(full)
                image = answer.headers.get("content-type", "").startswith("image/")
                if image or "Harvest" in answer.text or sha256 in answer.text:
                    found.add(path)
        return found

    assert len(shown()) >= 6
    live.client("head").fill_in("/freeze")
    assert shown() == set()


def test_pictures_below_other_addresses_are_for_staff_alone(live: Any) -> None:
    paths = [path for path in live.app.openapi()["paths"] if path.endswith(".jpg")]
    open_ones = {path for path in paths if not path.startswith(("/news", "/family/posts"))}
    assert open_ones == {
        "/pictures/{photo_id}.jpg", "/register/{person_id}/faces/{reference_id}.jpg",
        "/review/{submission_id}/reference/{person_id}.jpg",  # `test_comparing` asks as everybody
    }  # fmt: skip
    assert live.client("parent").get("/pictures/photo-website.jpg").status_code == 404


@pytest.mark.parametrize("kind", BREACHES)
def test_every_kind_of_incident_has_its_page(live: Any, kind: str) -> None:
    with live.school.database.write() as session:
        evidence = [{"broken": "event 3"}] if kind == "audit-broken" else []
        row = open_incident(live.school, session, kind, "post-website", evidence=evidence)
    client = live.client("head")
    for path in ("/incidents", f"/incidents/{row.id}", f"/incidents/{row.id}/print"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert escape(BREACHES[kind].heading) in answer.text


def test_very_much_evidence_is_all_on_paper_and_in_part_on_the_page(live: Any) -> None:
    one = {
        "post": "p", "channel": "website", "state": "live", "url": "", "live_at": "",
        "caption_sha256": "", "pictures": [],
    }  # fmt: skip
    with live.school.database.write() as session:
        row = open_incident(live.school, session, "freeze", "", evidence=[one] * 60)
    head = live.client("head")
    page, paper = (head.get(f"/incidents/{row.id}{end}").text for end in ("", "/print"))
    listed = '<dl class="facts evidence">'
    assert (page.count(listed), paper.count(listed)) == (50, 60)
    assert "And 10 more" in page
    assert "more: “To print”" not in paper
