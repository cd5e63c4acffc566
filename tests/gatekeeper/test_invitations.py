"""Links for guardians: once, for a fortnight, and of no use to anybody without a child here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from tests.gatekeeper.web.conftest import PASSWORD, TownSchool

from gatekeeper.hashing import Refused
from gatekeeper.invitations import BadLink, CannotInvite, accept, close, invite, invited
from gatekeeper.signin import sign_in, who
from gatekeeper_consent.models import Guardian, Guardianship
from gatekeeper_queue.models import AuditEvent, User
from gatekeeper_queue.record_models import Invitation, Notice

NEW = "another good password"


@pytest.fixture
def town(tmp_path: Any) -> Any:
    built = TownSchool(tmp_path)
    guardian = Guardian(id="g2", name="Sam Wainscott", email="sam@home.test")
    built.add(guardian, guardianship(built, "g2"))
    yield built
    built.school.database.close()


def guardianship(town: TownSchool, guardian_id: str) -> Guardianship:
    return Guardianship(
        guardian_id=guardian_id, pupil_id="p1", recorded_at=town.time.now, recorded_by="office"
    )


def link(town: TownSchool, guardian_id: str = "g2") -> str:
    with town.school.database.write() as session:
        return invite(town.school, session, guardian_id, actor="office")


def use(town: TownSchool, token: str, email: str = "sam@home.test", password: str = NEW) -> User:
    with town.school.database.write() as session:
        return accept(town.school, session, token, email=email, password=password)


def end_all(town: TownSchool, guardian_id: str) -> None:
    with town.school.database.write() as session:
        query = select(Guardianship).where(Guardianship.guardian_id == guardian_id)
        for row in session.exec(query):
            row.ended_at = town.time.now


def test_a_link_makes_one_account_for_its_guardian(town: Any) -> None:
    user = use(town, link(town))
    assert (user.role, user.guardian_id, user.display_name) == ("parent", "g2", "Sam Wainscott")
    assert sign_in(town.school, "sam@home.test", NEW, "Browser")


def test_only_a_digest_is_stored_and_the_log_has_no_token_and_no_name(town: Any) -> None:
    token = link(town)
    use(town, token)
    with town.school.database.read() as session:
        row = session.exec(select(Invitation)).one()
        assert token not in row.model_dump_json()
        events = session.exec(select(AuditEvent)).all()
    assert [e.kind for e in events][-3:] == ["invitation.made", "user.added", "invitation.used"]
    told = " ".join(event.model_dump_json() for event in events)
    assert token not in told
    assert "Wainscott" not in told


def revoked_by_another(town: TownSchool, token: str) -> None:
    link(town)


def used(town: TownSchool, token: str) -> None:
    use(town, token)


def expired(town: TownSchool, token: str) -> None:
    town.time.now += timedelta(days=14)


def account_closed(town: TownSchool, token: str) -> None:
    with town.school.database.write() as session:
        close(town.school, session, "g2", actor="office")


def guardian_removed(town: TownSchool, token: str) -> None:
    end_all(town, "g2")


BAD = (used, expired, revoked_by_another, account_closed, guardian_removed)


@pytest.mark.parametrize("spoil", BAD)
def test_a_link_that_is_void_makes_no_account_and_says_whom_to_ask(town: Any, spoil: Any) -> None:
    token = link(town)
    spoil(town, token)
    with town.school.database.read() as session:
        before = len(session.exec(select(User)).all())
        with pytest.raises(BadLink, match=r"[Aa]sk the school office"):
            invited(town.school, session, token)
    with pytest.raises(BadLink):
        use(town, token, "else@home.test")
    with town.school.database.read() as session:
        assert len(session.exec(select(User)).all()) == before


@pytest.mark.parametrize("token", ["", "x", "%00", "é" * 50])
def test_a_made_up_link_is_refused(town: Any, token: str) -> None:
    with pytest.raises(BadLink, match="never made"):
        use(town, token)


@pytest.mark.parametrize(
    ("email", "password"),
    [("no address", NEW), ("head@school.test", NEW), ("sam@home.test", "short"), ("", NEW)],
)
def test_a_link_survives_a_slip_in_the_form(town: Any, email: str, password: str) -> None:
    token = link(town)
    with pytest.raises(ValueError, match=r"."):
        use(town, token, email, password)
    assert use(town, token).active


def test_just_before_a_fortnight_is_over_the_link_still_works(town: Any) -> None:
    token = link(town)
    town.time.now += timedelta(days=14) - timedelta(seconds=1)
    assert use(town, token)


def test_a_link_for_somebody_with_an_account_gives_it_a_new_password(town: Any) -> None:
    first = use(town, link(town))
    old = sign_in(town.school, "sam@home.test", NEW, "Browser")
    second = use(town, link(town), password="yet another one")
    assert second.id == first.id
    with town.school.database.read() as session:
        assert who(town.school, session, old) is None
    with pytest.raises(Refused):
        sign_in(town.school, "sam@home.test", NEW, "Browser")
    assert sign_in(town.school, "sam@home.test", "yet another one", "Browser")


def test_nobody_without_a_child_here_is_invited(town: Any) -> None:
    end_all(town, "g2")
    for guardian_id in ("g2", "none"):
        with pytest.raises(CannotInvite):
            link(town, guardian_id)


def test_a_removed_guardian_sees_nothing_at_once_and_is_closed_at_the_next_sign_in(
    town: Any,
) -> None:
    client = town.client("parent")
    assert client.get("/family/posts").status_code == 200
    end_all(town, "g1")
    assert client.get("/family/posts").headers["location"].startswith("/sign-in")
    with pytest.raises(Refused, match="This account is closed"):
        sign_in(town.school, "parent@school.test", PASSWORD, "Browser")
    assert not town.get(User, "parent").active
    with pytest.raises(Refused, match=r"This account is closed\. If that is not right"):
        sign_in(town.school, "parent@school.test", PASSWORD, "Browser")
    with pytest.raises(Refused, match="wrong"):  # who does not know the password learns nothing
        sign_in(town.school, "parent@school.test", "a guess at it", "Browser")


def test_a_wrong_password_does_not_tell_that_an_account_is_over(town: Any) -> None:
    end_all(town, "g1")
    with pytest.raises(Refused, match="wrong"):
        sign_in(town.school, "parent@school.test", "a guess at it", "Browser")
    assert town.get(User, "parent").active


def test_a_closed_account_opens_again_with_a_new_link(town: Any) -> None:
    user = use(town, link(town))
    with town.school.database.write() as session:
        assert close(town.school, session, "g2", actor="office")
    with pytest.raises(Refused):
        sign_in(town.school, "sam@home.test", NEW, "Browser")
    assert use(town, link(town), password="yet another one").id == user.id
    assert sign_in(town.school, "sam@home.test", "yet another one", "Browser")


# --- the pages ----------------------------------------------------------------------------------


def test_the_office_makes_a_link_and_the_parent_uses_it_once(town: Any) -> None:
    office = town.client("office")
    page = office.fill_in("/parents/g2/invite").text
    token = page.split("https://school.test/invitation/")[1].split("<")[0]
    assert "mailto:sam%40home.test" in page
    assert token not in office.get("/parents/g2").text
    assert "Invited until" in office.get("/parents").text
    stranger = town.client()
    assert "sam@home.test" in stranger.get(f"/invitation/{token}").text
    typed = {"email": "sam@home.test", "password": NEW, "again": "different one"}
    assert "differ" in stranger.post(f"/invitation/{token}", data=typed).text
    response = stranger.post(f"/invitation/{token}", data={**typed, "again": NEW})
    assert response.headers["location"] == "/family"
    assert stranger.get("/family/posts").status_code == 200
    again = town.client().get(f"/invitation/{token}")
    assert again.status_code == 410
    assert "This link has been used" in again.text
    assert "Has an account" in office.get("/parents/g2").text


def test_a_parent_who_works_here_is_told_to_give_another_address(town: Any) -> None:
    token = link(town)
    typed = {"email": "teacher@school.test", "password": NEW, "again": NEW}
    page = town.client().post(f"/invitation/{token}", data=typed)
    assert page.status_code == 422
    assert "There is an account for teacher@school.test already. Give another address" in page.text
    typed["email"] = "home@town.test"
    assert town.client().post(f"/invitation/{token}", data=typed).status_code == 303
    assert town.get(User, "teacher").role == "teacher"


def test_who_has_an_account_is_told_of_a_link_for_a_new_password(town: Any) -> None:
    link(town, "g2")
    with town.school.database.read() as session:
        assert not session.exec(select(Notice)).all()
    link(town, "g1")
    with town.school.database.read() as session:
        (notice,) = session.exec(select(Notice)).all()
    assert (notice.kind, notice.user_id) == ("family-link", "parent")


def test_the_list_says_who_has_an_account_and_finds_people(town: Any) -> None:
    office = town.client("office")
    page = office.get("/parents").text
    assert "Jo Wainscott" in page
    assert "Sam Wainscott" in page
    assert "Sam" not in office.get("/parents?show=account").text
    assert "Jo Wain" not in office.get("/parents?show=none").text
    assert "Jo Wain" not in office.get("/parents?q=sam").text
    assert "Jo Wain" in office.get("/parents?q=POPPY").text
    assert "Nobody fits" in office.get("/parents?q=zzz").text


def test_the_office_voids_a_link_and_closes_an_account(town: Any) -> None:
    office = town.client("office")
    token = link(town)
    assert office.fill_in("/parents/g2/revoke").status_code == 303
    assert town.client().get(f"/invitation/{token}").status_code == 410
    parent = town.client("parent")
    assert office.fill_in("/parents/g1/close").status_code == 303
    assert parent.get("/family/posts").headers["location"].startswith("/sign-in")
    assert office.get("/parents/none").status_code == 404
    assert office.fill_in("/parents/none/invite").status_code == 409


def test_an_account_gets_no_address_that_the_office_does_not_know(town: Any) -> None:
    user = use(town, link(town))
    token = link(town)
    with pytest.raises(ValueError, match="tell the school office"):
        use(town, token, email="somebody@else.test")
    assert town.get(User, user.id).email == "sam@home.test"
    with town.school.database.write() as session:
        session.get_one(Guardian, "g2").email = "new@home.test"
    assert use(town, token, email="New@home.test").email == "new@home.test"
