"""What the other pages show: states, findings, progress, posts."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.web.marked import pieces
from gatekeeper.web.words import POST_WORDS, SUBMISSION_WORDS, author_words, browser_name
from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.models import Consent
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.states import PostState, SubmissionState

EVIL = "<script>alert('x')</script>"


@given(st.text(), st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40))))
def test_marked_text_is_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    found = pieces(text, spans)
    assert "".join(piece.text for piece in found) == text
    marked = {at for start, end in spans for at in range(max(start, 0), min(end, len(text)))}
    assert sum(len(piece.text) for piece in found if piece.marked) == len(marked)
    assert all(piece.text for piece in found)


def test_every_state_has_its_words() -> None:
    assert set(SUBMISSION_WORDS) == set(SubmissionState)
    assert set(POST_WORDS) == set(PostState)


@pytest.mark.parametrize("state", SubmissionState)
def test_every_state_of_a_submission_has_its_page(town: Any, state: str) -> None:
    town.submission("one", state)
    for user in ("teacher", "head"):
        assert town.client(user).get("/submissions/one").status_code == 200
    assert town.client("head").get("/review/one").status_code == 200


@pytest.mark.parametrize("state", PostState)
def test_every_state_of_a_post_is_shown(town: Any, state: str) -> None:
    town.submission("one", "approved")
    moment = town.time.now
    town.post("post", "one", state, live_at=moment, removed_at=moment, last_error="Try later.")
    assert POST_WORDS[state].word in town.client("teacher").get("/submissions/one").text
    for path in ("/calendar", "/published"):
        assert town.client("head").get(path).status_code == 200


def test_what_people_type_is_never_markup(town: Any) -> None:
    town.person("evil", "teacher", name=EVIL)
    found = Finding(
        "child-named", Action.REJECT, f"No {EVIL}", EVIL, (), None, None, "caption", (0, 8)
    )
    town.submission(
        "one", "rejected", author="evil", caption=EVIL, name=f"{EVIL}.jpg", alt=EVIL,
        class_name=EVIL, findings=[found],
    )  # fmt: skip
    town.submission("two", "flagged", author="evil", caption=EVIL, note=EVIL)
    for user, path in (
        ("evil", "/submissions"),
        ("evil", "/submissions/one"),
        ("evil", "/submissions/one/edit"),
        ("head", "/review"),
        ("head", "/review/two"),
        ("head", f"/register?q={EVIL}"),
    ):
        html = town.client(user).get(path).text
        assert "<script>" not in html, path
        assert "<script>" in unescape(html), path


def test_findings_of_both_channels_are_merged_and_say_where(town: Any) -> None:
    row = town.submission("one", "rejected", channels=("website", "twitter"), caption="Poppy sings")
    both = Finding(
        "child-named",
        Action.REJECT,
        "It names a child.",
        "Leave it out.",
        ("P02",),
        None,
        None,
        "caption",
        (0, 5),
    )
    only = Finding(
        "too-long", Action.REJECT, "It is too long.", "Shorten it.", (), None, None, "caption"
    )
    town.judge(row, [both], ["website"])
    town.judge(row, [both, only], ["twitter"])
    html = town.client("teacher").get("/submissions/one").text
    assert html.count("It names a child.") == 2  # above the buttons, and in the list
    assert "and 1 more" in html
    assert "<mark>Poppy</mark> sings" in html
    assert '<span class="tag">Everywhere</span>' in html
    assert '<span class="tag">Twitter/X</span>' in html


def test_faces_are_numbered_and_counted(town: Any) -> None:
    faces = [
        Face(Box(200, 10, 250, 70), 0.9, matched="p3"),
        Face(Box(20, 10, 70, 70), 0.9, matched="p1"),
    ]
    town.submission("one", "flagged", faces=faces)
    html = town.client("teacher").get("/submissions/one").text
    assert "<strong>2 faces</strong>" in html
    assert (
        '<strong>1</strong> Poppy Wainscott <span class="quiet">May be shown with others.' in html
    )
    assert '<strong>2</strong> Emeka Lane <span class="quiet">No permission for: Website.' in html
    assert 'x="20" y="10" width="50" height="60"' in html


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        (["website"], "May be shown."),
        (["website", "twitter"], "May be shown with others."),  # alone on the website only
        (["twitter"], "May be shown with others."),
    ],
)
def test_a_face_says_whether_the_child_may_be_shown_alone(
    town: Any, channels: list[str], words: str
) -> None:
    town.add(
        Consent(
            pupil_id="p1",
            use=Use.WEBSITE,
            scope=Scope.INDIVIDUAL,
            decision=Decision.YES,
            given_by="mother",
            given_on=date(2025, 9, 1),
            recorded_at=town.time.now,
            recorded_by="office",
        )
    )
    face = Face(Box(20, 10, 70, 70), 0.9, matched="p1")
    town.submission("one", "flagged", faces=[face], channels=channels)
    html = town.client("teacher").get("/submissions/one").text
    assert f'<span class="quiet">{words}</span>' in html


def test_another_persons_post_lies_under_review(town: Any) -> None:
    town.submission("one", "rejected")
    current = '<a href="{}" aria-current="page">'
    own = town.client("teacher").get("/submissions/one").text
    assert current.format("/submissions") in own
    others = town.client("coordinator").get("/submissions/one").text
    assert current.format("/review") in others
    assert current.format("/submissions") not in others


def test_what_is_said_of_many_small_faces_is_said_once(town: Any) -> None:
    boxes = [Box(20 + 50 * at, 10, 40 + 50 * at, 30) for at in range(3)]
    sizes = [f"too small ({high} pixels high; 40 are needed)" for high in (20, 21, 22)]
    faces = [Face(box, 0.9, unfit=size) for box, size in zip(boxes, sizes, strict=True)]
    findings = [
        Finding(
            "unknown-face",
            Action.FLAG,
            f"This face could not be recognised: it is {size}.",
            "The coordinator will say who it is.",
            ("P01",),
            0,
            box,
        )
        for box, size in zip(boxes, sizes, strict=True)
    ]
    town.submission("one", "flagged", faces=faces, findings=findings)
    told = "3 faces could not be recognised: they are too small."
    html = town.client("teacher").get("/submissions/one").text
    assert html.count('<li class="finding ') == 1
    assert told in html
    assert "Photo 1, faces 1, 2 and 3" in html
    html = town.client("head").get("/review/one").text
    assert "You decide" in html
    assert html.index("What the author is told") < html.index("The coordinator will say")


def test_what_the_author_needs_first_stands_above_the_buttons(town: Any) -> None:
    found = Finding("child-named", Action.REJECT, "It names a child.", "Leave it out.", ())
    town.submission("one", "rejected", findings=[found])
    html = town.client("teacher").get("/submissions/one").text
    assert html.index("Leave it out.") < html.index("Change it")
    town.submission("two", "returned", note="Crop the badge.", findings=[found])
    client = town.client("teacher")
    html = client.get("/submissions/two").text
    assert html.index("Crop the badge.") < html.index("Leave it out.") < html.index("Change it")
    assert "Check again" not in html
    assert "Crop the badge." in client.get("/submissions").text


@pytest.mark.parametrize(
    ("state", "shown"), [("rejected", True), ("approved", False), ("discarded", False)]
)
def test_the_list_gives_reasons_only_where_something_is_to_do(
    town: Any, state: str, shown: bool
) -> None:
    found = Finding("child-named", Action.REJECT, "It names a child.", "Leave it out.", ())
    town.submission("one", state, findings=[found])
    assert ("It names a child." in town.client("teacher").get("/submissions").text) is shown


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
         "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:132.0) Gecko/20100101 Firefox/132.0",
         "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("curl/8.5", "curl/8.5"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_have_readable_names(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_progress_is_told_step_by_step(town: Any) -> None:
    town.submission("one", "checking")
    client = town.client("teacher")
    told = client.get("/submissions/one/progress.json").json()
    assert told["busy"] is True
    assert [step["status"] for step in told["steps"]] == ["done", "done", "now", "later"]
    assert '<noscript><meta http-equiv="refresh"' in client.get("/submissions/one").text
    town.submission("two", "flagged")
    assert client.get("/submissions/two/progress.json").json()["busy"] is False


@pytest.mark.parametrize(("act", "after"), [("check-again", "waiting"), ("discard", "discarded")])
def test_the_author_may_have_it_checked_again_or_discard_it(
    town: Any, act: str, after: str
) -> None:
    town.submission("one", "rejected")
    assert town.client("teacher").fill_in(f"/submissions/one/{act}").status_code == 303
    assert town.get(Submission, "one").state == after
    town.submission("gone", "discarded")
    assert town.client("teacher").fill_in(f"/submissions/gone/{act}").status_code == 409


# --- posts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "before", "after"),
    [
        ("head", "live", "removing"),
        ("teacher", "live", "removing"),
        ("coordinator", "scheduled", "cancelled"),
    ],
)
def test_a_post_is_taken_down_or_cancelled(town: Any, user: str, before: str, after: str) -> None:
    town.submission("one", "approved")
    town.post("post", "one", before, live_at=town.time.now)
    client = town.client(user)
    assert client.get("/posts/post/take-down").status_code == 200
    client.fill_in("/posts/post/take-down", {"reason": "A parent asked."})
    assert town.get(Post, "post").state == after


def test_what_should_be_down_stands_out(town: Any) -> None:
    town.submission("one", "approved", caption="Stubborn")
    town.post("post", "one", "removing", removal_reason="asked for", live_at=town.time.now)
    client = town.client("head")
    html = client.get("/published").text
    assert "we look until it is gone" in html
    assert "Must come down" not in html
    assert "data-refresh" in html
    with town.school.database.write() as session:
        session.get_one(Post, "post").attempts = 1
    html = client.get("/published").text
    assert html.index("Must come down") < html.index("Stubborn") < html.index("Can be seen now")
    assert "data-refresh" not in html


def test_what_is_published_is_shown_page_by_page(town: Any) -> None:
    for number in range(60):
        at = town.time.now - timedelta(minutes=number)
        town.submission(f"s{number}", "approved", caption=f"Harvest {number:02}")
        town.post(f"p{number}", f"s{number}", "live", live_at=at)
    town.post("stuck", "s59", "removing", removal_reason="x", live_at=at, attempts=2, channel="x")
    client = town.client("head")
    first, second = (client.get(f"/published?page={page}").text for page in (1, 2))
    assert all('<span class="badge">60</span>' in html for html in (first, second))
    assert ["Harvest 00" in html for html in (first, second)] == [True, False]
    assert ["Harvest 50" in html for html in (first, second)] == [False, True]
    assert all("Must come down" in html for html in (first, second))
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert client.get("/published?page=x").text.count("Harvest") == first.count("Harvest")


def test_the_calendar_goes_by_the_schools_days(town: Any) -> None:
    town.submission("one", "approved", caption="Planned")
    town.post("post", "one", "scheduled")
    html = town.client("head").get("/calendar").text
    assert "Mon 24 Nov" in html
    assert "10:15" in html


@pytest.mark.parametrize(
    ("posts", "word"),
    [
        ((), "Approved"),
        (("live",), "Published"),
        (("live", "failed"), "Not sent"),
        (("failed",), "Not sent"),
        (("cancelled",), "Cancelled"),
        (("cancelled", "live"), "Published"),
        (("removed", "cancelled"), "Taken down"),
        (("scheduled", "cancelled"), "Approved"),
    ],
)
def test_what_was_approved_is_told_by_its_posts(posts: tuple[str, ...], word: str) -> None:
    assert author_words("approved", posts).word == word
