"""The calls answer and refuse as X does."""

from __future__ import annotations

from hashlib import sha256

import pytest

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def test_a_post_with_a_picture_is_kept_as_it_came(oak, sandbox):
    picture = b"\xff\xd8\xff" + bytes(range(256)) * 40 + b"\r\n--boundary\r\n"
    media = oak.upload(picture)
    alt = {"id": media, "metadata": {"alt_text": {"text": "Children <b>run</b> & jump"}}}
    assert oak.call("POST", "/2/media/metadata", json=alt).status_code == 200
    answer = oak.post("Sports day & sunshine\n☀️", media)
    assert answer.status_code == 201
    [tweet] = sandbox.state()["tweets"]
    assert tweet["id"] == answer.json()["data"]["id"]
    assert tweet["text"] == answer.json()["data"]["text"] == "Sports day & sunshine\n☀️"
    assert tweet["username"] == "oak_school"
    assert tweet["media"] == [
        {
            "id": media,
            "media_key": f"3_{media}",
            "user_id": oak.user.id,
            "size": len(picture),
            "sha256": sha256(picture).hexdigest(),
            "alt": "Children <b>run</b> & jump",
        }
    ]
    shown = oak.session.get(f"{sandbox.url}/media/{media}.jpg")
    assert (shown.content, shown.headers["content-type"]) == (picture, "image/jpeg")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 400),
        ("é" * 280, 201),
        ("語" * 140, 201),
        ("語" * 141, 400),
        (FAMILY * 140, 201),
        (FAMILY * 140 + "a", 400),
        ("https://example.org/" + "x" * 300, 201),
        ("a" * 256 + " https://example.org/" + "x" * 300, 201),
        ("a" * 257 + " https://example.org/" + "x" * 300, 400),
        ("", 400),
        ("broken \ufffe", 400),
    ],
)
def test_length_is_weighed_as_x_weighs_it(oak, sandbox, text, status):
    assert oak.post(text).status_code == status
    assert len(sandbox.state()["tweets"]) == (status == 201)


@pytest.mark.parametrize(("count", "status"), [(1, 201), (4, 201), (5, 400)])
def test_up_to_four_pictures(oak, count, status):
    media = [oak.upload() for _ in range(count)]
    assert oak.post("Pictures", *media).status_code == status


@pytest.mark.parametrize(
    "ids", [["1"], ["abc"], ["9" * 30], [1], [None], [], "12", {"a": 1}, ["-1"], ["²"]]
)
def test_unknown_pictures_are_refused(oak, sandbox, ids):
    body = {"text": "Hello", "media": {"media_ids": ids}}
    assert oak.call("POST", "/2/tweets", json=body).status_code == 400
    assert sandbox.state()["tweets"] == []


def test_a_picture_counts_once_and_for_its_own_account(oak, elm):
    media = oak.upload()
    assert oak.post("Twice", media, media).status_code == 400
    assert elm.post("Not mine", media).status_code == 400
    alt = {"id": media, "metadata": {"alt_text": {"text": "Not mine"}}}
    assert elm.call("POST", "/2/media/metadata", json=alt).status_code == 400
    assert oak.post("Mine", media).status_code == 201


@pytest.mark.parametrize(("length", "status"), [(1000, 200), (1001, 400)])
def test_alt_text_has_at_most_a_thousand_characters(oak, length, status):
    body = {"id": oak.upload(), "metadata": {"alt_text": {"text": "é" * length}}}
    assert oak.call("POST", "/2/media/metadata", json=body).status_code == status


@pytest.mark.parametrize(
    "body", [{}, [], {"id": "1"}, {"id": "1", "metadata": None}, {"id": "1", "metadata": {}}]
)
def test_alt_text_in_another_form_is_refused(oak, body):
    assert oak.call("POST", "/2/media/metadata", json=body).status_code == 400


@pytest.mark.parametrize(
    ("category", "picture", "status"),
    [
        ("tweet_image", JPEG, 200),
        ("tweet_image", b"\x89PNG\r\n\x1a\n...", 200),
        ("tweet_image", b"GIF89a", 400),
        ("tweet_image", b"", 400),
        ("tweet_video", JPEG, 400),
        ("", JPEG, 400),
        ("tweet_image", JPEG + bytes(5_000_000 - len(JPEG)), 200),
        ("tweet_image", JPEG + bytes(5_000_001 - len(JPEG)), 400),
    ],
)
def test_what_may_be_uploaded(oak, sandbox, category, picture, status):
    files = {"media": ("picture.jpg", picture, "image/jpeg")}
    answer = oak.call("POST", "/2/media/upload", data={"media_category": category}, files=files)
    assert answer.status_code == status
    assert len(sandbox.state()["media"]) == (status == 200)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"text": 5}', b"\xff"])
def test_a_post_that_is_not_the_right_json_is_refused(oak, body):
    headers = {"Content-Type": "application/json"}
    answer = oak.call("POST", "/2/tweets", data=body, headers=headers)
    assert answer.status_code == 400


def test_dialogue_is_not_part_of_it(oak):
    body = {"text": "Hello", "reply": {"in_reply_to_tweet_id": "1"}}
    assert oak.call("POST", "/2/tweets", json=body).status_code == 400


def test_the_same_text_twice_is_a_duplicate_until_it_is_deleted(oak, elm):
    first = oak.post("Well done!").json()["data"]["id"]
    again = oak.post("Well done!")
    assert again.status_code == 403
    assert "duplicate content" in again.json()["detail"]
    assert elm.post("Well done!").status_code == 201
    assert oak.post("Well done !").status_code == 201
    oak.call("DELETE", f"/2/tweets/{first}")
    assert oak.post("Well done!").status_code == 201


def test_delete_twice(oak, sandbox):
    number = oak.post("Short-lived").json()["data"]["id"]
    assert oak.call("DELETE", f"/2/tweets/{number}").json() == {"data": {"deleted": True}}
    assert oak.call("DELETE", f"/2/tweets/{number}").json() == {"data": {"deleted": False}}
    assert sandbox.state()["tweets"] == []


def test_only_the_owner_deletes(oak, elm, sandbox):
    number = oak.post("Mine").json()["data"]["id"]
    assert elm.call("DELETE", f"/2/tweets/{number}").status_code == 403
    assert len(sandbox.state()["tweets"]) == 1


@pytest.mark.parametrize("number", ["1", "abc", "9" * 19, "9" * 40, "-1"])
def test_an_unknown_post_is_not_found(oak, number):
    answer = oak.call("GET", f"/2/tweets/{number}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["type"].endswith("/resource-not-found")
    assert oak.call("DELETE", f"/2/tweets/{number}").json() == {"data": {"deleted": False}}


def test_a_call_that_x_does_not_have_is_an_empty_404(oak):
    answer = oak.call("GET", "/2/tweets/1/liking_users")
    assert (answer.status_code, answer.content) == (404, b"")


def test_who_the_account_is(oak):
    user = oak.user
    assert oak.call("GET", "/2/users/me").json() == {
        "data": {"id": user.id, "name": "Oak School", "username": "oak_school"}
    }


def test_answers_carry_rate_limit_headers(oak):
    one, two = (oak.call("GET", "/2/users/me").headers for _ in range(2))
    assert int(one["x-rate-limit-limit"]) > int(two["x-rate-limit-remaining"])
    assert int(two["x-rate-limit-reset"]) > 1_700_000_000
