"""The badge in a profile picture, looked at through the sandbox X."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance
from sqlmodel import select

from gatekeeper.badge import BadBadge, check_badge, check_badges, own_badge, same_badge
from gatekeeper.channels.twitter.channel import TwitterCredentials
from gatekeeper.channels.twitter.http import XConnection
from gatekeeper.composition import open_account, open_school, utc_now
from gatekeeper.demo.badge import draw_badge
from gatekeeper.keys import make_key_file
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import Settings, SettingsError
from gatekeeper.signin import add_user
from gatekeeper_queue.models import Account, AuditEvent
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Notice

BADGE = draw_badge()


def saved(picture: Image.Image, form: str = "PNG", **how) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, form, **how)
    return out.getvalue()


def picture() -> Image.Image:
    return Image.open(io.BytesIO(BADGE))


def other_emblem() -> bytes:
    """The same shield with something else on it."""
    made = picture()
    draw = ImageDraw.Draw(made)
    draw.polygon([(75, 55), (325, 55), (325, 220), (200, 365), (75, 220)], fill="#f7f3ea")
    draw.polygon([(120, 250), (200, 100), (280, 250)], fill="#8a5300")
    return saved(made)


def person() -> bytes:
    made = Image.new("RGB", (400, 400), "#ccddee")
    draw = ImageDraw.Draw(made)
    draw.ellipse([120, 60, 280, 240], fill="#e0b090")
    draw.ellipse([40, 250, 360, 500], fill="#333355")
    return saved(made)


def see_through() -> bytes:
    """The badge on nothing, as a PNG; the school's file has a white ground."""
    made = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(made).ellipse([60, 60, 340, 340], fill="#a8231c")
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def on_white() -> bytes:
    made = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(made).ellipse([60, 60, 340, 340], fill="#a8231c")
    return saved(made)


@pytest.mark.parametrize(
    ("shown", "badge", "same"),
    [
        pytest.param(BADGE, BADGE, True, id="the file itself"),
        pytest.param(saved(picture(), "JPEG", quality=40), BADGE, True, id="saved badly"),
        pytest.param(saved(picture().resize((48, 48))), BADGE, True, id="48 pixels"),
        pytest.param(saved(picture().crop((14, 14, 386, 386))), BADGE, True, id="cropped"),
        pytest.param(
            saved(ImageEnhance.Brightness(picture()).enhance(1.1)), BADGE, True, id="brighter"
        ),
        pytest.param(see_through(), on_white(), True, id="transparent"),
        pytest.param(other_emblem(), BADGE, False, id="another emblem in the same shield"),
        pytest.param(saved(picture().rotate(180)), BADGE, False, id="upside down"),
        pytest.param(saved(picture().crop((80, 80, 320, 320))), BADGE, False, id="a part of it"),
        pytest.param(person(), BADGE, False, id="a person"),
        pytest.param(saved(Image.new("RGB", (400, 400), "#0f5e5b")), BADGE, False, id="one colour"),
    ],
)
def test_the_badge_is_known_however_it_was_saved(shown, badge, same):
    assert same_badge(shown, badge) is same


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", BADGE[:300], saved(Image.new("RGB", (8, 8)))],
    ids=["nothing", "not a picture", "cut off", "tiny"],
)
def test_what_is_no_picture_is_said_so(content, tmp_path):
    with pytest.raises(BadBadge):
        same_badge(content, BADGE)
    (tmp_path / "badge").write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be read as a picture"):
        own_badge(tmp_path / "badge")


USERS = [
    SandboxUser.new("good", "Oakham Primary", saved(picture(), "JPEG", quality=80)),
    SandboxUser.new("none", "Oakham PE"),
    SandboxUser.new("other", "Oakham music", person()),
    SandboxUser.new("private", "My cats", BADGE, protected=True),
    SandboxUser.new("broken", "Oakham", b"\x89PNG\r\n\x1a\n cut off"),
]


@pytest.fixture(scope="module")
def sandbox():
    with SandboxX(USERS) as server:
        yield server


@pytest.fixture
def town(tmp_path, sandbox):
    """A school with one account for each of the sandbox's, and one whose keys X refuses."""
    (tmp_path / "badge.png").write_bytes(BADGE)
    settings = Settings(
        data=tmp_path / "data",
        school_name="Oakham Primary School",
        x_base_url=sandbox.url,
        badge=tmp_path / "badge.png",
    )
    make_key_file(settings)
    time = [utc_now()]
    school = open_school(settings, lambda: time[0])
    with school.database.write() as session:
        for name, role in (("t", Role.TEACHER), ("c", Role.COORDINATOR)):
            add_user(
                school, session, actor="test", email=f"{name}@school.example", name=name,
                role=role, password="long enough", id=name,
            )  # fmt: skip
        refused = SandboxUser.new("refused", "Refused")
        for user in (*USERS, refused):
            names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
            keys = json.dumps({name: getattr(user, name) for name in names})
            sealed = school.cipher.encrypt(keys.encode())
            session.add(
                Account(
                    id=user.username,
                    channel="twitter",
                    handle=user.username,
                    owner_id="t",
                    secrets=sealed,
                )
            )
    yield school, settings, time
    school.database.close()


def test_each_profile_is_told_apart(town):
    school, settings, _ = town
    found = {
        name: check_badge(school, settings, name, actor="t")
        for name in ("good", "none", "other", "private", "broken", "refused")
    }
    assert found == {
        "good": [],
        "none": ["no-badge"],
        "other": ["other-badge"],
        "private": ["protected", "name"],
        "broken": ["not-seen"],
        "refused": ["not-seen"],
    }


def test_only_what_is_new_and_was_seen_is_told(town):
    school, settings, time = town
    assert check_badges(school, settings) == 6
    assert check_badges(school, settings) == 0  # looked at already
    time[0] += timedelta(days=1)
    assert check_badges(school, settings) == 6
    with school.database.read() as session:
        told = session.exec(select(Notice.subject, Notice.user_id)).all()
        looked = session.exec(select(AuditEvent).where(AuditEvent.kind == "account.looked-at"))
        assert len(looked.all()) == 5  # all but the good one, once
        account = session.get_one(Account, "none")
    assert sorted(told) == [(name, who) for name in ("none", "other", "private") for who in "ct"]
    assert (account.badge_problem, account.badge_checked_at) == ("no-badge", time[0])


def test_an_account_that_is_switched_off_is_left_alone(town):
    school, settings, _ = town
    with school.database.write() as session:
        session.get_one(Account, "none").active = False
    assert check_badges(school, settings) == 5


def test_without_a_badge_nothing_is_looked_at(town):
    school, settings, _ = town
    assert check_badges(school, settings.model_copy(update={"badge": None})) == 0
    with pytest.raises(SettingsError, match="badge"):
        check_badge(school, settings.model_copy(update={"badge": None}), "good", actor="t")


def test_a_picture_is_fetched_from_xs_own_host_alone(sandbox):
    keys = TwitterCredentials("k", "s", "t", "ts")
    connection = XConnection(keys, sandbox.url, (1, 1))
    for url in (
        "http://pbs.twimg.com/profile_images/1/a.png",
        "https://pbs.twimg.com.example/a.png",
        "https://school.example/a.png",
        "file:///etc/passwd",
        "None",
    ):
        with pytest.raises(ValueError, match="not a picture of X"):
            connection.picture(url)
    connection.close()


def test_no_key_travels_with_the_request_for_a_picture(town, sandbox):
    """The sandbox serves pictures to anybody, as X does; the keys must not go there."""
    school, settings, _ = town
    with school.database.read() as session:
        channel = open_account(school, settings, session.get_one(Account, "good"))
    sent = []
    send = channel._x._session.send
    channel._x._session.send = lambda request, **more: sent.append(request) or send(request, **more)
    assert channel.profile().picture
    signed = {Path(request.url).name: "Authorization" in request.headers for request in sent}
    assert list(signed.values()) == [True, False]
