"""A post goes up exactly as approved, is found again, and comes down for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from gatekeeper.channels.twitter.channel import TwitterChannel, TwitterCredentials, _as_sent
from gatekeeper_queue.channel import (
    OutcomeUnknown,
    Outgoing,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("Year 5 pupils enjoying a music lesson", 1),
        ("  Two lines &\n<b>odd</b> spaces “”  \u00a0é e\u0301 #SportsDay 100% a+b=c", 2),
        ("a" * 280, 4),
        (FAMILY * 140, 1),
    ],
)
def test_a_post_goes_up_byte_for_byte(oak, sandbox, make_item, text, pictures):
    item = make_item(text, pictures)
    references = oak.prepare(item)
    assert sandbox.state()["tweets"] == []
    receipt = oak.publish(item, references)
    [tweet] = sandbox.state()["tweets"]
    assert tweet["text"] == text
    assert [media["id"] for media in tweet["media"]] == list(references)
    assert [(m["sha256"], m["alt"]) for m in tweet["media"]] == [
        (picture.sha256, picture.alt) for picture in item.pictures
    ]
    assert receipt == Receipt(tweet["id"], f"{sandbox.url}/i/status/{tweet['id']}")
    assert "Sandbox X" in requests.get(receipt.url, timeout=10).text
    assert oak.is_up(receipt)
    assert oak.find(item, references) == receipt


def test_pictures_may_go_through_the_older_interface(channel_of, sandbox, make_item):
    old, item = channel_of(media="v1.1"), make_item("Pupils on a walk", 2)
    receipt = old.publish(item, old.prepare(item))
    [tweet] = sandbox.state()["tweets"]
    assert [(m["sha256"], m["alt"]) for m in tweet["media"]] == [
        (picture.sha256, picture.alt) for picture in item.pictures
    ]
    assert old.is_up(receipt)
    paths = [call["path"] for call in sandbox.state()["calls"] if "media" in call["path"]]
    assert paths == ["/1.1/media/upload.json", "/1.1/media/metadata/create.json"] * 2


def test_the_link_of_a_real_post_leads_to_x():
    channel = TwitterChannel(TwitterCredentials("key", "secret", "1-token", "secret"))
    assert channel.link("12") == "https://x.com/i/status/12"
    channel.close()


def test_what_x_refuses_is_refused_for_good(oak, sandbox, make_item):
    item = make_item("a" * 281)
    references = oak.prepare(item)
    with pytest.raises(PermanentFailure):
        oak.publish(item, references)
    assert oak.find(item, references) is None


def test_five_pictures_none_and_a_long_alt_text_are_refused_before_anything_is_sent(
    oak, sandbox, make_item
):
    item = make_item()
    long = replace(item.pictures[0], alt="é" * 1001)
    for bad in (make_item(pictures=5), make_item(pictures=0), replace(item, pictures=(long,))):
        with pytest.raises(PermanentFailure):
            oak.prepare(bad)
    assert sandbox.state()["calls"] == []
    longest = replace(item.pictures[0], alt="é" * 1000)
    oak.prepare(replace(item, pictures=(longest,)))


def test_a_picture_that_is_not_the_approved_one_is_never_sent(oak, sandbox, item):
    other = replace(item.pictures[0], jpeg=item.pictures[0].jpeg + b"x")
    with pytest.raises(PermanentFailure):
        oak.prepare(replace(item, pictures=(*item.pictures, other)))
    assert sandbox.state()["media"] == []


@pytest.mark.parametrize("references", [(), ("1", "2")])
def test_a_post_without_its_pictures_is_not_published(oak, sandbox, item, references):
    with pytest.raises(PermanentFailure):
        oak.publish(item, references)
    assert sandbox.state()["calls"] == []


def test_a_picture_without_alt_text_is_uploaded_without(oak, sandbox, item):
    oak.prepare(replace(item, pictures=(replace(item.pictures[0], alt=""),)))
    assert [call["path"] for call in sandbox.state()["calls"]] == ["/2/media/upload"]


def test_preparing_again_gives_new_references_and_publishes_nothing(oak, sandbox, item):
    assert oak.prepare(item) != oak.prepare(item)
    assert sandbox.state()["tweets"] == []


def test_a_second_try_is_an_unknown_outcome_that_find_resolves(oak, sandbox, item):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    with pytest.raises(OutcomeUnknown, match="already posted the same text"):
        oak.publish(item, references)
    assert oak.find(item, references) == receipt
    assert len(sandbox.state()["tweets"]) == 1


def test_taking_down_twice_is_a_success(oak, sandbox, item):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    oak.take_down(receipt)
    assert not oak.is_up(receipt)
    assert oak.find(item, references) is None
    oak.take_down(receipt)
    assert sandbox.state()["tweets"] == []


def test_two_accounts_do_not_see_each_other(oak, elm, sandbox, item):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    assert elm.find(item, references) is None
    with pytest.raises(PermanentFailure):
        elm.take_down(receipt)
    with pytest.raises(PermanentFailure):
        elm.publish(replace(item, text="Not mine"), references)
    assert [tweet["username"] for tweet in sandbox.state()["tweets"]] == ["oak_school"]
    assert (oak.check_account(), elm.check_account()) == ("oak_school", "elm")


def test_find_looks_through_more_than_one_page(oak, sandbox, make_item, monkeypatch):
    monkeypatch.setattr("gatekeeper.channels.twitter.channel.PAGE", 5)
    item = make_item()
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    for number in range(12):
        newer = make_item(f"Post {number}")
        oak.publish(newer, oak.prepare(newer))
    assert oak.find(item, references) == receipt
    monkeypatch.setattr("gatekeeper.channels.twitter.channel.MAX_PAGES", 2)
    with pytest.raises(RetryLater):
        oak.find(item, references)


def asked_since(sandbox) -> str | None:
    [call] = [c for c in sandbox.state()["calls"] if c["path"].endswith("/tweets") and c["query"]]
    return call["query"].get("start_time")


def test_find_does_not_read_what_is_much_older_than_the_pictures(oak, sandbox, item):
    before = datetime.now(UTC)
    references = oak.prepare(item)
    assert oak.find(item, references) is None
    since = datetime.fromisoformat(asked_since(sandbox))
    assert before - timedelta(hours=1, seconds=1) <= since
    assert since <= datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize("reference", ["12", "not a number", "9" * 40, ""])
def test_a_reference_that_carries_no_likely_time_sets_no_bound(oak, sandbox, item, reference):
    assert oak.find(item, (reference,)) is None
    assert asked_since(sandbox) is None


@pytest.mark.parametrize("days", [61, -1])
def test_a_reference_from_an_unlikely_time_sets_no_bound(channel_of, sandbox, item, days):
    elsewhen = channel_of(now=lambda: datetime.now(UTC) + timedelta(days=days))
    assert elsewhen.find(item, elsewhen.prepare(item)) is None
    assert asked_since(sandbox) is None


def test_find_without_references_cannot_say(oak, item):
    with pytest.raises(RetryLater):
        oak.find(Outgoing("post-1", item.text, ()), ())


@pytest.mark.parametrize("remote_id", ["1", "9" * 19])
def test_a_post_that_never_was_is_not_up_and_needs_no_take_down(oak, remote_id):
    receipt = Receipt(remote_id, "")
    assert not oak.is_up(receipt)
    oak.take_down(receipt)


@pytest.mark.parametrize("key", ["consumer_secret", "access_token_secret"])
def test_wrong_keys_change_nothing_and_prove_nothing(channel_of, oak, sandbox, item, key):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    wrong = channel_of(keys={key: "0" * 50})
    for call in (
        lambda: wrong.prepare(item),
        lambda: wrong.publish(item, references),
        lambda: wrong.take_down(receipt),
        wrong.check_account,
    ):
        with pytest.raises(PermanentFailure, match="keys"):
            call()
    for call in (lambda: wrong.find(item, references), lambda: wrong.is_up(receipt)):
        with pytest.raises(RetryLater):
            call()
    assert len(sandbox.state()["tweets"]) == 1


def test_credentials_do_not_show_their_secrets():
    shown = repr(TwitterCredentials("key", "s1", "token", "s2"))
    assert "s1" not in shown
    assert "s2" not in shown


def test_a_look_sees_the_text_and_the_pictures(oak, sandbox, make_item):
    item = make_item("Drums & <tambourines> in 5K", 2)
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    assert oak.look(receipt) == Seen(text=item.text, references=references)
    oak.take_down(receipt)
    assert oak.look(receipt) is None


@pytest.mark.parametrize("fault", ["status:500", "status:401", "status:404-empty", "rate-limit"])
def test_a_look_that_fails_never_says_gone(oak, sandbox, item, fault):
    receipt = oak.publish(item, oak.prepare(item))
    sandbox.fault("GET", "/2/tweets/*", fault)
    with pytest.raises(RetryLater):
        oak.look(receipt)


@pytest.mark.parametrize(
    ("shown", "entities", "sent"),
    [
        ("Drums in 5K https://t.co/AbC123", {}, "Drums in 5K"),
        ("Drums &amp; &lt;bells&gt;", {}, "Drums & <bells>"),
        (
            "See https://t.co/one https://t.co/two",
            {
                "urls": [
                    {"url": "https://t.co/one", "expanded_url": "https://school.example/news"},
                    {"url": "https://t.co/two", "media_key": "3_1", "expanded_url": "https://x"},
                ]
            },
            "See https://school.example/news",
        ),
        ("Something else", {}, "Something else"),
    ],
)
def test_what_x_adds_to_a_text_is_not_part_of_it(shown, entities, sent):
    assert _as_sent(shown, entities).split() == sent.split()


def test_every_copy_of_a_post_is_found(oak, sandbox, make_item):
    first, second = make_item("Drums in 5K"), make_item("Drums in 5K, again")
    references = oak.prepare(first)
    copies = (oak.publish(first, references), oak.publish(second, references))
    oak.publish(make_item("Another"), oak.prepare(make_item("Another")))
    assert oak.find_all(references) == copies
    assert oak.find(first, references) in copies
    oak.take_down(copies[0])
    assert oak.find_all(references) == copies[1:]


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("https://x.com/oak_school/status/1234567890", "1234567890"),
        ("https://x.com/i/status/12", "12"),
        ("https://twitter.com/oak_school/status/12/?s=20", "12"),
        (" https://www.x.com/oak_school/status/12 ", "12"),
        ("https://x.com/oak_school", None),
        ("https://x.com/oak_school/status/12/photo/1", None),
        ("https://x.com.example/oak/status/12", None),
        ("https://example.com/x.com/status/12", None),
        ("12", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_the_address_of_a_post_says_which_it_is(address, number):
    channel = TwitterChannel(TwitterCredentials("key", "secret", "1-token", "secret"))
    expected = None if number is None else Receipt(number, f"https://x.com/i/status/{number}")
    assert channel.receipt_at(address) == expected
    channel.close()


def test_it_tells_when_x_lets_nothing_more_through(channel_of, sandbox, item, monkeypatch):
    monkeypatch.setattr("gatekeeper.sandbox_x.gate.LIMIT", 1)
    channel = channel_of()
    references = channel.prepare(item)
    assert channel.used_up() == {}  # pictures have a limit of their own
    channel.publish(item, references)
    assert list(channel.used_up()) == ["send"]
    assert channel.used_up()["send"] > datetime.now(UTC)
