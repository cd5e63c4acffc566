"""What the other pages show: states, consents, withdrawal, take-down, log, news and feed."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.web.marked import pieces
from gatekeeper.web.words import POST_WORDS, SUBMISSION_WORDS
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.states import PostState, SubmissionState

EVIL = "<script>alert('x')</script>"
ATOM = "{http://www.w3.org/2005/Atom}"


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
    assert html.count("It names a child.") == 1
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
    assert '<strong>1</strong> Poppy Wainscott <span class="quiet">May be shown.' in html
    assert '<strong>2</strong> Emeka Lane <span class="quiet">No permission for: Website.' in html
    assert 'x="20" y="10" width="50" height="60"' in html


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
    html = town.client("head").get("/published").text
    assert html.index("Must come down") < html.index("Stubborn") < html.index("Can be seen now")


def test_the_calendar_goes_by_the_schools_days(town: Any) -> None:
    town.submission("one", "approved", caption="Planned")
    town.post("post", "one", "scheduled")
    html = town.client("head").get("/calendar").text
    assert "Mon 24 Nov" in html
    assert "10:15" in html


# --- register -------------------------------------------------------------------------------------


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
    assert "Withdraw" in town.client("office").get("/register/p1").text
    assert "Withdraw" not in town.client("head").get("/register/p1").text


def test_a_withdrawal_takes_down_what_shows_the_child(town: Any) -> None:
    town.submission("one", "approved")
    town.post("post", "one", "live", people=["p1"], live_at=town.time.now)
    town.submission("two", "flagged")
    client = town.client("office")
    page = client.get("/register/p1/withdraw?use=website").text
    assert "1 post with this child is taken down at once" in page
    data = {"use": "website"}
    assert client.fill_in("/register/p1/withdraw", data).status_code == 422
    response = client.fill_in("/register/p1/withdraw", {**data, "given_by": "mother"})
    assert response.headers["location"] == "/register/p1?withdrawn=1"
    assert town.get(Post, "post").state == "removing"
    assert town.get(Submission, "two").state == "waiting"
    assert "1 post is being taken down" in client.get("/register/p1?withdrawn=1").text


@pytest.mark.parametrize("use", ["", "use=nonsense", "use=website&use=nonsense"])
def test_a_withdrawal_of_nothing_known_is_refused(town: Any, use: str) -> None:
    assert town.client("office").get(f"/register/p1/withdraw?{use}").status_code == 404


# --- log ------------------------------------------------------------------------------------------


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


# --- news -----------------------------------------------------------------------------------------


@pytest.fixture
def news(town: Any) -> tuple[Any, bytes, str]:
    town.submission("one", "approved", colour="gold")
    town.submission("hidden", "approved", colour="navy", caption="Not published")
    clean = town.school.store.clean(town_sha(town, "photo-one"))
    sha256 = hashlib.sha256(clean).hexdigest()
    town.post("post", "one", "live", live_at=town.time.now)
    town.post("later", "hidden", "scheduled")
    town.news("post", f"Harvest & {EVIL}", sha256, alt='A "box"')
    return town, clean, sha256


def town_sha(town: Any, photo_id: str) -> str:
    from gatekeeper_queue.models import SubmissionPhoto

    return str(town.get(SubmissionPhoto, photo_id).clean_sha256)


def test_the_news_pages_show_news_and_nothing_else(news: tuple[Any, bytes, str]) -> None:
    town, clean, sha256 = news
    client = town.client()
    for path in ("/news", "/news/post"):
        html = client.get(path).text
        assert "Harvest &amp; &lt;script&gt;" in html
        assert "Not published" not in html
    assert client.get("/news/later").status_code == 404
    assert client.get("/news/nothing").status_code == 404
    picture = client.get(f"/news/pictures/{sha256}.jpg")
    assert (picture.content, picture.headers["content-type"]) == (clean, "image/jpeg")
    hidden = town_sha(town, "photo-hidden")
    for other in (hidden, "%", "0" * 64, sha256[:63], f"{sha256[:63]}%"):
        assert client.get(f"/news/pictures/{other}.jpg").status_code == 404


def test_what_was_removed_says_so(town: Any) -> None:
    town.submission("one", "approved")
    town.post("post", "one", "removed", removed_at=town.time.now)
    response = town.client().get("/news/post")
    assert response.status_code == 410
    assert "has been removed" in response.text


def test_the_feed_is_atom_with_stable_ids_and_described_pictures(
    news: tuple[Any, bytes, str],
) -> None:
    town, _, sha256 = news
    town.post("older", "one", "live", live_at=town.time.now)
    town.news("older", "Older", sha256, published_at=town.time.now - timedelta(days=1))
    response = town.client().get("/news/feed.atom")
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == ["urn:uuid:post", "urn:uuid:older"]
    content = entries[0].findtext(f"{ATOM}content")
    assert (
        f'<img src="https://school.test/news/pictures/{sha256}.jpg" alt="A &#34;box&#34;">'
        in content
    )
    assert "<script>" not in content


def test_an_empty_feed_is_a_feed(town: Any) -> None:
    feed = ElementTree.fromstring(town.client().get("/news/feed.atom").content)
    assert feed.findall(f"{ATOM}entry") == []
