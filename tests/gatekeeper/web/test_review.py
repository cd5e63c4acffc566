"""The review queue, saying who faces are, approving, sending back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper.web.words import SUBMISSION_WORDS
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import NOBODY, Box, Candidate, Face
from gatekeeper_queue.models import FaceWord, Submission

FIRST, SECOND = Box(40, 30, 90, 90), Box(140, 30, 190, 90)
FOUND = Finding("unknown-face", Action.FLAG, "Who is this?", "Say who.", ("P01",), 0, FIRST)


def face(box: Box = FIRST, matched: str = "") -> Face:
    return Face(
        box, 0.9, candidates=(Candidate("p1", 0.41), Candidate("p3", 0.55)), matched=matched
    )


def words(town: Any) -> list[tuple[str, list[int]]]:
    with town.school.database.read() as session:
        return [(word.person_id, word.box) for word in session.exec(select(FaceWord))]


def state(town: Any, submission_id: str = "one") -> str:
    return str(town.get(Submission, submission_id).state)


def test_the_queue_shows_flagged_items_first_and_ones_own_as_not_for_oneself(town: Any) -> None:
    town.submission("c", "clear", caption="Clear caption")
    town.submission("f", "flagged", caption="Flagged caption", findings=[FOUND])
    town.submission("o", "flagged", caption="Own caption", author="head")
    town.submission("r", "rejected", caption="Rejected caption")
    html = town.client("head").get("/review").text
    order = [html.index(f"{word} caption") for word in ("Flagged", "Own", "Clear", "Rejected")]
    assert order == sorted(order)
    assert "Who is this?" in html
    assert html.count("another person must review it") == 1


def test_an_item_offers_the_nearest_people_and_everybody_by_search(town: Any) -> None:
    town.submission("one", "flagged", faces=[face()], findings=[FOUND])
    html = town.client("head").get("/review/one").text
    assert 'name="who_1_1" value="p1"' in html
    assert "2B · like" in html
    assert "5K · a little like" in html
    assert 'value="Zoë Marsh, 2B (p2)"' in html
    assert "disabled" in html  # cannot be approved while a face is unknown


@pytest.mark.parametrize(
    ("answer", "recorded"),
    [
        ({"who_1_1": "p1"}, "p1"),
        ({"who_1_1": NOBODY}, NOBODY),
        ({"who_1_1": "other", "other_1_1": "Zoë Marsh, 2B (p2)"}, "p2"),
        ({"who_1_1": "other", "other_1_1": "zoe"}, "p2"),
        ({"other_1_1": "ashdown"}, "s1"),
    ],
)
def test_what_is_said_of_a_face_is_recorded_and_checked_again(
    town: Any, answer: dict[str, str], recorded: str
) -> None:
    town.submission("one", "flagged", faces=[face()], findings=[FOUND])
    data = {"box_1_1": "40,30,90,90", **answer}
    assert town.client("head").fill_in("/review/one/faces", data).status_code == 303
    assert words(town) == [(recorded, list(FIRST))]
    assert state(town) == "waiting"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({}, "Choose who at least one face is."),
        ({"who_1_1": "other"}, "Type the name of the person in photo 1, face 1"),
        ({"who_1_1": "other", "other_1_1": "Nobodysname"}, "Nobody on the register is called"),
        ({"who_1_1": "other", "other_1_1": "2B"}, "fits 2 people"),
        ({"who_1_1": "p99"}, "That person is not on the register."),
        ({"who_1_1": "other", "other_1_1": "X (p99)"}, "That person is not on the register."),
        ({"who_1_1": "p1", "box_1_1": "1,2,3,4"}, "The photo has changed"),
    ],
)
def test_an_answer_that_cannot_be_used_is_explained_and_kept(
    town: Any, answer: dict[str, str], says: str
) -> None:
    town.submission("one", "flagged", faces=[face()], findings=[FOUND])
    data = {"box_1_1": "40,30,90,90", **answer}
    response = town.client("head").fill_in("/review/one/faces", data)
    assert response.status_code == 409
    assert says in response.text
    assert answer.get("other_1_1", "") in response.text
    assert words(town) == []


def test_only_unclear_faces_can_be_called_nobody_together(town: Any) -> None:
    small = Face(SECOND, 0.9, unfit="too small (20 pixels high; 40 are needed)")
    town.submission("one", "flagged", faces=[face(), small], findings=[FOUND])
    client = town.client("head")
    assert "1 face too small: nobody who can be known" in client.get("/review/one").text
    data = {"box_1_1": "40,30,90,90", "box_1_2": "140,30,190,90", "rest_nobody": "yes"}
    assert client.fill_in("/review/one/faces", data).status_code == 303
    assert words(town) == [(NOBODY, list(SECOND))]


def test_a_clear_face_is_not_called_nobody_by_one_button_for_all(town: Any) -> None:
    town.submission("one", "flagged", faces=[face()], findings=[FOUND])
    client = town.client("head")
    assert "rest_nobody" not in client.get("/review/one").text
    data = {"box_1_1": "40,30,90,90", "rest_nobody": "yes"}
    assert client.fill_in("/review/one/faces", data).status_code == 409
    assert words(town) == []


def test_boxes_that_were_called_nobody_are_counted_above_approve(town: Any) -> None:
    town.submission("one", "flagged", faces=[replace(face(), said=NOBODY)])
    html = town.client("head").get("/review/one").text
    assert html.index("1 face was called nobody.") < html.index(">Approve</button>")


def test_children_of_the_class_come_first_and_those_not_learnt_can_be_chosen(town: Any) -> None:
    town.submission("one", "flagged", faces=[face()], findings=[FOUND], class_name="5K")
    html = town.client("head").get("/review/one").text
    assert html.index('value="p3"') < html.index('value="p1"')
    assert "In 5K and not known to the machine" in html
    town.submission("two", "flagged", faces=[face()], findings=[FOUND])
    assert "not known to the machine" not in town.client("head").get("/review/two").text


def test_a_wrong_match_can_be_put_right(town: Any) -> None:
    town.submission("one", "flagged", faces=[face(SECOND, matched="p1")])
    data = {"box_1_1": "140,30,190,90", "who_1_1": "p3"}
    assert town.client("head").fill_in("/review/one/faces", data).status_code == 303
    assert words(town) == [("p3", list(SECOND))]


def test_approving_leads_to_the_next_item(town: Any) -> None:
    town.submission("one", "flagged")
    town.submission("own", "flagged", author="head")
    town.submission("two", "flagged")
    response = town.client("head").fill_in("/review/one/approve", {"seen": town.seen("one")})
    assert state(town) == "approved"
    assert response.headers["location"] == "/review/two?done=approved&was=one"
    last = town.client("head").fill_in("/review/two/approve", {"seen": town.seen("two")})
    assert last.headers["location"] == "/review?done=approved&was=two"


@pytest.mark.parametrize(
    ("decided", "then"), [("one", "two"), ("two", "three"), ("three", "one"), ("own", "three")]
)
def test_the_next_item_is_the_one_after_and_the_first_after_the_last(
    town: Any, decided: str, then: str
) -> None:
    for name, author in (("one", "teacher"), ("two", "teacher"), ("own", "head")):
        town.submission(name, "flagged", author=author)
        town.time.now += timedelta(minutes=1)
    town.submission("three", "clear")
    reader = "coordinator" if decided == "own" else "head"
    client = town.client(reader)
    assert f'rel="next" href="/review/{then}"' in client.get(f"/review/{decided}").text
    answer = client.fill_in(f"/review/{decided}/send-back", {"reason": "x"})
    assert answer.headers["location"] == f"/review/{then}?done=returned"


def test_an_approval_is_taken_back_while_nothing_has_been_sent(town: Any) -> None:
    town.submission("one", "flagged")
    client = town.client("head")
    there = client.fill_in("/review/one/approve", {"seen": town.seen("one")}).headers["location"]
    assert 'action="/review/one/undo"' in client.get(there).text
    answer = client.fill_in("/review/one/undo")
    assert answer.headers["location"] == "/review/one?done=taken-back"
    assert state(town) == "waiting"
    assert 'action="/review/one/undo"' not in client.get(there).text
    assert client.fill_in("/review/one/undo").status_code == 409


@pytest.mark.parametrize(
    ("was", "offered"),
    [("planned", True), ("sending", False), ("live", False), ("open", False), ("own", False),
     ("none", False), ("", False)],
)  # fmt: skip
def test_undo_is_offered_only_where_it_can_be_done(town: Any, was: str, offered: bool) -> None:
    for name, post in (("planned", "scheduled"), ("sending", "sending"), ("live", "live")):
        town.submission(name, "approved")
        town.post(f"post-{name}", name, post)
    town.submission("own", "approved", author="head")
    town.submission("open", "flagged")
    client = town.client("head")
    page = client.get("/review", params={"done": "approved", "was": was}).text
    assert (f'action="/review/{was}/undo"' in page) is offered
    done = client.fill_in(f"/review/{was or 'none'}/undo")
    assert (done.status_code == 303) is offered


def test_colleagues_see_who_has_an_item_open_until_they_leave_it(town: Any) -> None:
    town.submission("one", "flagged")
    town.submission("two", "flagged")
    head, coordinator = town.client("head"), town.client("coordinator")
    assert head.get("/review/one/looking.json").json() == {"others": ""}
    assert "<span data-others>Head</span>" in coordinator.get("/review/one").text
    assert head.get("/review/one/looking.json").json() == {"others": "Coordinator"}
    assert "Coordinator has it open" in head.get("/review").text
    assert "Coordinator has it open" not in coordinator.get("/review").text
    coordinator.get("/review/two")
    assert head.get("/review/one/looking.json").json() == {"others": ""}
    town.time.now += timedelta(minutes=2)
    assert head.get("/review/two/looking.json").json() == {"others": ""}


@pytest.mark.parametrize(("role", "status"), [("teacher", 403), ("office", 403), ("head", 404)])
def test_who_looks_is_for_reviewers_and_items_that_are_there(
    town: Any, role: str, status: int
) -> None:
    assert town.client(role).get("/review/none/looking.json").status_code == status


@pytest.mark.parametrize(
    ("kind", "findings", "says"),
    [
        ("flagged", [FOUND], "Why it is here:</strong> Who is this?"),
        ("flagged", [FOUND, replace(FOUND, rule="b", message="Two.")], "and 1 more</a>"),
        ("flagged", [], "a person has to look at it again"),
        ("clear", [replace(FOUND, action=Action.NOTE)], "a person looks at every post like this"),
        ("approved", [FOUND], ""),
    ],
)
def test_an_item_says_first_why_it_is_here(
    town: Any, kind: str, findings: list[Finding], says: str
) -> None:
    town.submission("one", kind, findings=findings)
    page = town.client("head").get("/review/one").text
    assert says in page
    assert ("Why it is here" in page) is bool(says)


@pytest.mark.parametrize(
    ("seen", "faces", "says"),
    [
        ("0", (), "changed or checked again since you opened it"),
        ("", (), "changed or checked again since you opened it"),
        (None, (face(),), "Say first who each unmarked face is"),
    ],
)
def test_what_cannot_be_approved_says_why(
    town: Any, seen: str | None, faces: tuple[Face, ...], says: str
) -> None:
    town.submission("one", "flagged", faces=faces)
    data = {"seen": town.seen("one") if seen is None else seen}
    response = town.client("head").fill_in("/review/one/approve", data)
    assert response.status_code == 409
    assert says in response.text
    assert state(town) == "flagged"


@pytest.mark.parametrize("before", ["rejected", "returned", "approved", "discarded"])
def test_nothing_is_approved_from_another_state(town: Any, before: str) -> None:
    town.submission("one", before)
    response = town.client("head").fill_in("/review/one/approve", {"seen": town.seen("one")})
    assert response.status_code == 409
    assert SUBMISSION_WORDS[before].word in response.text
    assert f"while it is {before}" not in response.text
    assert state(town) == before


@pytest.mark.parametrize("act", ["approve", "send-back", "faces"])
def test_nobody_reviews_their_own(town: Any, act: str) -> None:
    town.submission("one", "flagged", author="head", faces=[face()])
    data = {"seen": town.seen("one"), "reason": "x", "who_1_1": "p1", "box_1_1": "40,30,90,90"}
    response = town.client("head").fill_in(f"/review/one/{act}", data)
    assert response.status_code == 403
    assert "You cannot review your own submission" in response.text
    assert state(town) == "flagged"
    assert town.client("head").get("/review/one").headers["location"] == "/submissions/one"


def test_sending_back_needs_a_reason_that_the_author_reads(town: Any) -> None:
    town.submission("one", "flagged")
    client = town.client("head")
    assert client.fill_in("/review/one/send-back", {"reason": "  "}).status_code == 409
    reason = "Crop the <badge>."
    assert client.fill_in("/review/one/send-back", {"reason": reason}).status_code == 303
    assert "Crop the &lt;badge&gt;." in town.client("teacher").get("/submissions/one").text


def test_several_are_sent_back_for_one_reason(town: Any) -> None:
    for name in ("one", "two", "three"):
        town.submission(name, "flagged")
    client = town.client("head")
    sent = {"item": ["one", "three"], "reason": "Say which year it is."}
    assert client.fill_in("/review/send-back", sent).headers["location"] == "/review?done=several"
    states = [town.get(Submission, name).state for name in ("one", "two", "three")]
    assert states == ["returned", "flagged", "returned"]
    assert "Say which year it is." in town.client("teacher").get("/submissions/three").text


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"reason": "Change it."}, 409, "Tick the posts"),
        ({"item": ["one"], "reason": " "}, 409, "Write what the author should change."),
        ({"item": ["one", "live"], "reason": "Change it."}, 409, "Take it down instead."),
        ({"item": ["one", "gone"], "reason": "Change it."}, 409, "None was sent back."),
        ({"item": ["one", "own"], "reason": "Change it."}, 403, ""),
        ({"item": ["one", "nowhere"], "reason": "Change it."}, 404, ""),
    ],
)
def test_all_that_are_ticked_go_back_or_none(
    town: Any, sent: dict[str, Any], status: int, says: str
) -> None:
    town.submission("one", "flagged")
    town.submission("two", "clear")
    town.submission("own", "flagged", author="head")
    town.submission("gone", "discarded")
    town.submission("live", "approved")
    town.post("post", "live", "live")
    client = town.client("head")
    answer = client.fill_in("/review/send-back", sent)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert town.get(Submission, "one").state == "flagged"
    if status == 409:  # what was filled in stays
        assert ('value="one" form="several" checked' in answer.text) == ("item" in sent)
        assert f">{sent['reason']}</textarea>" in answer.text


def test_ones_own_cannot_be_ticked_and_one_alone_needs_no_ticks(town: Any) -> None:
    town.submission("one", "flagged")
    town.submission("own", "flagged", author="head")
    client = town.client("head")
    assert "Send several back" not in client.get("/review").text
    town.submission("two", "flagged")
    html = client.get("/review").text
    assert "Send several back" in html
    assert 'value="two"' in html
    assert 'value="own"' not in html


def test_the_age_of_an_item_is_told_in_words(town: Any) -> None:
    town.submission("one", "flagged")
    town.time.now += timedelta(hours=2)
    assert "3 hours ago" in town.client("head").get("/review").text
