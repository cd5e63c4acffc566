"""Sending a post and changing one: nothing that was typed is lost."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper.web import uploads
from gatekeeper_queue.models import AuditEvent, Submission, SubmissionPhoto
from gatekeeper_queue.submissions import photos_of

TYPED = {
    "caption": "Year 5 pupils & their <b>drums</b>\nin the hall",
    "alt_1": "Pupils around a drum",
    "alt_2": 'A "loud" drum',
    "channels": ["website"],
    "accounts": ["x1"],
    "class_name": "5K",
    "confirmed": ["off-phones", "suitable", "may-publish"],
    "when": "later",
    "publish_date": "2025-12-01",
    "publish_time": "09:30",
}


def picture(name: str = "drum.jpg", data: bytes = b"\xff\xd8picture") -> tuple[str, bytes, str]:
    return (name, data, "image/jpeg")


def stored(town: Any) -> list[Submission]:
    with town.school.database.read() as session:
        return list(session.exec(select(Submission)))


def photos(town: Any, submission_id: str) -> list[SubmissionPhoto]:
    with town.school.database.read() as session:
        return photos_of(session, submission_id)


def test_a_post_is_stored_as_it_was_filled_in(town: Any) -> None:
    files = {"photo_1": picture(), "photo_3": picture("two.jpg", b"second")}
    response = town.client("teacher").fill_in("/submit", {**TYPED, "alt_3": "Two"}, files=files)
    (row,) = stored(town)
    assert (response.status_code, response.headers["location"]) == (303, f"/submissions/{row.id}")
    assert row.caption == TYPED["caption"]
    assert (row.channels, row.account_ids) == (["website", "twitter"], ["x1"])
    assert row.class_name == "5K"
    assert row.publish_at == datetime(2025, 12, 1, 9, 30, tzinfo=UTC)
    kept = [(photo.name, photo.alt) for photo in photos(town, row.id)]
    assert kept == [("drum.jpg", "Pupils around a drum"), ("two.jpg", "Two")]
    assert town.school.store.original(photos(town, row.id)[1].id) == b"second"


def test_the_day_and_time_are_the_schools(town: Any) -> None:
    summer = {**TYPED, "publish_date": "2026-06-01", "publish_time": "09:30"}
    town.client("teacher").fill_in("/submit", summer, files={"photo_1": picture()})
    assert stored(town)[0].publish_at == datetime(2026, 6, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(("typed", "kept"), [("5k ", "5K"), ("", "")])
def test_a_class_is_stored_as_the_register_writes_it(town: Any, typed: str, kept: str) -> None:
    data = {**TYPED, "class_name": typed}
    town.client("teacher").fill_in("/submit", data, files={"photo_1": picture()})
    assert stored(town)[0].class_name == kept


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"caption": "   \u200b "}, "Write a caption"),
        ({"caption": "x" * 10_001}, "The caption has 10,001 characters"),
        ({"channels": [], "accounts": []}, "Choose where it should appear"),
        ({"channels": ["display"], "accounts": []}, "Choose where it should appear"),
        ({"channels": ["twitter"], "accounts": []}, "Choose the account"),
        ({"accounts": ["x1", "none"]}, "Choose the account"),
        ({"publish_date": ""}, "Give the day and the time"),
        ({"publish_time": "25:00"}, "Give the day and the time"),
        ({"publish_date": "2026-03-29", "publish_time": "01:30"}, "There is no 01:30 on that day"),
        ({"publish_date": "2025-11-23"}, "This day and time have passed."),
        ({"publish_date": "2025-11-24", "publish_time": "09:14"}, "This day and time have passed."),
        ({"publish_date": "2027-11-24"}, "Choose a day within a year"),
        ({"class_name": "5K, Choir"}, "There is no class 5K, Choir"),
        ({"class_name": "9Z"}, "There is no class 9Z on the register (2B, 5K)."),
        ({"alt_1": "x" * 4_001}, "A description may have at most"),
    ],
)
def test_a_wrong_field_is_named_and_the_rest_is_kept(
    town: Any, change: dict[str, Any], says: str
) -> None:
    typed = {**TYPED, **change}
    response = town.client("teacher").fill_in("/submit", typed, files={"photo_1": picture()})
    assert response.status_code == 422
    assert says in response.text
    assert stored(town) == []
    text = unescape(response.text)
    for name in ("caption", "alt_1", "alt_2", "class_name"):
        assert typed[name] in text


def test_a_post_without_a_photo_is_refused(town: Any) -> None:
    empty = {f"photo_{slot}": ("", b"", "application/octet-stream") for slot in range(1, 5)}
    response = town.client("teacher").fill_in("/submit", TYPED, files=empty)
    assert response.status_code == 422
    assert "Add at least one photo." in response.text


def test_a_photo_that_is_too_large_is_named_and_the_caption_kept(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_PHOTO", 2_000_000)
    files = {"photo_1": picture("big.jpg", bytes(3_000_000))}
    response = town.client("teacher").fill_in("/submit", TYPED, files=files)
    assert response.status_code == 422
    assert "“big.jpg” has 3 MB. A photo may have at most 2 MB" in response.text
    assert TYPED["caption"] in unescape(response.text)


def test_an_empty_file_is_named(town: Any) -> None:
    response = town.client("teacher").fill_in(
        "/submit", TYPED, files={"photo_1": picture("none.jpg", b"")}
    )
    assert "“none.jpg” is empty" in response.text


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_beyond_everything_is_refused_however_it_is_sent(
    town: Any, announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 300_000)
    client = town.client("teacher")
    head = b'--b\r\nContent-Disposition: form-data; name="photo_1"; filename="a"\r\n\r\n'
    body = head + bytes(1_500_000) + b"\r\n--b--\r\n"
    response = client.post(
        "/submit",
        content=body if announced else iter([body[:200_000], body[200_000:]]),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert response.status_code == 413
    assert "at most 40 MB" in response.text
    assert stored(town) == []


def test_a_form_without_photos_may_be_a_megabyte_at_most(town: Any) -> None:
    response = town.client("office").fill_in("/register/p1/withdraw", {"given_by": "x" * 1_100_000})
    assert response.status_code == 413


def test_a_body_that_is_no_form_is_refused(town: Any) -> None:
    response = town.client("teacher").post(
        "/submit", content=b"--b", headers={"Content-Type": "multipart/form-data"}
    )
    assert response.status_code == 400
    assert stored(town) == []


# --- changing it -------------------------------------------------------------------------------


def edited(town: Any, **more: Any) -> dict[str, Any]:
    return {**TYPED, "version": 1, "alt_photo-one": "A new description", **more}


def test_an_edit_is_a_new_version(town: Any) -> None:
    town.submission("one", "rejected")
    client = town.client("teacher")
    assert "Pupils around a drum" in client.get("/submissions/one/edit").text
    assert client.fill_in("/submissions/one/edit", edited(town)).status_code == 303
    row = town.get(Submission, "one")
    assert (row.version, row.state, row.caption) == (2, "waiting", TYPED["caption"])
    assert photos(town, "one")[0].alt == "A new description"


def test_a_photo_can_be_replaced(town: Any) -> None:
    town.submission("one", "rejected")
    files = {"replace_photo-one": picture("better.jpg", b"better")}
    town.client("teacher").fill_in("/submissions/one/edit", edited(town), files=files)
    (photo,) = photos(town, "one")
    assert (photo.name, photo.alt) == ("better.jpg", "A new description")
    assert photo.clean_sha256 is None


def test_the_last_photo_cannot_be_left_out(town: Any) -> None:
    town.submission("one", "rejected")
    data = edited(town, **{"drop_photo-one": "yes"})
    response = town.client("teacher").fill_in("/submissions/one/edit", data)
    assert response.status_code == 422
    assert "Keep at least one photo" in response.text
    assert "A new description" in response.text


def test_an_edit_to_an_unknown_class_is_named(town: Any) -> None:
    town.submission("one", "rejected")
    response = town.client("teacher").fill_in(
        "/submissions/one/edit", edited(town, class_name="9Z")
    )
    assert response.status_code == 422
    assert "There is no class 9Z" in response.text
    assert town.get(Submission, "one").version == 1


def test_an_edit_of_an_older_version_changes_nothing(town: Any) -> None:
    town.submission("one", "rejected", version=2)
    response = town.client("teacher").fill_in("/submissions/one/edit", edited(town))
    assert response.status_code == 409
    assert town.get(Submission, "one").version == 2


@pytest.mark.parametrize("state", ["waiting", "discarded"])
def test_what_waits_or_is_gone_cannot_be_edited(town: Any, state: str) -> None:
    town.submission("one", state)
    client = town.client("teacher")
    assert client.fill_in("/submissions/one/edit", edited(town)).status_code == 409
    assert town.get(Submission, "one").caption != TYPED["caption"]


def test_what_is_live_cannot_be_edited(town: Any) -> None:
    town.submission("one", "approved")
    town.post("post", "one", "live", live_at=town.time.now)
    response = town.client("teacher").fill_in("/submissions/one/edit", edited(town))
    assert response.status_code == 422
    assert "Have it taken down" in response.text


def test_a_reviewer_cannot_edit_what_somebody_else_sent(town: Any) -> None:
    town.submission("one", "flagged")
    client = town.client("head")
    assert client.get("/submissions/one/edit").status_code == 403
    assert client.fill_in("/submissions/one/edit", edited(town)).status_code == 403


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["may-publish", "off-phones", "suitable"], ["off-phones", "suitable", "may-publish"]),
        (["suitable", "anything else"], ["suitable"]),
        ([], []),
    ],
)
def test_the_checklist_is_stored_and_recorded(town: Any, sent: list[str], kept: list[str]) -> None:
    data = {**TYPED, "confirmed": sent}
    town.client("teacher").fill_in("/submit", data, files={"photo_1": picture()})
    (row,) = stored(town)
    assert row.confirmed == kept
    with town.school.database.read() as session:
        noted = select(AuditEvent.data).where(AuditEvent.kind == "submission.confirmed")
        (noted_data,) = session.exec(noted).all()
    assert json.loads(noted_data) == {"version": 1, "points": kept}


def test_each_version_is_confirmed_anew(town: Any) -> None:
    town.submission("one", "rejected")
    client = town.client("teacher")
    boxes = re.findall(r'name="confirmed"[^>]*>', client.get("/submissions/one/edit").text)
    assert (len(boxes), "checked" in str(boxes)) == (3, False)
    client.fill_in("/submissions/one/edit", edited(town, confirmed=["suitable"]))
    assert town.get(Submission, "one").confirmed == ["suitable"]
