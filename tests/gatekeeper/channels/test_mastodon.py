"""A post goes up on Mastodon exactly as approved, is found again, and comes down for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from gatekeeper.channels import platform_called
from gatekeeper.channels.mastodon.channel import PAUSES, MastodonChannel
from gatekeeper.channels.platform import Profile, ShowsProfile
from gatekeeper_queue.channel import (
    OutcomeUnknown,
    Outgoing,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

UPLOAD, CREATE = ("POST", "/api/v2/media"), ("POST", "/api/v1/statuses")
INSTANCE = ("GET", "/api/v2/instance/")
ME, APP = "/api/v1/accounts/verify_credentials", "/api/v1/apps/verify_credentials"


@pytest.fixture
def oak(on_mastodon) -> MastodonChannel:
    return on_mastodon()


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("Drums & dance, by 3K", 1),
        ("Two lines &\n<b>odd</b> spaces “”  \u00a0é e\u0301 #SportsDay 100% a+b=c", 2),
        ("a" * 500, 4),
        ("Read https://school.example/" + "a" * 600, 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),
    ],
)
def test_a_post_goes_up_as_approved(oak, mastodon, make_post, text, pictures):
    post = make_post(text, pictures)
    references = oak.prepare(post)
    assert mastodon.statuses == []
    receipt = oak.publish(post, references)
    [status] = mastodon.statuses
    assert (status.text, status.visibility, status.sensitive) == (text, "public", False)
    assert [str(media.id) for media in status.media] == list(references)
    assert [(sha256(m.jpeg).hexdigest(), m.alt) for m in status.media] == [
        (picture.sha256, picture.alt) for picture in post.pictures
    ]
    assert receipt == Receipt(str(status.id), f"{mastodon.url}/@oak/{status.id}")
    assert oak.is_up(receipt)
    assert oak.find(post, references) == receipt


def test_a_picture_without_alt_text_goes_up_without(oak, mastodon, post):
    bare = replace(post, pictures=(replace(post.pictures[0], alt=""),))
    oak.publish(bare, oak.prepare(bare))
    assert mastodon.statuses[0].media[0].alt is None


def test_spaces_around_an_alt_text_are_the_servers_to_drop(oak, mastodon, post):
    spaced = replace(post, pictures=(replace(post.pictures[0], alt="  Drums \n"),))
    oak.publish(spaced, oak.prepare(spaced))
    assert mastodon.statuses[0].media[0].alt == "Drums"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda make: make(pictures=5), "one to 4 pictures"),
        (lambda make: make(pictures=0), "one to 4 pictures"),
        (lambda make: make("a" * 501), "this server takes 500 characters"),
        (lambda make: with_alt(make(), "é" * 1501), "at most 1500 characters"),
        (lambda make: with_jpeg(make(), b"x"), "not the one that was approved"),
    ],
)
def test_what_cannot_be_posted_is_refused_before_a_picture_is_sent(
    oak, mastodon, make_post, spoil, words
):
    with pytest.raises(PermanentFailure, match=words):
        oak.prepare(spoil(make_post))
    assert mastodon.calls == [INSTANCE]


def with_alt(post: Outgoing, alt: str) -> Outgoing:
    return replace(post, pictures=(replace(post.pictures[0], alt=alt),))


def with_jpeg(post: Outgoing, more: bytes) -> Outgoing:
    picture = post.pictures[0]
    return replace(post, pictures=(picture, replace(picture, jpeg=picture.jpeg + more)))


def test_the_servers_own_limits_count(oak, mastodon, make_post):
    mastodon.characters, mastodon.picture_bytes = 10, 100
    with pytest.raises(PermanentFailure, match="MB"):
        oak.prepare(make_post("Drums"))
    mastodon.picture_bytes = 10_000
    with pytest.raises(PermanentFailure, match="takes 10 characters"):
        oak.prepare(make_post("Drums and dance"))
    mastodon.characters = 5000
    assert oak.prepare(make_post("Drums " * 300))


@pytest.mark.parametrize("kind", ["html:404", "status:404", "status:401"])
def test_a_server_that_does_not_tell_its_limits_has_mastodons(oak, mastodon, make_post, kind):
    mastodon.fault(*INSTANCE, kind)
    with pytest.raises(PermanentFailure, match="500 characters"):
        oak.prepare(make_post("a" * 501))
    mastodon.fault(*INSTANCE, kind)
    assert oak.prepare(make_post("a" * 500))


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"configuration": null}',
        b'{"configuration": {}}',
        b'{"configuration": {"statuses": {"max_characters": null}, "media_attachments": {}}}',
    ],
)
def test_what_a_server_leaves_out_is_as_on_mastodon(oak, mastodon, make_post, body):
    mastodon.answer(*INSTANCE, 200, body)
    with pytest.raises(PermanentFailure, match="500 characters"):
        oak.prepare(make_post("a" * 501))


def test_what_only_the_server_counts_as_too_long_is_refused_for_good(oak, mastodon, make_post):
    post = make_post("e\u0301" * 400)  # 400 characters to a reader, 800 to this server
    references = oak.prepare(post)
    with pytest.raises(PermanentFailure, match="too long for this server"):
        oak.publish(post, references)
    assert oak.find(post, references) is None


def test_a_picture_that_the_server_is_not_ready_with_is_waited_for(on_mastodon, mastodon, post):
    mastodon.slow_pictures, waited = 3, []
    oak = on_mastodon(wait=waited.append)
    assert oak.is_up(oak.publish(post, oak.prepare(post)))
    assert waited == list(PAUSES[:3])
    mastodon.slow_pictures = 99
    with pytest.raises(RetryLater, match="has not finished"):
        oak.prepare(post)


def test_a_picture_whose_alt_text_is_lost_is_not_used(oak, mastodon, post):
    mastodon.forgets_alts = True
    with pytest.raises(PermanentFailure, match="did not keep a picture with its alt text"):
        oak.prepare(post)


@pytest.mark.parametrize("references", [(), ("1", "2")])
def test_a_post_without_its_pictures_is_not_published(oak, mastodon, post, references):
    with pytest.raises(PermanentFailure):
        oak.publish(post, references)
    assert mastodon.calls == []


def test_preparing_again_gives_new_references_and_publishes_nothing(oak, mastodon, post):
    assert oak.prepare(post) != oak.prepare(post)
    assert mastodon.statuses == []


def test_for_an_hour_the_server_answers_a_second_try_with_the_first_post(oak, mastodon, post):
    first = oak.prepare(post)
    receipt = oak.publish(post, first)
    again = oak.prepare(post)
    assert oak.publish(post, again) == oak.publish(post, first) == receipt
    mastodon.hours_later = 1
    with pytest.raises(PermanentFailure):
        oak.publish(post, first)
    assert oak.find(post, (*first, *again)) == receipt
    assert len(mastodon.statuses) == 1


def test_a_post_that_was_deleted_by_hand_is_not_put_up_again(oak, mastodon, post):
    receipt = oak.publish(post, oak.prepare(post))
    mastodon.statuses.clear()
    assert not oak.is_up(receipt)
    with pytest.raises(PermanentFailure, match="deleted there by hand"):
        oak.publish(post, oak.prepare(post))
    oak.take_down(receipt)
    assert mastodon.statuses == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, None),
        ({"text": "Something else", "edited": True}, "Something else"),
        ({"spoiler": "Careful", "edited": True}, "Careful Drums & dance"),
    ],
)
def test_what_was_edited_by_hand_is_seen(oak, mastodon, make_post, change, text):
    post = make_post("Drums & dance", 2)
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    mastodon.statuses = [replace(mastodon.statuses[0], **change)]
    assert oak.look(receipt) == Seen(text, references=references)


def test_a_look_tells_which_pictures_are_left_and_that_nothing_is(oak, mastodon, make_post):
    post = make_post(pictures=2)
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    mastodon.statuses[0].media.pop()
    assert oak.look(receipt) == Seen(references=references[:1])
    mastodon.statuses.clear()
    assert oak.look(receipt) is None


@pytest.mark.parametrize("path", ["/api/v1/statuses/*", "/api/v1/statuses/*/source"])
def test_a_look_that_goes_wrong_says_nothing(oak, mastodon, post, path):
    receipt = oak.publish(post, oak.prepare(post))
    mastodon.statuses[0].edited = True
    mastodon.fault("GET", path, "drop")
    with pytest.raises(RetryLater):
        oak.look(receipt)


def test_pictures_that_are_gone_before_the_post_is_made(oak, mastodon, make_post):
    post = make_post(pictures=2)
    references = oak.prepare(post)
    mastodon.media.pop()
    with pytest.raises(PermanentFailure):
        oak.publish(post, references)
    assert mastodon.statuses == []


def test_on_an_older_server_a_post_that_lost_a_picture_is_deleted_at_once(oak, mastodon, make_post):
    mastodon.drops_unknown_media, post = True, make_post(pictures=2)
    references = oak.prepare(post)
    mastodon.media.pop()
    with pytest.raises(PermanentFailure, match="deleted at once"):
        oak.publish(post, references)
    assert mastodon.statuses == []
    references = oak.prepare(replace(post, post_id="post-2"))
    mastodon.media.pop()
    mastodon.fault("DELETE", "/api/v1/statuses/*", "drop")
    with pytest.raises(OutcomeUnknown, match="could not be asked to delete"):
        oak.publish(replace(post, post_id="post-2"), references)


def test_taking_down_deletes_the_pictures_too_and_may_be_repeated(oak, mastodon, post):
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    oak.take_down(receipt)
    assert mastodon.statuses == mastodon.media == []
    assert not oak.is_up(receipt)
    assert oak.find(post, references) is None
    oak.take_down(receipt)


def test_two_accounts_do_not_find_or_delete_each_others_posts(on_mastodon, mastodon, post):
    oak, elm = on_mastodon(0), on_mastodon(1)
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    assert elm.find(post, references) is None
    elm.take_down(receipt)
    assert elm.is_up(receipt)
    with pytest.raises(PermanentFailure):
        elm.publish(replace(post, post_id="post-2"), references)
    assert len(mastodon.statuses) == 1


def test_find_looks_through_more_than_one_page(oak, mastodon, make_post, monkeypatch):
    monkeypatch.setattr("gatekeeper.channels.mastodon.channel.PAGE", 5)
    post = make_post()
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    for number in range(12):
        newer = make_post(f"Post {number}", post_id=f"newer-{number}")
        oak.publish(newer, oak.prepare(newer))
    assert oak.find(post, references) == receipt
    monkeypatch.setattr("gatekeeper.channels.mastodon.channel.MAX_PAGES", 2)
    with pytest.raises(RetryLater):
        oak.find(post, references)


@pytest.mark.parametrize(
    ("hours", "found"), [(-2, True), (0, True), (0.9, True), (-24 * 61, True), (24, True)]
)
def test_find_sets_a_bound_only_when_the_ids_carry_a_likely_time(on_mastodon, post, hours, found):
    elsewhen = on_mastodon(now=lambda: datetime.now(UTC) + timedelta(hours=hours))
    references = elsewhen.prepare(post)
    receipt = elsewhen.publish(post, references)
    assert elsewhen.find(post, references) == (receipt if found else None)


@pytest.mark.parametrize("reference", ["12", "01JDKQ7ZC8", "9" * 40, "another kind"])
def test_a_reference_that_carries_no_time_is_looked_for_in_all_posts(oak, post, reference):
    oak.publish(post, oak.prepare(post))
    assert oak.find(post, (reference,)) is None


def test_find_without_references_cannot_say(oak, post):
    with pytest.raises(RetryLater):
        oak.find(post, ())


def test_a_post_that_never_was_is_not_up_and_needs_no_take_down(oak):
    receipt = Receipt("12", "")
    assert not oak.is_up(receipt)
    oak.take_down(receipt)


# --- accounts --------------------------------------------------------------------------------


def test_the_account_is_known_by_its_address(oak, mastodon):
    assert oak.check_account() == f"oak@{mastodon.url.removeprefix('http://')}"


@pytest.mark.parametrize(
    ("token", "disabled", "words"),
    [
        ("revoked", False, "access token is wrong or was revoked"),
        ("token-of-oak", True, "may be suspended"),
    ],
)
def test_a_refused_account_is_found_by_the_check_and_changes_nothing(
    on_mastodon, oak, mastodon, post, token, disabled, words
):
    references = oak.prepare(post)
    receipt = oak.publish(post, references)
    mastodon.members[0].disabled = disabled
    wrong = on_mastodon(token=token)
    other = replace(post, post_id="post-2")
    for call in (
        wrong.check_account,
        wrong.profile,
        lambda: wrong.prepare(other),
        lambda: wrong.publish(other, references),
        lambda: wrong.take_down(receipt),
    ):
        with pytest.raises(PermanentFailure, match=words):
            call()
    with pytest.raises(RetryLater):
        wrong.find(post, references)
    assert len(mastodon.statuses) == 1


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (["read:accounts", "read:statuses", "write:media", "write:statuses"], ""),
        (["read", "write"], ""),
        (["read", "write:statuses"], "write:media"),
        (["read:accounts", "write"], "read:statuses"),
        (["read"], "write:media, write:statuses"),
    ],
)
def test_a_token_that_may_do_too_little_is_found_by_the_check(
    oak, mastodon, monkeypatch, scopes, missing
):
    monkeypatch.setattr(mastodon.members[0], "scopes", scopes)
    if not missing:
        assert oak.check_account()
        return
    with pytest.raises(PermanentFailure, match=f"lacks permissions: {missing}. Tick"):
        oak.check_account()


def test_a_server_that_does_not_say_what_a_token_may_do_is_believed(oak, mastodon):
    mastodon.answer("GET", APP, 200, b'{"name": "Gatekeeper", "website": null}')
    assert oak.check_account()
    mastodon.fault("GET", APP, "status:403")  # before 4.3 it wants the whole of "read"
    assert oak.check_account()


@pytest.mark.parametrize("token", ["", "   ", "two words", "tokén", "a\nb"])
def test_a_token_that_cannot_be_one_is_refused_at_once(on_mastodon, mastodon, token):
    with pytest.raises(PermanentFailure, match="one long word"):
        MastodonChannel(mastodon.url, token)


def test_a_token_is_never_taken_for_the_name_of_a_file(on_mastodon, tmp_path):
    path = tmp_path / "token"
    path.write_text("token-of-oak\n")
    with pytest.raises(PermanentFailure, match="wrong or was revoked"):
        on_mastodon(token=str(path)).check_account()


def test_the_profile_shows_name_and_picture(oak, on_mastodon, mastodon, monkeypatch):
    monkeypatch.setattr(mastodon.members[0], "picture", b"\x89PNG a badge")
    assert isinstance(oak, ShowsProfile)
    assert oak.profile() == Profile("oak", "Oak School", False, b"\x89PNG a badge")
    assert on_mastodon(1).profile() == Profile("elm", "", False, None)


@pytest.mark.parametrize("kind", ["status:404", "drop", "status:302"])
def test_a_profile_picture_that_cannot_be_fetched_is_tried_again(oak, mastodon, monkeypatch, kind):
    monkeypatch.setattr(mastodon.members[0], "picture", b"\x89PNG a badge")
    mastodon.fault("GET", "/avatars/*", kind, Location="/api/v2/instance/")
    with pytest.raises(RetryLater):
        oak.profile()


def test_the_platform_opens_the_channel_of_an_account(mastodon, desk_school, post):
    platform = platform_called("mastodon")
    keys = {"server": mastodon.url, "access_token": mastodon.members[0].token}
    assert set(keys) == {key.name for key in platform.keys}
    channel = platform.open(keys, *desk_school)
    assert channel.check_account().startswith("oak@")
    channel.close()
    with pytest.raises(PermanentFailure):
        platform.open(keys | {"server": "http://mastodon.social"}, *desk_school)


# --- answers that are not Mastodon's ---------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"text"', b"{}", b'{"id": null}', b'{"id": "../1"}', b"<html>", b"\xff"],
)
def test_an_answer_that_is_not_mastodons_is_a_lost_answer(oak, mastodon, post, body):
    references = oak.prepare(post)
    mastodon.answer(*CREATE, 200, body)
    with pytest.raises(OutcomeUnknown):
        oak.publish(post, references)
    for method, path, call in (
        (*UPLOAD, lambda: oak.prepare(post)),
        ("GET", ME, oak.check_account),
        ("GET", ME, lambda: oak.find(post, references)),
        ("GET", "/api/v1/statuses/*", lambda: oak.is_up(Receipt("1", ""))),
    ):
        mastodon.answer(method, path, 200, body)
        with pytest.raises(RetryLater):
            call()
    assert mastodon.statuses == []


@pytest.mark.parametrize("body", [b"null", b"{}", b"[{}]", b'["x"]', b"[null]", b"<html>", b""])
def test_only_a_whole_list_proves_that_a_post_is_not_there(oak, mastodon, post, body):
    references = oak.prepare(post)
    mastodon.answer("GET", "/api/v1/accounts/*/statuses", 200, body)
    with pytest.raises(RetryLater):
        oak.find(post, references)
    assert oak.find(post, references) is None


def test_an_answer_without_end_is_not_read_to_its_end(oak, mastodon, post, monkeypatch):
    monkeypatch.setattr("gatekeeper.channels.mastodon.http.MAX_ANSWER", 10_000)
    references = oak.prepare(post)
    mastodon.answer(*CREATE, 200, b'{"id": "' + b"1" * 20_000 + b'"}')
    with pytest.raises(OutcomeUnknown):
        oak.publish(post, references)
    mastodon.answer("GET", "/api/v1/statuses/*", 404, b'{"error": "' + b"1" * 20_000 + b'"}')
    with pytest.raises(RetryLater):
        oak.is_up(Receipt("1", ""))
