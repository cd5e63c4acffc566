"""A post goes up on Bluesky exactly as approved, has one place, and comes down for good."""

from __future__ import annotations

import gc
import socket
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
import requests
from atproto_core.cid import CID
from hypothesis import given
from hypothesis import strategies as st
from tests.gatekeeper.channels.bluesky_server import POSTS, TID
from tests.gatekeeper.channels.conftest import ELM, OAK

from gatekeeper.channels import platform_called
from gatekeeper.channels.bluesky.channel import BlueskyChannel
from gatekeeper.channels.bluesky.record import content_id, record_key
from gatekeeper.channels.bluesky.sessions import Sessions
from gatekeeper.channels.platform import Profile, ShowsProfile
from gatekeeper_queue.channel import (
    OutcomeUnknown,
    Outgoing,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

CALL = "/xrpc/com.atproto."
UPLOAD, CREATE = ("POST", f"{CALL}repo.uploadBlob"), ("POST", f"{CALL}repo.createRecord")
SIGN_IN, REFRESH = f"{CALL}server.createSession", f"{CALL}server.refreshSession"
RECORD, SHOWN = f"{CALL}repo.getRecord", "/xrpc/app.bsky.feed.getPosts"
NOW = datetime(2026, 11, 24, 10, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def oak(on_bluesky) -> BlueskyChannel:
    return on_bluesky(now=lambda: NOW)


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("Drums & dance, by 3K", 1),
        ("  Two lines &\n<b>odd</b> “”  \u00a0é e\u0301 #SportsDay @elm.school.test 100% ", 2),
        ("a" * 300, 4),
        ("Read https://school.example/news", 1),
        ("e\u0301" * 300, 1),
    ],
)
def test_a_post_goes_up_byte_for_byte(oak, bluesky, make_post, text, pictures):
    post = make_post(text, pictures)
    references = oak.prepare(post)
    assert bluesky.records == {}
    receipt = oak.publish(post, references)
    [(place, record)] = bluesky.records.items()
    assert set(record) == {"$type", "text", "createdAt", "embed"}
    assert (record["text"], record["createdAt"]) == (text, "2026-11-24T10:00:00.123Z")
    blobs = {blob.cid: blob.content for blob in bluesky.blobs}
    for image, picture in zip(record["embed"]["images"], post.pictures, strict=True):
        assert image["alt"] == picture.alt
        assert sha256(blobs[image["image"]["ref"]["$link"]]).hexdigest() == picture.sha256
    assert (
        record["embed"]["images"][0]["aspectRatio"].items() >= {"width": 40, "height": 30}.items()
    )
    assert references[0] == place == f"at://{OAK}/{POSTS}/{record_key('post-1')}"
    page = f"https://bsky.app/profile/{OAK}/post/{record_key('post-1')}"
    assert receipt == Receipt(place, page)
    assert oak.is_up(receipt)
    assert oak.find(Outgoing("post-1", "", ()), references) == receipt


def test_a_picture_can_be_seen_only_while_the_post_is_up(oak, bluesky, post):
    def seen() -> int:
        query = {"did": OAK, "cid": content_id(post.pictures[0].sha256)}
        return requests.get(
            f"{bluesky.url}/xrpc/com.atproto.sync.getBlob", query, timeout=10
        ).status_code

    references = oak.prepare(post)
    assert seen() == 400
    receipt = oak.publish(post, references)
    assert seen() == 200
    oak.take_down(receipt)
    assert seen() == 400
    assert bluesky.blobs == []


def test_a_picture_without_alt_text_goes_up_with_an_empty_one(oak, bluesky, post):
    bare = replace(post, pictures=(replace(post.pictures[0], alt=""),))
    oak.publish(bare, oak.prepare(bare))
    [record] = bluesky.records.values()
    assert record["embed"]["images"][0]["alt"] == ""


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda make: make(pictures=5), "one to 4 pictures"),
        (lambda make: make(pictures=0), "one to 4 pictures"),
        (lambda make: make("a" * 301), "Bluesky takes 300 characters"),
        (lambda make: make("a" + "\u0301" * 1500), "Bluesky takes 300 characters"),
        (lambda make: with_picture(make(), alt="é" * 2001), "at most 2000 characters"),
        (lambda make: with_picture(make(), jpeg=b"\xff\xd8\xff"), "not the one that was approved"),
        (lambda make: with_picture(make(), **large(2_000_001)), r"takes \(2 MB\)"),
        (lambda make: with_picture(make(), **large(200)), "cannot be read"),
    ],
)
def test_what_cannot_be_posted_is_refused_before_anything_is_sent(
    oak, bluesky, make_post, spoil, words
):
    with pytest.raises(PermanentFailure, match=words):
        oak.prepare(spoil(make_post))
    assert bluesky.calls == []


def with_picture(post: Outgoing, **changes: object) -> Outgoing:
    return replace(post, pictures=(replace(post.pictures[0], **changes),))


def large(size: int) -> dict[str, object]:
    jpeg = b"\xff\xd8\xff" + bytes(size - 3)
    return {"jpeg": jpeg, "sha256": sha256(jpeg).hexdigest()}


def test_a_server_with_the_old_limit_refuses_a_picture_in_words(oak, bluesky, post):
    bluesky.picture_bytes = 100
    references = oak.prepare(post)
    with pytest.raises(PermanentFailure, match="larger than this server takes"):
        oak.publish(post, references)
    assert oak.find(post, references) is None


def test_a_picture_that_did_not_arrive_as_it_was_sent_is_not_used(oak, bluesky, post):
    other = content_id(sha256(b"other").hexdigest())
    blob = f'{{"blob": {{"$type": "blob", "ref": {{"$link": "{other}"}}}}}}'
    bluesky.answer(*UPLOAD, 200, blob.encode())
    with pytest.raises(RetryLater):
        oak.prepare(post)


def test_pictures_that_the_server_has_thrown_away_are_sent_again(oak, bluesky, post):
    references = oak.prepare(post)
    bluesky.blobs.clear()
    with pytest.raises(RetryLater):
        oak.publish(post, references)
    assert oak.is_up(oak.publish(post, oak.prepare(post)))


@pytest.mark.parametrize("references", [(), ("1", "2"), (f"at://{OAK}/{POSTS}/3jzfcijpj2z2a",)])
def test_a_post_that_was_not_prepared_is_not_published(oak, bluesky, post, references):
    with pytest.raises(PermanentFailure):
        oak.publish(post, references)
    assert bluesky.called(*CREATE) == 0


def test_preparing_again_gives_the_same_references_and_publishes_nothing(oak, bluesky, post):
    assert oak.prepare(post) == oak.prepare(post)
    assert bluesky.records == {}


def test_a_second_try_cannot_stand_beside_the_first(oak, bluesky, post):
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    with pytest.raises(OutcomeUnknown):
        oak.publish(post, oak.prepare(post))
    assert oak.find(post, references) == receipt
    assert len(bluesky.records) == 1


def test_another_post_in_its_place_is_for_a_person_to_look_at(oak, bluesky, post, make_post):
    references = oak.prepare(post)
    other = make_post(pictures=2)
    oak.publish(other, oak.prepare(other))
    with pytest.raises(RetryLater, match="Look by hand"):
        oak.find(post, references)
    [record] = bluesky.records.values()
    record["embed"] = None
    with pytest.raises(RetryLater):
        oak.find(post, references)


def test_a_post_that_was_deleted_by_hand_is_gone(oak, bluesky, post):
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    bluesky.records.clear()
    bluesky.view.clear()
    assert not oak.is_up(receipt)
    assert oak.find(post, references) is None
    oak.take_down(receipt)


def test_a_post_is_up_for_as_long_as_the_app_shows_it(oak, bluesky, post):
    receipt = oak.publish(post, oak.prepare(post))
    bluesky.view_lags = True
    oak.take_down(receipt)
    assert bluesky.records == {}
    assert oak.is_up(receipt)
    bluesky.view.clear()
    assert not oak.is_up(receipt)


def without_pictures(record):
    del record["embed"]


def with_fewer(record):
    record["embed"]["images"].pop()


@pytest.mark.parametrize(
    ("change", "text", "pictures"),
    [
        (lambda record: None, "Drums & dance", 2),
        (lambda record: record.update(text="Something else"), "Something else", 2),
        (with_fewer, "Drums & dance", 1),
        (without_pictures, "Drums & dance", 0),
    ],
)
def test_what_was_changed_by_hand_is_seen(oak, bluesky, make_post, change, text, pictures):
    post = make_post("Drums & dance", 2)
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    [record] = bluesky.records.values()
    change(record)
    assert oak.look(receipt) == Seen(text, references=references[1 : 1 + pictures])


def test_a_look_says_gone_only_once_the_app_shows_nothing(oak, bluesky, post):
    receipt = oak.publish(post, oak.prepare(post))
    bluesky.view_lags = True
    oak.take_down(receipt)
    with pytest.raises(RetryLater, match="still shows it"):
        oak.look(receipt)
    bluesky.view.clear()
    assert oak.look(receipt) is None


@pytest.mark.parametrize("kind", ["status:501", "status:404", "status:500", "drop", "garbage"])
def test_a_view_that_cannot_be_asked_proves_nothing(oak, bluesky, post, kind):
    receipt = oak.publish(post, oak.prepare(post))
    oak.take_down(receipt)
    bluesky.fault("GET", SHOWN, kind)
    with pytest.raises(RetryLater):
        oak.is_up(receipt)


def test_two_accounts_do_not_take_down_each_others_posts(on_bluesky, oak, bluesky, post):
    receipt = oak.publish(post, oak.prepare(post))
    elm = on_bluesky(1)
    with pytest.raises(PermanentFailure, match="another account"):
        elm.take_down(receipt)
    assert elm.is_up(receipt)
    assert elm.prepare(post)[0].startswith(f"at://{ELM}/")
    elm.publish(post, elm.prepare(post))
    assert len(bluesky.records) == 2


@pytest.mark.parametrize("references", [(), ("bafkrei",), (f"at://{OAK}/app.bsky.feed.like/3k",)])
def test_find_without_a_place_cannot_say(oak, bluesky, post, references):
    with pytest.raises(RetryLater):
        oak.find(post, references)


def test_an_older_servers_way_of_saying_not_found(oak, bluesky, post):
    references = oak.prepare(post)
    answer = b'{"error": "InvalidRequest", "message": "Could not locate record: at://x"}'
    bluesky.answer("GET", RECORD, 400, answer)
    assert oak.find(post, references) is None
    bluesky.answer("GET", RECORD, 400, b'{"error": "InvalidRequest", "message": "Invalid rkey"}')
    with pytest.raises(RetryLater):
        oak.find(post, references)


# --- record keys and content ids -------------------------------------------------------------


@given(st.text())
def test_a_record_key_is_a_tid_and_always_the_same(post_id):
    key = record_key(post_id)
    assert TID.fullmatch(key)
    assert key == record_key(post_id)


@given(st.lists(st.uuids(), unique=True, min_size=2, max_size=50))
def test_different_posts_have_different_keys(ids):
    assert len({record_key(str(one)) for one in ids}) == len(ids)


@given(st.binary())
def test_a_content_id_is_what_atproto_reads(content):
    cid = CID.decode(content_id(sha256(content).hexdigest()))
    assert (cid.version, cid.codec, cid.hash.code) == (1, 0x55, 0x12)
    assert cid.hash.digest == sha256(content).digest()


# --- sessions --------------------------------------------------------------------------------


def test_many_channels_of_one_account_sign_in_once(on_bluesky, bluesky, make_post):
    sessions = Sessions()
    for number in range(5):
        post = make_post(post_id=f"post-{number}")
        channel = on_bluesky(sessions=sessions)
        channel.publish(post, channel.prepare(post))
    assert bluesky.called("POST", SIGN_IN) == 1
    on_bluesky(1, sessions=sessions).profile()
    assert bluesky.called("POST", SIGN_IN) == 2


def test_a_session_that_runs_out_is_refreshed(on_bluesky, bluesky, make_post):
    bluesky.token_life, sessions = 10 * 60, Sessions()
    for number in range(3):
        post = make_post(post_id=f"post-{number}")
        channel = on_bluesky(sessions=sessions)
        channel.publish(post, channel.prepare(post))
    assert bluesky.called("POST", SIGN_IN) == 1
    assert bluesky.called("POST", REFRESH) >= 3
    assert len(bluesky.refreshed) == bluesky.called("POST", REFRESH)


@pytest.mark.parametrize("error", [b"ExpiredToken", b"InvalidToken"])
@pytest.mark.parametrize("step", ["upload", "create", "delete", "look"])
def test_a_session_that_is_over_is_opened_anew_at_the_next_try(
    on_bluesky, bluesky, post, error, step
):
    sessions = Sessions()
    oak = on_bluesky(sessions=sessions)
    references = oak.prepare(post)
    receipt = oak.publish(post, references) if step in ("delete", "look") else None
    path, call = {
        "upload": (UPLOAD, lambda: oak.prepare(post)),
        "create": (CREATE, lambda: oak.publish(post, references)),
        "delete": (("POST", f"{CALL}repo.deleteRecord"), lambda: oak.take_down(receipt)),
        "look": (("GET", RECORD), lambda: oak.is_up(receipt)),
    }[step]
    bluesky.answer(*path, 400, b'{"error": "' + error + b'", "message": "Over"}')
    with pytest.raises(RetryLater):
        call()
    assert bluesky.called("POST", SIGN_IN) == 1
    call()
    assert bluesky.called("POST", SIGN_IN) == 2


def test_an_app_password_that_was_deleted_is_found_out(on_bluesky, bluesky, post, monkeypatch):
    bluesky.token_life, sessions = 10 * 60, Sessions()
    oak = on_bluesky(sessions=sessions)
    oak.prepare(post)
    monkeypatch.setattr(bluesky.actors[0], "app_password", "zzzz-zzzz-zzzz-zzzz")
    with pytest.raises(RetryLater):  # the session cannot be refreshed any more
        oak.prepare(post)
    with pytest.raises(PermanentFailure, match="app password was deleted"):
        oak.prepare(post)


# --- accounts --------------------------------------------------------------------------------


def test_the_check_signs_in_whatever_session_is_open(on_bluesky, bluesky, post):
    sessions = Sessions()
    oak = on_bluesky(sessions=sessions)
    oak.prepare(post)
    assert oak.check_account() == "oak.school.test"
    assert bluesky.called("POST", SIGN_IN) == 2
    with pytest.raises(PermanentFailure, match="handle or the app password is wrong"):
        on_bluesky(password="wron-gwro-ngwr-ongw", sessions=sessions).check_account()


def test_wrong_keys_change_nothing_and_prove_nothing(on_bluesky, oak, bluesky, post):
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    wrong = on_bluesky(password="wron-gwro-ngwr-ongw")
    for call in (
        wrong.check_account,
        wrong.profile,
        lambda: wrong.prepare(post),
        lambda: wrong.publish(post, references),
        lambda: wrong.take_down(receipt),
    ):
        with pytest.raises(PermanentFailure, match="app password is wrong"):
            call()
    for call in (lambda: wrong.find(post, references), lambda: wrong.is_up(receipt)):
        with pytest.raises(RetryLater):
            call()
    assert len(bluesky.records) == 1


def test_a_suspended_account_is_told_so(on_bluesky, oak, bluesky, post):
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    bluesky.actors[0].suspended = True
    for channel in (oak, on_bluesky()):
        for call in (
            channel.check_account,
            lambda c=channel: c.prepare(replace(post, post_id="post-2")),
            lambda c=channel: c.take_down(receipt),
        ):
            with pytest.raises(PermanentFailure, match="has suspended this account"):
                call()
        for call in (
            lambda c=channel: c.find(post, references),
            lambda c=channel: c.is_up(receipt),
        ):
            with pytest.raises(RetryLater):
                call()


def test_a_second_factor_means_that_it_is_the_wrong_password(oak, bluesky):
    error = b'{"error": "AuthFactorTokenRequired", "message": "A code was sent"}'
    bluesky.answer("POST", SIGN_IN, 401, error)
    with pytest.raises(PermanentFailure, match="Make an app password"):
        oak.check_account()


@pytest.mark.parametrize(
    ("handle", "password", "words"),
    [
        ("oak.school.test", "the password of the account", "not an app password"),
        ("oak.school.test", "", "not an app password"),
        ("oak.school.test", "abcd-efgh-ijkl-mno", "not an app password"),
        ("oak", "abcd-efgh-ijkl-mnop", "handle cannot be right"),
        ("office@school.test", "abcd-efgh-ijkl-mnop", "handle cannot be right"),
        ("", "abcd-efgh-ijkl-mnop", "handle cannot be right"),
    ],
)
def test_keys_that_cannot_be_right_are_sent_nowhere(bluesky, handle, password, words):
    with pytest.raises(PermanentFailure, match=words):
        BlueskyChannel(bluesky.url, handle, password)


@pytest.mark.parametrize("handle", ["@oak.school.test", " Oak.School.Test "])
def test_a_handle_may_be_typed_as_people_write_it(bluesky, handle):
    channel = BlueskyChannel(bluesky.url, handle, " abcd-efgh-ijkl-mnop ")
    assert channel.check_account() == "oak.school.test"
    channel.close()


@pytest.mark.parametrize("address", ["http://pds.example", "http://oak@127.0.0.1"])
def test_a_server_that_names_an_unsafe_one_is_not_followed(on_bluesky, bluesky, post, address):
    bluesky.names_server = address
    oak = on_bluesky()
    with pytest.raises(PermanentFailure, match="keys may not be sent"):
        oak.prepare(post)
    with pytest.raises(PermanentFailure, match="keys may not be sent"):
        oak.check_account()
    assert set(bluesky.calls) == {("POST", SIGN_IN)}


def test_the_profile_shows_name_picture_and_whether_it_is_hidden(
    oak, on_bluesky, bluesky, monkeypatch
):
    monkeypatch.setattr(bluesky.actors[0], "picture", b"\x89PNG a badge")
    monkeypatch.setattr(bluesky.actors[1], "hidden", True)
    assert isinstance(oak, ShowsProfile)
    assert oak.profile() == Profile("oak.school.test", "Oak School", False, b"\x89PNG a badge")
    assert on_bluesky(1).profile() == Profile("elm.school.test", "", True, None)


def test_the_platform_opens_the_channel_of_an_account(bluesky, desk_school):
    platform = platform_called("bluesky")
    actor = bluesky.actors[0]
    keys = {
        "server": bluesky.url,
        "handle": actor.handle,
        "app_password": actor.app_password,
    }
    assert set(keys) == {key.name for key in platform.keys}
    channel = platform.open(keys, *desk_school)
    assert channel.check_account() == "oak.school.test"
    channel.close()
    with pytest.raises(PermanentFailure, match="not an app password"):
        platform.open(keys | {"app_password": "hunter2"}, *desk_school)


# --- answers that are not Bluesky's ----------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"text"', b"{}", b'{"uri": null}', b'{"uri": "at://x"}', b"\xff"]
)
def test_an_answer_that_is_not_blueskys_is_a_lost_answer(oak, bluesky, post, body):
    references = oak.prepare(post)
    bluesky.answer(*CREATE, 200, body)
    with pytest.raises(OutcomeUnknown):
        oak.publish(post, references)
    place = Receipt(references[0], "")
    for method, path, call in (
        (*UPLOAD, lambda: oak.prepare(post)),
        ("GET", RECORD, lambda: oak.find(post, references)),
        ("GET", RECORD, lambda: oak.is_up(place)),
        ("GET", SHOWN, lambda: oak.is_up(place)),
        ("POST", SIGN_IN, oak.check_account),
    ):
        bluesky.answer(method, path, 200, body)
        with pytest.raises(RetryLater):
            call()
    assert bluesky.records == {}


def test_an_answer_without_end_is_not_read_to_its_end(oak, bluesky, post, monkeypatch):
    monkeypatch.setattr("gatekeeper.channels.bluesky.http.MAX_ANSWER", 10_000)
    references = oak.prepare(post)
    bluesky.answer(*CREATE, 200, b'{"uri": "' + b"1" * 20_000 + b'"}')
    with pytest.raises(OutcomeUnknown):
        oak.publish(post, references)


def test_a_compressed_answer_is_not_unpacked(oak, bluesky, post):
    references = oak.prepare(post)
    oak.publish(post, references)
    bluesky.fault("GET", RECORD, "headers", Content_Encoding="gzip")
    with pytest.raises(RetryLater):
        oak.find(post, references)


def test_no_connection_is_left_open_between_calls(oak, bluesky):
    """A channel is made for every post, and nobody closes it."""
    oak.check_account()
    port = int(bluesky.url.rsplit(":", 1)[1])
    sockets = [one for one in gc.get_objects() if type(one) is socket.socket and one.fileno() >= 0]
    assert not [one for one in sockets if f"raddr=('127.0.0.1', {port})" in repr(one)]
