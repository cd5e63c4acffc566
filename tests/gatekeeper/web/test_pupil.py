"""The office keeps one child's record on a page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.models import (
    Consent,
    ConsentForm,
    Guardian,
    Guardianship,
    Protection,
    Pupil,
)
from gatekeeper_consent.register import answer, set_consent
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import AuditEvent, Post, Submission
from gatekeeper_queue.record_models import Notice

PDF = b"%PDF-1.4 signed"
YES = {
    "use": ["website", "twitter"],
    "scope": ["group"],
    "decision": "yes",
    "who": "g1",
    "given_on": "2025-11-20",
}


def now_says(
    town: Any, pupil_id: str = "p1", use: Use = Use.WEBSITE, scope: Any = Scope.GROUP
) -> str:
    with town.school.database.read() as session:
        return answer(session, pupil_id, use, scope, town.school.today()).value


def records(town: Any, table: Any) -> list[Any]:
    with town.school.database.read() as session:
        return list(session.exec(select(table)))


def newest(town: Any, pupil_id: str = "p1") -> Consent:
    with town.school.database.read() as session:
        query = select(Consent).where(Consent.pupil_id == pupil_id)
        found: Consent = session.exec(query.order_by(col(Consent.id).desc())).first()
        return found


def events(town: Any) -> list[str]:
    with town.school.database.read() as session:
        return list(session.exec(select(AuditEvent.kind).order_by(col(AuditEvent.seq))))


def _consent(
    town: Any, session: Session, pupil_id: str, decision: Decision = Decision.YES, **more: Any
) -> None:
    set_consent(
        session, pupil_id, Use.WEBSITE, Scope.GROUP, decision, given_by="mother",
        given_on=town.school.today(), now=town.time.now, record=lambda *event: None, **more,
    )  # fmt: skip


@pytest.fixture
def live(town: Any) -> Any:
    """p1 is in a live post beside another child; one submission waits."""
    town.add(Pupil(pupil_id="p5", first_name="Kit", last_name="Lowe"))
    with town.school.database.write() as session:
        _consent(town, session, "p5", recorded_by="office")
    faces = [
        Face(Box(20, 10, 70, 70), 0.9, matched="p1"),
        Face(Box(120, 10, 70, 70), 0.9, matched="p5"),
    ]
    town.submission("one", "approved", faces=faces, caption="Harvest boxes")
    town.post("post", "one", "live", people=["p1", "p5"], live_at=town.time.now)
    town.submission("two", "flagged")
    return town


class TestAnswers:
    def test_one_form_records_several_uses_with_its_scan(self, town: Any) -> None:
        client = town.client("office")
        response = client.fill_in(
            "/register/p1/answers",
            {**YES, "scope": ["group", "individual"], "expires_on": "2026-08-31"},
            files={"scan": ("form.pdf", PDF, "application/pdf")},
        )
        assert response.headers["location"] == "/register/p1?done=answered&down=0"
        assert now_says(town, scope=Scope.INDIVIDUAL) == "yes"
        assert now_says(town, use=Use.TWITTER, scope=Scope.INDIVIDUAL) == "yes"
        record = newest(town)
        assert (record.guardian_id, record.given_by, str(record.expires_on)) == (
            "g1", "mother", "2026-08-31",
        )  # fmt: skip
        page = client.get(response.headers["location"]).text
        assert "The answer is recorded." in page
        assert "Jo Wainscott (mother)" in page
        with town.school.database.read() as session:  # she hears of what is said in her name
            query = select(Notice.user_id).where(Notice.kind == "answer-recorded")
            assert session.exec(query).all() == ["parent"]
        scan = client.get(f"/register/p1/forms/{record.form_id}")
        assert (scan.content, scan.headers["content-type"]) == (PDF, "application/pdf")
        assert "attachment" in scan.headers["content-disposition"]
        assert events(town)[-1] == "form.read"
        assert client.get(f"/register/p2/forms/{record.form_id}").status_code == 404
        for role in ("teacher", "head", "coordinator"):
            other = town.client(role)
            assert other.get(f"/register/p1/forms/{record.form_id}").status_code == 403
            assert "Jo Wainscott" not in other.get("/register/p1").text

    def test_a_no_takes_down_and_checks_again(self, live: Any) -> None:
        client = live.client("office")
        response = client.fill_in("/register/p1/answers", {**YES, "decision": "no"})
        assert response.headers["location"].endswith("done=answered&down=1")
        assert live.get(Post, "post").state == "removing"
        assert live.get(Submission, "two").state == "waiting"
        page = client.get(response.headers["location"]).text
        assert "1 published post comes down because of it." in page

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"use": []}, "Tick what the answer is about"),
            ({"use": ["nonsense"]}, "Tick what the answer is about"),
            ({"scope": []}, "with others, alone, or both"),
            ({"decision": ""}, "Choose yes or no."),
            ({"decision": "cleared"}, "Choose yes or no."),
            ({"who": ""}, "Choose who gave the answer."),
            ({"who": "g9"}, "This guardian has no say"),
            ({"who": "family"}, "Type who signed it"),
            ({"given_on": ""}, "Give the day"),
            ({"given_on": "2025-11-25"}, "Give the day"),
            ({"expires_on": "2025-11-24"}, "must be after today"),
            ({"expires_on": "soon"}, "must be after today"),
        ],
    )
    def test_half_an_answer_is_sent_back_with_what_was_typed(
        self, town: Any, change: dict[str, Any], says: str
    ) -> None:
        before = len(records(town, Consent))
        response = town.client("office").fill_in(
            "/register/p1/answers",
            {**YES, **change},
            files={"scan": ("form.pdf", PDF, "application/pdf")},
        )
        assert response.status_code == 422
        assert says in response.text
        if "use" not in change:
            assert 'name="use" value="twitter" checked' in response.text
        assert len(records(town, Consent)) == before
        assert records(town, ConsentForm) == []

    @pytest.mark.parametrize(
        ("data", "says"),
        [(b"GIF89a", "must be a PDF, JPEG or PNG"), (b"%PDF-" + b"x" * 5_000_001, "5 MB")],
    )
    def test_a_scan_that_is_none_records_nothing(self, town: Any, data: bytes, says: str) -> None:
        response = town.client("office").fill_in(
            "/register/p2/answers",
            {**YES, "who": "family", "signed_by": "father"},
            files={"scan": ("form.pdf", data, "application/pdf")},
        )
        assert response.status_code == 422
        assert says in response.text
        assert now_says(town, "p2") == "unknown"

    def test_a_leaver_is_asked_nothing(self, town: Any) -> None:
        client = town.client("office")
        client.fill_in("/register/p1/leave", {"left_on": "2025-11-24"})
        assert "Record an answer" not in client.get("/register/p1").text
        response = client.fill_in("/register/p1/answers", YES)
        assert (response.status_code, "has left the school" in response.text) == (422, True)

    def test_undo_restores_and_keeps_both(self, live: Any) -> None:
        client = live.client("office")
        client.fill_in("/register/p1/answers", {**YES, "decision": "no", "use": ["website"]})
        mistake = newest(live)
        response = client.fill_in(f"/register/p1/answers/{mistake.id}/undo")
        assert response.headers["location"].endswith("done=undone&down=0")
        assert now_says(live) == "yes"
        assert "No longer held" in client.get("/register/p1").text
        again = client.fill_in(f"/register/p1/answers/{mistake.id}/undo")
        assert (again.status_code, "A newer answer has followed" in again.text) == (409, True)
        for path in ("/register/p2/answers/1/undo", "/register/p1/answers/999/undo"):
            assert client.fill_in(path).status_code == 404

    def test_to_undo_a_yes_takes_down(self, live: Any) -> None:
        client = live.client("office")
        record = next(row for row in records(live, Consent) if row.pupil_id == "p1")
        response = client.fill_in(f"/register/p1/answers/{record.id}/undo")
        assert response.headers["location"].endswith("done=undone&down=1")
        assert live.get(Post, "post").state == "removing"

    def test_what_a_parent_said_themselves_is_not_the_offices_to_undo(self, town: Any) -> None:
        with town.school.database.write() as session:
            _consent(town, session, "p1", Decision.NO, guardian_id="g1", recorded_by="parent")
        number = newest(town).id
        client = town.client("office")
        assert f"/answers/{number}/undo" not in client.get("/register/p1").text
        response = client.fill_in(f"/register/p1/answers/{number}/undo")
        assert (response.status_code, "Only they can change it" in response.text) == (409, True)
        assert now_says(town) == "no"


class TestGuardians:
    def test_two_who_disagree(self, live: Any) -> None:
        client = live.client("office")
        data = {"name": "Al Wainscott", "relation": "father", "email": "AL@home.test"}
        assert client.fill_in("/register/p1/guardians", data).status_code == 303
        father = next(row for row in records(live, Guardian) if row.id != "g1")
        assert father.email == "al@home.test"
        client.fill_in("/register/p1/answers", YES)
        client.fill_in("/register/p1/answers", {**YES, "decision": "no", "who": father.id})
        assert now_says(live) == "no"
        assert live.get(Post, "post").state == "removing"
        page = client.get("/register/p1").text
        assert "Al Wainscott (father)" in page
        assert "Where two disagree, the stricter counts." in page

    def test_a_brothers_guardian_is_the_same_person(self, town: Any) -> None:
        client = town.client("office")
        for pupil, name, address in (
            ("p2", "jo wainscott", "Parent@school.test"),
            ("p3", "Jo Wainscott", ""),
        ):
            client.fill_in(f"/register/{pupil}/guardians", {"name": name, "email": address})
        by_pupil = {row.pupil_id: row.guardian_id for row in records(town, Guardianship)}
        assert by_pupil["p2"] == "g1"
        assert by_pupil["p3"] != "g1"

    def test_what_rested_on_a_removed_guardian_comes_down(self, live: Any) -> None:
        client = live.client("office")
        client.fill_in("/register/p1/answers", YES)
        response = client.fill_in("/register/p1/guardians/g1/end")
        assert response.headers["location"].endswith("done=guardian-ended&down=1")
        assert now_says(live) == "unknown"
        assert "no say since" in client.get("/register/p1").text
        assert client.fill_in("/register/p1/guardians/g1/end").status_code == 404

    @pytest.mark.parametrize(
        ("data", "says"),
        [({"name": ""}, "needs a name"), ({"name": "X", "email": "x"}, "not an e-mail address")],
    )
    def test_half_a_guardian(self, town: Any, data: dict[str, str], says: str) -> None:
        client = town.client("office")
        for path in ("/register/p1/guardians", "/register/p1/guardians/g1"):
            response = client.fill_in(path, data)
            assert (response.status_code, says in response.text) == (422, True)
        assert [row.name for row in records(town, Guardian)] == ["Jo Wainscott"]

    def test_what_was_typed_of_a_guardian_comes_back(self, town: Any) -> None:
        typed = {"name": "Ms O'Neil", "email": "x@", "relation": "aunt"}
        page = town.client("office").fill_in("/register/p1/guardians", typed).text
        assert '<details class="told" open><summary>Add a guardian' in page
        for value in ("Ms O&#39;Neil", "x@", "aunt"):
            assert f'value="{value}"' in page

    def test_a_corrected_address(self, town: Any) -> None:
        client = town.client("office")
        client.fill_in("/register/p1/guardians/g1", {"name": "Jo Lee", "email": ""})
        assert [(row.name, row.email) for row in records(town, Guardian)] == [("Jo Lee", "")]
        assert client.fill_in("/register/p2/guardians/g1", {"name": "X"}).status_code == 404


class TestNeverPublish:
    def test_it_beats_every_yes_until_the_head_lifts_it(self, live: Any) -> None:
        office, head = live.client("office"), live.client("head")
        response = office.fill_in("/register/p1/protect", {"reason": "court order"})
        assert response.headers["location"].endswith("done=protected&down=1")
        assert live.get(Post, "post").state == "removing"
        office.fill_in("/register/p1/answers", YES)
        assert now_says(live) == "no"
        assert "court order" in office.get("/register/p1").text
        assert "court order" in head.get("/register/p1").text
        for role in ("teacher", "coordinator"):
            page = live.client(role).get("/register/p1").text
            assert "court order" not in page
            assert "ever to be published" not in page
        assert office.fill_in("/register/p1/unprotect", {"reason": "x"}).status_code == 403
        assert head.fill_in("/register/p1/unprotect", {"reason": ""}).status_code == 422
        assert head.fill_in("/register/p1/unprotect", {"reason": "ended"}).status_code == 303
        assert now_says(live) == "yes"
        assert head.fill_in("/register/p1/unprotect", {"reason": "again"}).status_code == 422

    def test_the_head_may_set_it(self, town: Any) -> None:
        head = town.client("head")
        assert head.fill_in("/register/p1/protect", {"reason": " "}).status_code == 422
        assert head.fill_in("/register/p1/protect", {"reason": "danger"}).status_code == 303
        assert [row.recorded_by for row in records(town, Protection)] == ["head"]
        assert head.fill_in("/register/none/protect", {"reason": "x"}).status_code == 404


class TestRoll:
    def test_a_new_pupil(self, town: Any) -> None:
        client = town.client("office")
        data = {
            "pupil_id": "p9",
            "first_name": "Ada",
            "last_name": "Moor",
            "class_name": "5K, Choir",
        }
        assert client.fill_in("/register/new", data).headers["location"].startswith("/register/p9?")
        page = client.get("/register/p9").text
        assert "Nobody has answered for this child yet." in page
        assert "5K, Choir" in page
        response = client.fill_in("/register/new", {**data, "first_name": "Eve"})
        assert (response.status_code, "belongs to somebody already" in response.text) == (422, True)
        assert 'value="Eve"' in response.text
        # in either class
        for name in ("5K", "Choir"):
            assert "Ada Moor" in client.get("/register", params={"class": name}).text
        assert "Ada Moor" not in client.get("/register", params={"class": "5K, Choir"}).text
        assert '<option value="Choir">' in town.client("teacher").get("/submit").text

    def test_a_changed_name_keeps_number_and_answers(self, town: Any) -> None:
        client = town.client("office")
        data = {"first_name": "Poppy", "last_name": "Byrne", "class_name": "3B", "year": "3"}
        assert client.fill_in("/register/p1/edit", data).status_code == 303
        assert "Poppy Byrne" in client.get("/register/p1").text
        assert now_says(town) == "yes"
        assert client.fill_in("/register/p1/edit", {**data, "last_name": ""}).status_code == 422
        assert client.fill_in("/register/none/edit", data).status_code == 404

    def test_leaving_and_coming_back(self, live: Any) -> None:
        client = live.client("office")
        for day in ("", "2025-11-25", "31/12/2025"):
            assert client.fill_in("/register/p1/leave", {"left_on": day}).status_code == 422
        response = client.fill_in("/register/p1/leave", {"left_on": "2025-11-21"})
        assert response.headers["location"].endswith("done=left&down=1")
        assert now_says(live) == "unknown"
        assert "left 21 Nov 2025: nothing is permitted" in client.get("/register/p1").text
        client.fill_in("/register/p1/return")
        assert now_says(live) == "yes"

    def test_namesakes_are_told_apart(self, town: Any) -> None:
        town.add(Pupil(pupil_id="p7", first_name="Zoe", last_name="MARSH", class_name="4H"))
        page = town.client("teacher").get("/register/p2").text
        assert "Another child has the same name" in page
        assert "4H (p7)" in page
        assert "same name" not in town.client("teacher").get("/register/p1").text


class TestStaff:
    def test_the_list(self, town: Any) -> None:
        client = town.client("office")
        data = {"staff_id": "s2", "title": "Dr", "first_name": "Per", "last_name": "Lund"}
        assert client.fill_in("/register/staff", data).status_code == 303
        response = client.fill_in("/register/staff", data)
        assert (response.status_code, "belongs to somebody already" in response.text) == (422, True)
        client.fill_in("/register/staff/s2/edit", {**data, "last_name": "Lunde"})
        assert "Dr Per Lunde" in client.get("/register/staff").text
        client.fill_in("/register/staff/s2/leave", {"left_on": "2025-11-24"})
        assert "left 24 Nov 2025" in client.get("/register/staff").text
        client.fill_in("/register/staff/s2/return")
        assert "left 24 Nov 2025" not in client.get("/register/staff").text
        assert client.fill_in("/register/staff/s2/edit", {"last_name": ""}).status_code == 422
        assert client.fill_in("/register/staff/s2/leave", {"left_on": "x"}).status_code == 422
        for what in ("edit", "leave", "return"):
            path = f"/register/staff/none/{what}"
            answered = client.fill_in(path, {**data, "left_on": "2025-11-24"})
            assert answered.status_code == 404


def test_teachers_see_only_whether_a_child_may_be_shown(town: Any) -> None:
    page = town.client("teacher").get("/register/p1").text
    for hidden in (
        "Jo Wainscott",
        "parent@school.test",
        "Who said what",
        "mother",
        "Never publish",
    ):
        assert hidden not in page
    assert "May the child be shown" in page


def test_no_name_reaches_the_log(town: Any) -> None:
    client = town.client("office")
    client.fill_in("/register/p1/guardians", {"name": "Secretname", "email": "secretname@x.test"})
    client.fill_in("/register/p1/protect", {"reason": "Secretname"})
    client.fill_in("/register/p1/edit", {"first_name": "Secretname", "last_name": "Secretname"})
    client.fill_in(
        "/register/p2/answers",
        {**YES, "who": "family", "signed_by": "Secretname"},
        files={"scan": ("secretname.pdf", PDF, "application/pdf")},
    )
    told = " ".join(row.data + row.subject for row in records(town, AuditEvent))
    assert "pupil.protected" in events(town)
    assert "secretname" not in told.lower()


def test_each_change_voids_what_was_judged_before(town: Any) -> None:
    town.submission("two", "flagged")
    client = town.client("office")
    for path, data in (
        ("/register/p1/guardians", {"name": "Al"}),
        ("/register/p1/guardians/g1", {"name": "Jo Lee"}),
        ("/register/p1/guardians/g1/end", {}),
        ("/register/p1/protect", {"reason": "x"}),
        ("/register/p1/edit", {"first_name": "P", "last_name": "W"}),
        ("/register/p1/leave", {"left_on": "2025-11-24"}),
        ("/register/p1/return", {}),
        ("/register/staff/s1/leave", {"left_on": "2025-11-24"}),
    ):
        assert client.fill_in(path, data).status_code == 303
        assert town.get(Submission, "two").state == "waiting", path
        with town.school.database.write() as session:
            session.get_one(Submission, "two").state = "flagged"


def test_the_day_of_an_answer_is_the_schools(town: Any) -> None:
    """Half past eleven at night in London is tomorrow nowhere that matters."""
    town.time.now += timedelta(days=1)
    response = town.client("office").fill_in(
        "/register/p1/answers", {**YES, "given_on": "2025-11-25"}
    )
    assert response.status_code == 303
    assert now_says(town) == Answer.YES
