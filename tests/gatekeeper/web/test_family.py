"""A parent's own children: two taps for an answer, and never anybody else's child."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from gatekeeper_consent.models import BiometricConsent, Consent, Guardian, Guardianship, Pupil
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.register import (
    Decision,
    Scope,
    Use,
    answer,
    protect,
    set_child_refusal,
    set_consent,
)
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import AuditEvent, Post, Submission, User
from gatekeeper_queue.record_models import Notice, Withdrawal
from gatekeeper_queue.withdrawing import follow_withdrawals

POPPY = Face(Box(20, 10, 70, 70), 0.9, matched="p1")
ASK = "another person with parental responsibility has said no"
NO = {"use": "website", "scope": "group", "decision": "no"}
YES = {**NO, "decision": "yes"}


def second_parent(town: Any) -> None:
    """A second guardian of the same child, with an account of their own."""
    town.add(
        Guardian(id="g2", name="Sam Wainscott"),
        Guardianship(
            guardian_id="g2", pupil_id="p1", recorded_at=town.time.now, recorded_by="office"
        ),
    )
    town.person("father", "parent", guardian_id="g2")


def counts(town: Any, use: Use = Use.WEBSITE, scope: Scope = Scope.GROUP) -> str:
    with town.school.database.read() as session:
        return str(answer(session, "p1", use, scope, town.school.today()))


def say(town: Any, who: str, data: dict[str, str], child: str = "p1") -> Any:
    return town.client(who).fill_in(f"/family/children/{child}/answer", data)


def live(town: Any, name: str = "one", channel: str = "website", faces: Any = (POPPY,)) -> None:
    town.submission(name, "approved", faces=faces, channels=[channel])
    town.post(name, name, "live", people=["p1"], channel=channel, live_at=town.time.now)


def notices(town: Any, kind: str) -> list[str | None]:
    with town.school.database.read() as session:
        return list(session.exec(select(Notice.user_id).where(Notice.kind == kind)))


# --- two taps --------------------------------------------------------------------------------


def test_a_parent_sees_their_children_in_plain_words(town: Any) -> None:
    page = town.client("parent").get("/family").text
    assert "Poppy Wainscott" in page
    assert "On the school’s public website" in page
    assert "Zoë" not in page
    assert "Emeka" not in page


@pytest.mark.parametrize("decision", ["yes", "no"])
@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize("scope", Scope)
def test_giving_takes_as_many_taps_as_taking_back(
    town: Any, use: Use, scope: Scope, decision: str
) -> None:
    """The first tap opens a page with one button, and the second is that button."""
    client = town.client("parent")
    address = f"/family/children/p1/answer?use={use}&amp;scope={scope}&amp;decision={decision}"
    if decision == "yes":
        client.fill_in("/family/children/p1/answer", {"use": use, "scope": scope, "decision": "no"})
    assert address in client.get("/family").text
    page = client.get(address.replace("&amp;", "&")).text
    assert page.count('name="decision"') == 1
    data = {"use": use, "scope": scope, "decision": decision}
    response = client.fill_in("/family/children/p1/answer", data)
    assert response.headers["location"] == "/family?told=answer"
    assert counts(town, use, scope) == decision


def test_an_answer_is_the_guardians_own_and_on_record(town: Any) -> None:
    say(town, "parent", NO)
    with town.school.database.read() as session:
        row = session.exec(select(Consent).order_by(Consent.id.desc())).first()
        assert (row.guardian_id, row.recorded_by, row.given_by) == ("g1", "parent", "mother")
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "consent.set")).one()
        assert (event.actor, event.subject) == ("parent", "p1")
        assert not list(town.school.audit.verify(session))


def test_a_no_takes_down_what_is_up_and_every_change_is_confirmed(town: Any) -> None:
    live(town)
    live(town, "two", "twitter", faces=())
    town.submission("waiting", "flagged")
    page = town.client("parent").get(
        "/family/children/p1/answer?use=website&scope=group&decision=no"
    )
    assert "1 post with Poppy comes down, and you are told when it is gone" in page.text
    say(town, "parent", NO)
    assert town.get(Post, "one").state == "removing"
    assert town.get(Post, "two").state == "live"
    assert town.get(Submission, "waiting").state == "waiting"
    say(town, "parent", YES)
    assert counts(town) == "yes"
    assert set(notices(town, "consent-changed")) == {"parent"}


def test_of_two_parents_who_disagree_the_stricter_counts_and_neither_learns_who(town: Any) -> None:
    second_parent(town)
    say(town, "parent", YES)
    say(town, "father", NO)
    assert counts(town) == "no"
    page = town.client("parent").get("/family").text
    assert ASK in page.lower()
    assert "Sam" not in page
    assert "father" not in page
    say(town, "parent", YES)
    assert counts(town) == "no"
    assert ASK not in town.client("father").get("/family").text.lower()
    say(town, "father", YES)
    assert counts(town) == "yes"


def said_by_the_family(town: Any, decision: str) -> None:
    """On a form, in the office."""
    entry = {"recorded_by": "office", "now": town.time.now, "record": lambda *_: None}
    with town.school.database.write() as session:
        set_consent(
            session, "p1", Use.WEBSITE, Scope.GROUP, Decision(decision), given_by="a form",
            given_on=town.school.today(), **entry,
        )  # fmt: skip


OFFERS_YES = "answer?use=website&amp;scope=group&amp;decision=yes"


@pytest.mark.parametrize("said_yes_before", [False, True])
def test_an_only_guardian_is_told_of_no_other_person_and_their_yes_counts(
    town: Any, said_yes_before: bool
) -> None:
    if said_yes_before:
        say(town, "parent", YES)
    said_by_the_family(town, "no")
    client = town.client("parent")
    page = client.get("/family").text
    assert "another person" not in page
    assert "The school holds a no from before" in page
    assert OFFERS_YES in page
    assert "another" not in client.get("/family/children/p1/" + OFFERS_YES.replace("amp;", "")).text
    assert say(town, "parent", YES).headers["location"] == "/family?told=answer"
    assert counts(town) == "yes"
    page = client.get("/family").text
    assert "The school holds a no" not in page
    assert OFFERS_YES not in page


def test_a_yes_that_a_no_outweighs_is_recorded_and_nothing_else_is_promised(town: Any) -> None:
    second_parent(town)
    say(town, "father", NO)
    client = town.client("parent")
    assert OFFERS_YES in client.get("/family").text
    page = client.get("/family/children/p1/" + OFFERS_YES.replace("amp;", "")).text
    assert "But another no stands" in page
    assert "may be shown" not in page
    answered = say(town, "parent", YES)
    assert answered.headers["location"] == "/family?told=outweighed"
    page = client.get(answered.headers["location"]).text
    assert "While another no stands, that no counts." in page
    assert OFFERS_YES not in page  # to say it again would change nothing
    assert "you said yes" in page


def test_mail_is_promised_only_where_there_is_mail(town: Any) -> None:
    assert "A notice confirms it." in town.client("parent").get("/family?told=answer").text
    town.set_up_mail()
    client = town.client("parent")
    assert "An e-mail confirms it." in client.get("/family?told=answer").text
    assert "confirms" not in client.get("/family?told=made-up").text


def test_when_everything_is_refused_there_is_nothing_to_take_back(town: Any) -> None:
    client = town.client("parent")
    assert "Take everything back" in client.get("/family").text
    client.fill_in("/family/children/p1/withdraw")
    assert "Take everything back" not in client.get("/family").text


def test_a_letter_about_one_way_of_being_shown_promises_no_more(town: Any) -> None:
    alone = {**NO, "scope": "individual"}
    say(town, "parent", {**alone, "decision": "yes"})
    say(town, "parent", alone)
    with town.school.database.read() as session:
        row = session.exec(select(Withdrawal)).one()
    letter = town.client("parent").get(f"/family/withdrawals/{row.id}").text
    assert "From now on no picture of your child alone is shown there." in letter
    assert "displays" not in letter


def test_a_withdrawal_of_the_other_parent_is_not_shown(town: Any) -> None:
    second_parent(town)
    live(town)
    town.client("father").fill_in("/family/children/p1/withdraw")
    with town.school.database.read() as session:
        row = session.exec(select(Withdrawal)).one()
    assert town.client("father").get(f"/family/withdrawals/{row.id}").status_code == 200
    mother = town.client("parent")
    assert mother.get(f"/family/withdrawals/{row.id}").status_code == 404
    assert "What I took back" not in mother.get("/family").text


def test_everything_is_taken_back_in_one_action_with_a_letter(town: Any) -> None:
    live(town)
    town.client("parent").fill_in("/family/children/p1/withdraw")
    assert {counts(town, use, scope) for use in Use for scope in Scope} == {"no"}
    with town.school.database.read() as session:
        row = session.exec(select(Withdrawal)).one()
    parent = town.client("parent")
    letter = parent.get(f"/family/withdrawals/{row.id}").text
    assert "Not gone yet" in letter
    assert "1 post not gone yet" in parent.get("/family").text
    with town.school.database.write() as session:
        post = session.get_one(Post, "one")
        post.state, post.removed_at = "removed", town.time.now
    follow_withdrawals(town.school)
    letter = parent.get(f"/family/withdrawals/{row.id}").text
    assert "Removed, and seen to be gone Mon 24 Nov, 09:15" in letter
    assert "music lesson" not in letter
    assert notices(town, "family-withdrawal-done") == ["parent"]


# --- several at once --------------------------------------------------------------------------

SEVERAL = "/family/children/p1/several"


def test_several_are_given_at_once_and_nothing_is_ticked_beforehand(town: Any) -> None:
    client = town.client("parent")
    assert SEVERAL in client.get("/family").text
    page = client.get(SEVERAL).text
    assert "checked" not in page.split("<form", 1)[1].split("</form>")[0].replace("is checked", "")
    assert 'value="website group"' not in page  # it is a yes already
    ticked = {"yes": ["website individual", "display group", "display group"]}
    assert client.fill_in(SEVERAL, ticked).headers["location"] == "/family?told=answers"
    assert counts(town, Use.WEBSITE, Scope.INDIVIDUAL) == "yes"
    assert counts(town, Use.DISPLAY) == "yes"
    assert counts(town, Use.PARENTS) == "unknown"
    with town.school.database.read() as session:
        rows = session.exec(select(Consent).where(Consent.recorded_by == "parent")).all()
        assert [(row.guardian_id, row.given_by) for row in rows] == [("g1", "mother")] * 2
    assert notices(town, "consent-changed") == ["parent"]


@pytest.mark.parametrize(
    ("ticked", "status"), [([], 422), (["website"], 404), (["website group", "moon group"], 404)]
)
def test_what_is_not_ticked_or_not_there_records_nothing(
    town: Any, ticked: list[str], status: int
) -> None:
    before = everything_recorded(town)
    assert town.client("parent").fill_in(SEVERAL, {"yes": ticked}).status_code == status
    assert everything_recorded(town) == before


def test_several_of_which_one_is_outweighed(town: Any) -> None:
    second_parent(town)
    say(town, "father", NO)
    ticked = {"yes": ["website group", "display group"]}
    answered = town.client("parent").fill_in(SEVERAL, ticked)
    assert answered.headers["location"] == "/family?told=outweighed"
    assert (counts(town), counts(town, Use.DISPLAY)) == ("no", "yes")


# --- recognition -----------------------------------------------------------------------------


def test_recognition_is_explained_given_and_taken_back(town: Any) -> None:
    client = town.client("parent")
    assert "recognition?decision=yes" in client.get("/family").text
    page = client.get("/family/children/p1/recognition?decision=yes").text
    assert "You need not agree" in page
    assert "as personal as a fingerprint" in page
    for decision, stands in (("yes", True), ("no", False)):
        client.fill_in("/family/children/p1/recognition", {"decision": decision})
        with town.school.database.read() as session:
            row = session.exec(select(BiometricConsent).order_by(BiometricConsent.id.desc()))
            newest = row.first()
        assert (newest.guardian_id, newest.withdrawn_on is None) == ("g1", stands)
    assert notices(town, "consent-changed") == ["parent"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_yes_to_recognition_that_the_child_outweighs(town: Any, alone: bool) -> None:
    if not alone:
        second_parent(town)
    client = town.client("parent")
    client.fill_in("/family/children/p1/recognition", {"decision": "yes"})
    entry = {"recorded_by": "office", "now": town.time.now, "record": lambda *_: None}
    with town.school.database.write() as session:
        set_child_refusal(session, "p1", True, **entry)
    page = client.get("/family").text
    assert "You said yes. Your child" in page
    assert ("another person" in page) is not alone
    assert "recognition?decision=yes" not in page  # it would not count
    assert "recognition?decision=no" in page


def test_a_parent_can_refuse_recognition_before_anybody_agrees(town: Any) -> None:
    second_parent(town)
    client = town.client("parent")
    assert "recognition?decision=no" in client.get("/family").text
    client.fill_in("/family/children/p1/recognition", {"decision": "no"})
    assert "recognition?decision=no" not in client.get("/family").text
    town.client("father").fill_in("/family/children/p1/recognition", {"decision": "yes"})
    with town.school.database.read() as session:
        assert biometric_in_force(session, town.school.today(), ["p1"]) == set()


def test_where_no_faces_are_learnt_nobody_is_asked(town: Any) -> None:
    from gatekeeper_queue.recognition import lock_again

    with town.school.database.write() as session:
        lock_again(town.school, session, by="head")
    client = town.client("parent")
    assert "Recognition by the machine" not in client.get("/family").text
    assert client.get("/family/children/p1/recognition?decision=yes").status_code == 404
    form = {"decision": "yes"}
    assert client.fill_in("/family/children/p1/recognition", form).status_code == 409
    assert client.fill_in("/family/children/p1/recognition", {"decision": "no"}).status_code == 303


# --- children who are not shown, and children who left ---------------------------------------


def test_a_child_who_is_never_published_gets_one_sentence_and_no_reason(town: Any) -> None:
    with town.school.database.write() as session:
        protect(
            session, "p1", "court order", recorded_by="office", now=town.time.now,
            record=lambda *_: None,
        )  # fmt: skip
    client = town.client("parent")
    page = client.get("/family").text
    assert "No picture of Poppy Wainscott is published. Please ask the school office." in page
    assert "court" not in page
    assert "/answer?" not in page
    refused = say(town, "parent", YES)
    assert refused.status_code == 409
    assert "ask the school office" in refused.text
    assert "court" not in refused.text


def test_a_child_who_left_can_only_be_taken_back(town: Any) -> None:
    live(town)
    with town.school.database.write() as session:
        session.get_one(Pupil, "p1").left_on = town.school.today()
    page = town.client("parent").get("/family").text
    assert "has left the school" in page
    assert "/answer?" not in page
    assert "Recognition" not in page
    path = "/family/children/p1/" + OFFERS_YES.replace("amp;", "")
    assert town.client("parent").get(path).status_code == 409
    assert say(town, "parent", YES).status_code == 409
    assert town.client("parent").fill_in("/family/children/p1/withdraw").status_code == 303
    assert town.get(Post, "one").state == "removing"


# --- nobody else's child, ever ----------------------------------------------------------------

READ = (
    "/family/children/{}/answer?use=website&scope=group&decision=no",
    "/family/children/{}/withdraw",
    "/family/children/{}/several",
    "/family/children/{}/recognition?decision=yes",
)
WRITE = (
    ("/family/children/{}/answer", NO),
    ("/family/children/{}/answer", YES),
    ("/family/children/{}/withdraw", {}),
    ("/family/children/{}/several", {"yes": "website group"}),
    ("/family/children/{}/recognition", {"decision": "yes"}),
    ("/family/children/{}/recognition", {"decision": "no"}),
)


def everything_recorded(town: Any) -> list[int]:
    with town.school.database.read() as session:
        tables = (Consent, BiometricConsent, Withdrawal, Notice)
        return [len(session.exec(select(table)).all()) for table in tables]


@pytest.mark.parametrize("child", ["p2", "p3", "none", "p1%20", "s1"])
@pytest.mark.parametrize("path", READ)
def test_another_child_does_not_exist_on_any_page(town: Any, path: str, child: str) -> None:
    response = town.client("parent").get(path.format(child))
    assert response.status_code == 404
    assert "Zoë" not in response.text


@pytest.mark.parametrize("child", ["p2", "none", "p1%20"])
@pytest.mark.parametrize(("path", "data"), WRITE)
def test_another_child_cannot_be_changed(
    town: Any, path: str, data: dict[str, str], child: str
) -> None:
    before = everything_recorded(town)
    assert town.client("parent").fill_in(path.format(child), data).status_code == 404
    assert everything_recorded(town) == before


@pytest.mark.parametrize("over", ["ended", "closed"])
@pytest.mark.parametrize(("path", "data"), [*((each, None) for each in READ), *WRITE])
def test_a_say_that_ended_and_an_account_that_is_closed_open_nothing(
    town: Any, path: str, data: dict[str, str] | None, over: str
) -> None:
    client = town.client("parent")
    with town.school.database.write() as session:
        if over == "ended":
            session.exec(select(Guardianship)).one().ended_at = town.time.now
        else:
            session.get_one(User, "parent").active = False
    before = everything_recorded(town)
    address = path.format("p1")
    response = client.get(address) if data is None else client.fill_in(address, data)
    assert response.headers["location"].startswith("/sign-in")
    assert everything_recorded(town) == before


def test_a_say_that_ended_for_one_child_leaves_the_other(town: Any) -> None:
    town.add(
        Guardianship(
            guardian_id="g1", pupil_id="p2", recorded_at=town.time.now, recorded_by="office"
        )
    )
    with town.school.database.write() as session:
        query = select(Guardianship).where(Guardianship.pupil_id == "p1")
        session.exec(query).one().ended_at = town.time.now
    client = town.client("parent")
    page = client.get("/family").text
    assert "Zoë" in page
    assert "Poppy" not in page
    assert say(town, "parent", NO, "p1").status_code == 404
    assert say(town, "parent", NO, "p2").status_code == 303


@pytest.mark.parametrize("role", ["teacher", "office", "head", "technician", "governor"])
def test_staff_have_no_children_here(town: Any, role: str) -> None:
    client = town.client(role)
    assert client.get("/family").status_code == 403
    for path in READ:
        assert client.get(path.format("p1")).status_code == 403
    for path, data in WRITE:
        assert client.fill_in(path.format("p1"), data).status_code == 403


@pytest.mark.parametrize(
    "data", [{}, {**NO, "use": "x"}, {**NO, "scope": ""}, {**NO, "decision": "cleared"}]
)
def test_answers_that_do_not_exist_are_refused(town: Any, data: dict[str, str]) -> None:
    before = everything_recorded(town)
    assert say(town, "parent", data).status_code == 404
    assert everything_recorded(town) == before
