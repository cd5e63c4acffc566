"""Only the approved bytes, within the platform's limits; and how long a text is at the least."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.channels.approved import fewest_characters, fewest_counted, require_approved
from gatekeeper_queue.channel import PermanentFailure

LIMITS = {"pictures": 2, "picture_bytes": 2_000, "alt_text": 40}


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("Drums", 5),
        ("a\r\nb", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),
        ("\U0001f44d\U0001f3fd!", 2),
        ("\U0001f1ec\U0001f1e7\U0001f1eb\U0001f1f7", 2),
        ("❤\ufe0f", 1),
        ("क\u094dष", 1),
        ("한국", 2),
        ("日本語", 3),
        ("\u200d", 0),
    ],
)
def test_characters_as_a_reader_sees_them(text, characters):
    assert fewest_characters(text) == characters


@given(st.text(), st.text())
def test_the_count_is_a_floor_and_grows_with_the_text(first, second):
    both = fewest_characters(first + second)
    assert fewest_characters(first) <= both <= len(first + second)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("see https://school.example/" + "a" * 100, 4 + 23),
        ("see http://a.uk", 4 + 11),
        ("by @oak@mastodon.social!", 3 + 4 + 1),
        ("school.example/" + "a" * 100, 115),
    ],
)
def test_what_mastodon_counts(text, counted):
    assert fewest_counted(text) == counted


@pytest.mark.parametrize("pictures", [1, 2])
def test_what_is_within_the_limits_passes(make_post, pictures):
    require_approved(make_post(pictures=pictures), "Here", **LIMITS)


def changed(post, **changes):
    return replace(post, pictures=(replace(post.pictures[0], **changes),))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda make: make(pictures=0), "one to 2 pictures"),
        (lambda make: make(pictures=3), "one to 2 pictures"),
        (lambda make: changed(make(), alt="é" * 41), "at most 40 characters"),
        (lambda make: changed(make(), jpeg=make().pictures[0].jpeg + b"x"), "not the one that was"),
        (lambda make: changed(make(), sha256="0" * 64), "not the one that was approved"),
        (lambda make: changed(make(), **large()), r"larger than Here takes \(0.002 MB\)"),
    ],
)
def test_what_is_not_is_refused_with_the_reason(make_post, spoil, words):
    with pytest.raises(PermanentFailure, match=words):
        require_approved(spoil(make_post), "Here", **LIMITS)


def large():
    from hashlib import sha256

    jpeg = b"\xff\xd8\xff" + bytes(2_000)
    return {"jpeg": jpeg, "sha256": sha256(jpeg).hexdigest()}
