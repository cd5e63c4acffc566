"""A post goes up on a real WordPress exactly as approved, is found again, and comes down whole."""

from __future__ import annotations

import re
from dataclasses import replace
from string import punctuation

import pytest
from tests.wordpress.conftest import picture

from gatekeeper.channels.wordpress.channel import WAITING
from gatekeeper.channels.wordpress.page import Page, title_of
from gatekeeper_queue.channel import PermanentFailure, Receipt, RetryLater, Seen

ODD = (
    "[gallery] and [caption id=1]x[/caption] :) :lol: 8-)\n"
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n\n"
    "“Quotes” 'single' \"double\" -- and --- dots... (c) (tm) 3x4 5'9\" 1/2 &amp; &lt;b&gt;\n"
    "<b>bold</b> <script>alert(1)</script> <!--more--> <!-- wp:latest-posts /--> {{x}} %d %20 \\n\n"
    "é e\u0301 ŵŷ 🥁 \u00a0end #SportsDay @nobody ~`^|_*"
)
# Every two marks beside each other, and each between digits, letters and its own kind.
MARKS = "\n".join(
    [
        *(" ".join(one + other for other in punctuation) for one in punctuation),
        *(f"1{one}1 a{one}s {one * 3} {one}a{one} 0{one} {one}s" for one in punctuation),
        "2x3 10X20 Wordpress rock 'n' roll '99 1st 1/2",
    ]
)


def seen_by_visitors(site, receipt: Receipt) -> Page:
    """The text and pictures of the post's page in the site's own theme, with the heading where
    nothing else says it."""
    answer = site.public(receipt.url)
    assert answer.status_code == 200
    content = re.search(r'<div class="[^"]*entry-content.*?</div>', answer.text, re.DOTALL)
    assert content
    heading = re.search(r"<h1.*?</h1>", answer.text, re.DOTALL)  # none for no text at all
    page, title = Page(), Page()
    page.feed(content[0])
    title.feed(heading[0] if heading else "")
    assert words(title.text) == title_of(page.text) or not words(page.text)
    page.text = page.text if words(page.text) else title.text
    return page


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "pictures"),
    [("Year 5 pupils enjoying a music lesson", 1), (ODD, 4), (MARKS, 1), ("", 1)],
)
def test_visitors_see_exactly_what_was_approved(oak, site, make_item, text, pictures):
    item = make_item(text, pictures)
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    page = seen_by_visitors(site, receipt)
    assert words(page.text) == words(text)
    assert [site.public(url).content for url in page.pictures] == [p.jpeg for p in item.pictures]
    for one in item.pictures:
        assert (
            f'alt="{one.alt.replace("&", "&#038;").replace(",", "&#044;")}"'
            in (site.by_hand("GET", f"posts/{references[0]}")["content"]["rendered"])
        )
    stored = site.by_hand("GET", f"posts/{references[0]}")
    assert (stored["status"], stored["slug"]) == ("publish", f"gk-{item.post_id}")
    assert (stored["comment_status"], stored["ping_status"]) == ("closed", "closed")
    assert oak.is_up(receipt)
    assert oak.find(item, references) == receipt
    seen = oak.look(receipt)
    assert words(seen.text) == words(text)
    assert seen.sha256 == tuple(picture.sha256 for picture in item.pictures)


def test_the_title_is_the_beginning_of_the_text_and_is_shown_as_approved(oak, site, make_item):
    item = make_item('[gallery] & "so" -- on 3x4...\nmore')
    receipt = oak.publish(item, oak.prepare(item))
    page = Page()
    page.feed(site.public(receipt.url).text.split("<title>")[1].split("</title>")[0])
    assert page.text.startswith('[gallery] & "so" -- on 3x4... ')


def test_what_is_prepared_is_an_empty_draft_that_is_taken_again(oak, site, item):
    references = oak.prepare(item)
    assert oak.prepare(item) == references
    assert site.posts() == [[references[0], "draft", f"gk-{item.post_id}"]]
    stored = site.by_hand("GET", f"posts/{references[0]}&context=edit")
    assert (stored["title"]["rendered"], stored["content"]["rendered"]) == (WAITING, "")
    assert site.public(p=references[0]).status_code == 404


def test_a_post_that_the_queue_has_forgotten_is_brought_up_to_date_not_doubled(
    oak, site, make_item
):
    old = make_item("The older words", 2)
    receipt = oak.publish(old, oak.prepare(old))
    new = replace(make_item("The newer words", 1), post_id=old.post_id)
    references = oak.prepare(new)
    again = oak.publish(new, references)
    assert again.url == receipt.url
    assert words(seen_by_visitors(site, again).text) == "The newer words"
    assert len(site.posts()) == len(site.media()) == 1


def test_taking_down_leaves_nothing_and_may_be_repeated(oak, site, make_item):
    item, other = make_item(pictures=2), make_item("Another post")
    item = replace(item, pictures=(picture(3, "Large", (1700, 1300)), *item.pictures))
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    kept = oak.publish(other, oak.prepare(other))
    assert len(site.media()) == 4
    assert len(site.files()) > 8  # WordPress makes copies in several sizes
    oak.take_down(receipt)
    assert not oak.is_up(receipt)
    assert oak.find(item, references) is None
    oak.take_down(receipt)
    assert [slug for _, _, slug in site.posts()] == [f"gk-{other.post_id}"]
    assert site.files() and all(other.post_id in name for name in site.files())
    assert site.public(receipt.url).status_code == 404
    assert oak.is_up(kept)


def test_a_picture_that_is_not_the_approved_one_is_never_sent(lossy, proxy, item):
    other = replace(item.pictures[0], jpeg=item.pictures[0].jpeg + b"x")
    bad = replace(item, pictures=(*item.pictures, other))
    with pytest.raises(PermanentFailure, match="not the one that was approved"):
        lossy.prepare(bad)
    with pytest.raises(PermanentFailure, match="not the one that was approved"):
        lossy.publish(bad, ("1",))
    assert proxy.calls == []


def test_what_cannot_be_right_is_refused_before_anything_is_sent(lossy, proxy, make_item):
    item = make_item()
    for bad in (
        make_item(pictures=5),
        make_item(pictures=0),
        replace(item, post_id="../1"),
        replace(item, post_id=""),
    ):
        with pytest.raises(PermanentFailure):
            lossy.prepare(bad)
    for references in ((), ("1", "2"), ("-1",), ("1 2",)):
        with pytest.raises(PermanentFailure):
            lossy.publish(item, references)
    assert proxy.calls == []


def trash(site, post, media):
    site.by_hand("DELETE", f"posts/{post}")


def delete(site, post, media):
    site.by_hand("DELETE", f"posts/{post}&force=true")


def delete_pictures(site, post, media):
    for number in media:
        site.by_hand("DELETE", f"media/{number}&force=true")


def edit(site, post, media):
    site.by_hand("POST", f"posts/{post}", content="Other words", title="Other", slug="other")


def hide(site, post, media):
    site.by_hand("POST", f"posts/{post}", status="private")


def detach_and_rename(site, post, media):
    site.by_hand("POST", f"media/{media[0]}", post=0)
    site.by_hand("POST", f"media/{media[1]}", slug="renamed")


@pytest.mark.parametrize(
    ("deeds", "is_up"),
    [
        ([trash], True),  # its pictures can still be fetched
        ([delete], True),
        ([trash, delete_pictures], False),
        ([delete, delete_pictures], False),
        ([delete_pictures], True),
        ([hide], True),
        ([detach_and_rename], True),
        ([edit, detach_and_rename], True),
    ],
    ids=lambda case: "+".join(deed.__name__ for deed in case) if isinstance(case, list) else None,
)
def test_whatever_was_done_by_hand_it_is_known_and_comes_down_whole(
    oak, site, make_item, deeds, is_up
):
    item = make_item(pictures=2)
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    media = [number for number, _, _ in site.media()]
    for deed in deeds:
        deed(site, references[0], media)
    assert oak.is_up(receipt) is is_up
    oak.take_down(receipt)
    assert not oak.is_up(receipt)
    assert (site.posts(), site.media(), site.files()) == ([], [], [])


@pytest.mark.parametrize(
    ("change", "text", "pictures"),
    [
        ({}, "As approved", True),
        ({"title": "Sam wins"}, "Sam wins As approved", True),
        ({"excerpt": "Sam"}, "As approved Sam", True),
        ({"content": "<p>As<br>approved</p><p>Sam</p>"}, "As approved Sam", False),
        ({"status": "private"}, "", False),
        ({"status": "draft"}, "", False),
    ],
)
def test_what_was_changed_by_hand_is_seen(oak, site, make_item, change, text, pictures):
    item = make_item("As\napproved")
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    site.by_hand("POST", f"posts/{references[0]}", **change)
    seen = oak.look(receipt)
    assert words(seen.text) == text
    assert seen.sha256 == (tuple(p.sha256 for p in item.pictures) if pictures else ())


def test_pictures_that_were_changed_by_hand_are_seen(oak, site, make_item):
    item = make_item(pictures=2)
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    first, second = sorted(site.uploads.rglob("*.jpg"))
    first.write_bytes(b"other")
    second.unlink()
    changed = oak.look(receipt).sha256
    assert len(changed) == 2
    assert not set(changed) & {picture.sha256 for picture in item.pictures}
    first.unlink()
    content = site.by_hand("GET", f"posts/{references[0]}&context=edit")["content"]["raw"]
    more = f'{content}<img src="http://192.0.2.1/other.jpg"><img>'
    site.by_hand("POST", f"posts/{references[0]}", content=more)
    assert len(oak.look(receipt).sha256) == 4
    trash(site, references[0], [])
    assert oak.look(receipt) == Seen("", ())
    delete_pictures(site, references[0], [number for number, _, _ in site.media()])
    assert oak.look(receipt) is None


def test_a_post_that_was_binned_by_hand_is_not_sent_again(oak, site, item):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    trash(site, references[0], [])
    found = oak.find(item, references)
    assert found is not None and found.remote_id == receipt.remote_id


def test_a_picture_that_visitors_still_get_is_not_gone(oak, site, item):
    """A file that could not be deleted, or a cache: WordPress itself does not notice."""
    receipt = oak.publish(item, oak.prepare(item))
    [path] = list(site.uploads.rglob("*-1.jpg"))
    oak.take_down(receipt)
    path.write_bytes(item.pictures[0].jpeg)
    assert oak.is_up(receipt)
    path.unlink()
    assert not oak.is_up(receipt)


@pytest.mark.parametrize(("status", "gone"), [(404, True), (410, True), (401, False), (403, False)])
def test_a_picture_that_is_only_kept_from_gatekeeper_is_not_gone(lossy, proxy, item, status, gone):
    """A site that was put behind a password, or that shows pictures to its own pages only."""
    receipt = lossy.publish(item, lossy.prepare(item))
    lossy.take_down(receipt)
    proxy.fault("GET", "/wp-content/", (status, {}, b""))
    if gone:
        assert not lossy.is_up(receipt)
    else:
        with pytest.raises(RetryLater, match=str(status)):
            lossy.is_up(receipt)


def test_what_others_made_is_left_alone(oak, site, item):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    theirs = site.http.post(
        f"{site.url}/?rest_route=/wp/v2/media",
        auth=site.passwords["editor"],
        files={"file": ("theirs.jpg", item.pictures[0].jpeg, "image/jpeg")},
        data={"post": references[0]},
    ).json()
    oak.take_down(receipt)
    assert [number for number, _, _ in site.media()] == [str(theirs["id"])]
    assert not oak.is_up(receipt)


def test_a_post_that_belongs_to_somebody_else_now_is_said_to_be_up(oak, site, item):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    site.sql(f"UPDATE wp_posts SET post_author = 1 WHERE ID = {references[0]}")
    with pytest.raises(PermanentFailure, match="may not do that"):
        oak.take_down(receipt)
    with pytest.raises(RetryLater):
        oak.is_up(receipt)


def test_an_id_that_means_another_post_by_now_is_not_touched(oak, site, make_item):
    """After the site was restored from a copy, ids are given out again."""
    item, other = make_item(), make_item()
    receipt = oak.publish(item, oak.prepare(item))
    oak.take_down(receipt)
    kept = oak.publish(other, oak.prepare(other))
    confused = Receipt(
        receipt.remote_id.replace(receipt.remote_id.split()[0], kept.remote_id.split()[0], 1), ""
    )
    oak.take_down(confused)
    assert len(site.posts()) == 1
