"""The API does what the pages do: the same things happen, and the same are refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select
from tests.gatekeeper.web.conftest import jpeg

from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import CHECKLIST, Box, Face
from gatekeeper_queue.models import Post, Submission, SubmissionPhoto
from gatekeeper_queue.record_models import Withdrawal

CONTENT = {"caption": "Year 5 enjoying music.", "channels": "website"}
FLAG = Finding("some-rule", Action.FLAG, "Somebody must look.", "Ask.", ("P01",))
BOX = (40, 20, 120, 110)


def photo(name: str = "music.jpg", colour: str = "teal"):
    return ("photos", (name, jpeg(colour), "image/jpeg"))


# --- submissions --------------------------------------------------------------------------------


def test_handing_in(town, program):
    answer = program("teacher").post(
        "submissions",
        data={**CONTENT, "class_name": "5k", "confirmed": list(CHECKLIST), "alts": ["A drum"]},
        files=[photo("a.jpg"), photo("b.jpg", "red")],
    )
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    row = town.get(Submission, sent["id"])
    assert (row.author_id, row.state, row.class_name) == ("teacher", "waiting", "5K")
    assert row.confirmed == list(CHECKLIST)
    assert [one["alt"] for one in sent["photos"]] == ["A drum", ""]
    original = town.get(SubmissionPhoto, sent["photos"][1]["id"])
    assert town.school.store.original(original.id) == jpeg("red")


@pytest.mark.parametrize(
    ("data", "files", "field"),
    [
        ({"caption": " ", "channels": "website"}, [photo()], "caption"),
        ({"caption": "Fun.", "channels": "tv"}, [photo()], "channels.0"),
        ({"caption": "Fun."}, [photo()], "channels"),
        (CONTENT, [], "photos"),
        (CONTENT, [photo()] * 5, "photos"),
        ({**CONTENT, "class_name": "9Z"}, [photo()], "class_name"),
        ({**CONTENT, "publish_at": "2020-01-01T10:00:00Z"}, [photo()], "publish_at"),
        ({**CONTENT, "publish_at": "2030-01-01T10:00:00Z"}, [photo()], "when"),
        ({**CONTENT, "channels": ["twitter"]}, [photo()], "account"),
        ({**CONTENT, "nonsense": "1"}, [photo()], "nonsense"),
    ],
)
def test_what_cannot_be_handed_in(town, program, data, files, field):
    answer = program("teacher").post("submissions", data=data, files=files)
    assert answer.status_code == 422, answer.text
    assert field in answer.json()["problems"]
    with town.school.database.read() as session:
        assert session.exec(select(Submission)).all() == []


def test_an_empty_photo_says_so(program):
    empty = ("photos", ("x.jpg", b"", "image/jpeg"))
    answer = program("teacher").post("submissions", data=CONTENT, files=[empty])
    assert answer.status_code == 422
    assert "“x.jpg” is empty" in answer.json()["detail"]


def test_too_much_is_refused_before_it_is_stored(town, program, monkeypatch):
    monkeypatch.setattr("gatekeeper.web.uploads.MAX_UPLOAD", 1_000)
    large = ("photos", ("x.jpg", b"x" * 5_000, "image/jpeg"))
    answer = program("teacher").post("submissions", data=CONTENT, files=[large])
    assert (answer.status_code, answer.json()["title"]) == (413, "That is too much at once")


def test_only_who_may_submit_does(program):
    answer = program("office").post("submissions", data=CONTENT, files=[photo()])
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The office cannot do this; ask the coordinator or the head."


@pytest.mark.parametrize(
    ("who", "status"), [("teacher", 200), ("head", 200), ("office", 404), ("other", 404)]
)
def test_a_submission_is_read_by_its_author_and_by_reviewers(town, program, who, status):
    town.person("other", "teacher")
    town.submission("s1", "flagged", findings=[FLAG], faces=[Face(Box(*BOX), 0.9)])
    answer = program(who).get("submissions/s1")
    assert answer.status_code == status
    assert program(who).get("photos/photo-s1.jpg").status_code == status
    if status == 200:
        sent = answer.json()
        assert [one["rule"] for one in sent["findings"]] == ["some-rule"]
        assert sent["findings"][0]["action"] == "flag"
        [face] = sent["photos"][0]["faces"]
        assert face["box"] == list(BOX) and face["unknown"]


def test_a_picture_is_the_clean_one(town, program):
    town.submission("s1", "clear", colour="navy")
    answer = program("teacher").get("photos/photo-s1.jpg")
    assert answer.content == jpeg("navy") and answer.headers["content-type"] == "image/jpeg"


def test_ones_own_come_page_by_page(town, program):
    for number in range(27):
        town.submission(f"s{number}", "clear")
    town.submission("not-mine", "clear", author="head")
    one = program("teacher")
    first, second = (one.get("submissions", params={"page": n}).json() for n in (1, 2))
    assert (len(first["items"]), first["more"]) == (25, True)
    assert (len(second["items"]), second["more"]) == (2, False)
    ids = {item["id"] for item in first["items"] + second["items"]}
    assert ids == {f"s{number}" for number in range(27)}


def test_a_new_version(town, program):
    town.submission("s1", "rejected")
    one = program("teacher")
    new = {
        "version": 1,
        "caption": "Children making music.",
        "channels": ["parents"],
        "alts": {"photo-s1": "A drum"},
    }
    answer = one.put("submissions/s1", json=new)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.json()["state"]) == (2, "waiting")
    row = town.get(Submission, "s1")
    assert (row.caption, row.channels) == ("Children making music.", ["parents"])
    assert row.confirmed == [], "each version is confirmed anew"
    assert town.get(SubmissionPhoto, "photo-s1").alt == "A drum"
    late = one.put("submissions/s1", json=new)
    assert (late.status_code, list(late.json()["problems"])) == (409, ["version"])


def test_another_photo_in_its_place(town, program):
    town.submission("s1", "rejected")
    one = program("teacher")
    sent = {"data": {"version": "1", "alt": "New"}, "files": {"photo": ("n.jpg", jpeg("red"))}}
    answer = one.put("submissions/s1/photos/photo-s1", **sent)
    assert answer.status_code == 200, answer.text
    [new] = answer.json()["photos"]
    assert (new["name"], new["alt"]) == ("n.jpg", "New")
    assert town.school.store.original(new["id"]) == jpeg("red")
    assert answer.json()["caption"] == "Year 5 pupils enjoying a music lesson."
    sent["data"]["version"] = "2"
    assert one.put("submissions/s1/photos/nothing", **sent).status_code == 404


def test_nobody_changes_what_is_somebody_elses(town, program):
    town.submission("s1", "rejected")
    head = program("head")
    new = {"version": 1, "caption": "Mine now.", "channels": ["website"]}
    assert head.put("submissions/s1", json=new).status_code == 403
    for act in ("check-again", "discard"):
        assert head.post(f"submissions/s1/{act}").status_code == 403
    assert town.get(Submission, "s1").version == 1


def test_check_again_and_discard(town, program):
    town.submission("s1", "rejected")
    one = program("teacher")
    assert one.post("submissions/s1/check-again").json()["state"] == "waiting"
    assert one.post("submissions/s1/check-again").status_code == 409
    assert one.post("submissions/s1/discard").json()["state"] == "discarded"


def test_covering_and_uncovering(town, program):
    town.submission("s1", "rejected", faces=[Face(Box(*BOX), 0.9)])
    one = program("teacher")
    chosen = {"version": 1, "boxes": {"photo-s1": [BOX]}}
    assert one.post("submissions/s1/cover", json=chosen | {"version": 9}).status_code == 409
    assert one.post("submissions/s1/cover", json=chosen | {"boxes": {}}).status_code == 422
    answer = one.post("submissions/s1/cover", json=chosen)
    assert answer.status_code == 200, answer.text
    assert answer.json()["photos"][0]["covers"] == 1


def test_the_suggested_caption_is_taken(town, program):
    named = Finding(
        "child-named", Action.REJECT, "It names a child.", "Leave it out.", ("P02",),
        field="caption", span=(0, 5),
    )  # fmt: skip
    town.submission("s1", "rejected", caption="Poppy in the garden.", findings=[named])
    one = program("teacher")
    assert one.get("submissions/s1").json()["suggested_caption"] == "A pupil in the garden."
    assert one.post("submissions/s1/leave-names-out", json={"version": 9}).status_code == 409
    taken = one.post("submissions/s1/leave-names-out", json={"version": 1}).json()
    assert (taken["caption"], taken["suggested_caption"]) == ("A pupil in the garden.", "")
    again = one.post("submissions/s1/leave-names-out", json={"version": 2})
    assert again.status_code == 409, "there is nothing to leave out"


def test_the_author_says_who_and_a_reviewer_confirms(town, program):
    town.submission("s1", "flagged", findings=[FLAG], faces=[Face(Box(*BOX), 0.9)])
    word = {"photo_id": "photo-s1", "box": BOX, "person_id": "p1"}
    claimed = program("teacher").post("submissions/s1/faces", json={"words": [word]})
    assert claimed.status_code == 200, claimed.text
    assert program("teacher").post("review/s1/faces", json={"words": [word]}).status_code == 403
    town.submission("s2", "flagged", findings=[FLAG], faces=[Face(Box(*BOX), 0.9)])
    said = {"words": [word | {"photo_id": "photo-s2"}]}
    assert program("head").post("review/s2/faces", json=said).status_code == 200
    nobody = {"words": [word | {"photo_id": "photo-s2", "person_id": "p99"}]}
    town.submission("s3", "flagged", findings=[FLAG], faces=[Face(Box(*BOX), 0.9)])
    nobody["words"][0]["photo_id"] = "photo-s3"
    assert program("head").post("review/s3/faces", json=nobody).status_code == 409


# --- review -------------------------------------------------------------------------------------


def test_the_queue_is_the_pages(town, program):
    town.submission("s1", "clear")
    town.submission("s2", "flagged", findings=[FLAG])
    town.submission("s3", "rejected")
    listed = program("coordinator").get("review").json()["items"]
    assert [item["id"] for item in listed] == ["s2", "s1"]
    assert listed[0]["why"] == "Somebody must look."
    assert program("teacher").get("review").status_code == 403


def test_approving_what_was_seen(town, program):
    town.submission("s1", "flagged", findings=[FLAG])
    head = program("head")
    seen = head.get("submissions/s1").json()["verdict"]
    assert head.post("review/s1/approve", json={"verdict": seen + 1}).status_code == 409
    answer = head.post("review/s1/approve", json={"verdict": seen})
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    taken = head.post("review/s1/undo")
    assert (taken.status_code, taken.json()["state"]) == (200, "waiting")


def test_nobody_approves_their_own(town, program):
    town.submission("s1", "flagged", author="head", findings=[FLAG])
    head = program("head")
    seen = head.get("submissions/s1").json()["verdict"]
    answer = head.post("review/s1/approve", json={"verdict": seen})
    assert answer.status_code == 403 and "your own submission" in answer.json()["detail"]


def test_an_unknown_face_cannot_be_approved(town, program):
    town.submission("s1", "flagged", findings=[FLAG], faces=[Face(Box(*BOX), 0.9)])
    head = program("head")
    seen = head.get("submissions/s1").json()["verdict"]
    answer = head.post("review/s1/approve", json={"verdict": seen})
    assert answer.status_code == 409 and "who each" in answer.json()["detail"]


def test_sending_back_needs_a_reason(town, program):
    town.submission("s1", "flagged", findings=[FLAG])
    head = program("head")
    assert head.post("review/s1/send-back", json={"reason": "  "}).status_code == 409
    answer = head.post("review/s1/send-back", json={"reason": "Crop it."})
    assert (answer.json()["state"], answer.json()["note"]) == ("returned", "Crop it.")


# --- posts --------------------------------------------------------------------------------------


def test_posts_and_what_is_up(town, program):
    town.submission("s1", "approved")
    town.post("x1", "s1", "live", ["p1"], url="https://school.test/1", live_at=town.time.now)
    town.submission("s2", "approved", author="head")
    town.post("x2", "s2", "scheduled")
    head = program("head")
    assert [one["post"]["id"] for one in head.get("published").json()["items"]] == ["x1"]
    assert [one["post"]["id"] for one in head.get("calendar").json()["items"]] == ["x2"]
    assert {one["post"]["id"] for one in head.get("posts").json()["items"]} == {"x1", "x2"}
    live = head.get("posts", params={"show": "live"}).json()["items"]
    assert [one["post"]["id"] for one in live] == ["x1"]
    assert program("teacher").get("calendar").json()["items"] == [], "not the teacher's"
    assert head.get("posts/x1").json()["post"]["url"] == "https://school.test/1"


def test_the_technician_sees_to_posts_and_reads_none(town, program):
    town.submission("s1", "approved")
    town.post("x1", "s1", "failed", last_error="No answer")
    one = program("technician").get("posts/x1").json()
    assert one["caption"] == "" and one["post"]["error"] == "No answer"
    assert program("head").get("posts/x1").json()["caption"] != ""


@pytest.mark.parametrize(("who", "status"), [("teacher", 200), ("head", 200), ("technician", 404)])
def test_taking_down(town, program, who, status):
    town.submission("s1", "approved")
    town.post("x1", "s1", "live", ["p1"], live_at=town.time.now)
    answer = program(who).post("posts/x1/take-down", json={"reason": "A parent rang."})
    assert answer.status_code == status
    assert town.get(Post, "x1").state == ("removing" if status == 200 else "live")


def test_pausing(program):
    head = program("head")
    assert head.get("sending").json() == {"paused": False, "why": ""}
    assert head.post("sending/pause", json={"why": "Storm"}).json() == {
        "paused": True, "why": "Storm",
    }  # fmt: skip
    assert head.post("sending/resume").json() == {"paused": False, "why": ""}
    assert program("teacher").post("sending/pause", json={}).status_code == 403


# --- the register -------------------------------------------------------------------------------


def test_looking_a_child_up(program):
    one = program("teacher")
    [found] = one.get("pupils", params={"q": "popp"}).json()["items"]
    assert (found["id"], found["answers"]["website"]) == (
        "p1", {"group": "yes", "individual": "unknown"},
    )  # fmt: skip
    assert one.get("pupils/p3").json()["answers"]["twitter"]["group"] == "no"
    assert one.get("pupils").json()["items"] == [], "a teacher looks somebody up"
    assert len(program("office").get("pupils").json()["items"]) == 3
    assert one.get("pupils/p1/record").status_code == 403
    assert one.get("pupils/nobody").status_code == 404
    assert program("parent").get("pupils/p1").status_code == 403


def test_the_offices_record(program):
    record = program("office").get("pupils/p1/record").json()
    assert [one["name"] for one in record["guardians"]] == ["Jo Wainscott"]
    said = [(one["use"], one["scope"], one["newest"]) for one in record["said"]]
    assert said == [("twitter", "group", True), ("website", "group", True)]


def test_a_child_joins_changes_leaves_and_returns(town, program):
    office = program("office")
    new = {"id": "p9", "first_name": "Ada", "last_name": "Lane", "class_name": "2B", "year": "2"}
    assert office.post("pupils", json=new).status_code == 201
    assert office.post("pupils", json=new).status_code == 422, "the number is taken"
    changed = {"first_name": "Ada", "last_name": "Marsh", "class_name": "2B", "year": "2"}
    assert office.put("pupils/p9", json=changed).json()["pupil"]["name"] == "Ada Marsh"
    today = town.school.today()
    late = {"left_on": str(today + timedelta(days=1))}
    assert office.post("pupils/p9/leave", json=late).status_code == 422
    left = office.post("pupils/p9/leave", json={"left_on": str(today)})
    assert left.json()["pupil"]["left_on"] == str(today)
    assert office.post("pupils/p9/return").json()["pupil"]["left_on"] is None
    assert office.put("pupils/p77", json=changed).status_code == 404
    assert program("head").post("pupils", json=new | {"id": "p10"}).status_code == 403
    assert town.get(Pupil, "p10") is None


def test_a_no_takes_down_what_is_up(town, program):
    town.submission("s1", "approved")
    town.post("x1", "s1", "live", ["p1"], live_at=town.time.now)
    answer = program("office").post(
        "pupils/p1/answers",
        json={
            "uses": ["website"], "scopes": ["group"], "decision": "no", "signed_by": "mother",
            "given_on": "2025-11-20",
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["taken_down"] == ["x1"]
    assert answer.json()["pupil"]["answers"]["website"]["group"] == "no"
    assert town.get(Post, "x1").state == "removing"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"given_on": "2025-12-24"}, "today, or a day before"),
        ({"expires_on": "2025-11-24"}, "must be after today"),
        ({"signed_by": ""}, "who signed it"),
        ({"guardian_id": "g9"}, "no say"),
        ({"decision": "perhaps"}, "decision"),
        ({"uses": []}, "uses"),
        ({"uses": ["tv"]}, "uses.0"),
    ],
)
def test_an_answer_that_cannot_be_recorded(town, program, wrong, says):
    right = {
        "uses": ["display"], "scopes": ["group"], "decision": "yes", "signed_by": "mother",
        "given_on": "2025-11-20",
    }  # fmt: skip
    answer = program("office").post("pupils/p2/answers", json=right | wrong)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    with town.school.database.read() as session:
        assert session.exec(select(Consent).where(Consent.pupil_id == "p2")).all() == []


def test_a_withdrawal_and_how_far_it_is(town, program):
    town.submission("s1", "approved")
    town.post("x1", "s1", "live", ["p1"], live_at=town.time.now)
    office = program("office")
    answer = office.post("pupils/p1/withdraw", json={"uses": "all", "given_by": "mother"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["posts"], made["finished_at"], made["everything"]) == (["x1"], None, True)
    assert town.get(Withdrawal, made["id"]).pupil_id == "p1"
    again = office.get(f"withdrawals/{made['id']}")
    assert again.json() == made
    assert office.get("withdrawals/nothing").status_code == 404
    assert program("teacher").get(f"withdrawals/{made['id']}").status_code == 403


def test_a_withdrawal_of_nothing(program):
    office = program("office")
    none = office.post("pupils/p1/withdraw", json={"uses": [], "given_by": "mother"})
    assert none.status_code == 422
    nobody = office.post("pupils/nobody/withdraw", json={"uses": "all", "given_by": "mother"})
    assert nobody.status_code == 404


def test_never_publish_is_lifted_by_the_head_alone(program):
    office, head = program("office"), program("head")
    said = {"reason": "A court order."}
    assert office.post("pupils/p1/protect", json=said).json()["pupil"]["never_publish"] is True
    assert office.post("pupils/p1/unprotect", json=said).status_code == 403
    assert head.post("pupils/p1/unprotect", json=said).json()["pupil"]["never_publish"] is False
    assert head.post("pupils/p1/unprotect", json=said).status_code == 422, "it is lifted already"


# --- the rest -----------------------------------------------------------------------------------


def test_rules(town, program):
    one = program("teacher")
    listed = one.get("rules").json()
    assert listed["rule_set"] == town.school.policy.rule_set
    first = listed["items"][0]
    assert one.get(f"rules/{first['id']}").json() == first
    assert one.get("rules/nothing").status_code == 404


def test_the_report_in_figures(town, program):
    town.submission("s1", "rejected")
    governor = program("governor")
    figures = governor.get("report").json()
    assert figures["span"]["name"] == "Autumn term 2025"
    assert figures["made_on"] == str(date(2025, 11, 24))
    days = {"first": "2025-11-24", "last": "2025-11-01"}
    assert governor.get("report", params=days).status_code == 422
    assert program("teacher").get("report").status_code == 403


def test_notices_are_ones_own(town, program):
    from gatekeeper_queue.notices import tell

    with town.school.database.write() as session:
        tell(town.school, session, "password-link", "teacher", users=["teacher"])
    one = program("teacher")
    [notice] = one.get("notices").json()["items"]
    assert notice["seen_at"] is None and notice["says"]
    assert program("head").get("notices").json()["items"] == []
    assert one.post("notices/seen", json={"newest": notice["id"]}).status_code == 204
    assert one.get("notices").json()["items"][0]["seen_at"] is not None


# --- what programs get wrong --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "nothing", {}, 404),
        ("DELETE", "me", {}, 405),
        ("POST", "review/s1/send-back", {"content": b"{{{"}, 422),
        ("POST", "review/s1/send-back", {"json": {"reason": "x", "other": 1}}, 422),
        ("POST", "review/s1/send-back", {"json": {"reason": "x\x00"}}, 422),
        ("GET", "submissions?page=0", {}, 422),
        ("GET", "submissions?page=x", {}, 422),
        ("GET", "submissions/s1%0A", {}, 404),
        ("GET", "posts?show=nonsense", {}, 422),
    ],
)
def test_every_refusal_has_one_shape(program, method, path, more, status):
    answer = program("head").request(method, path, **more)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"status", "title", "detail", "problems"}
    assert answer.json()["status"] == status


def test_a_fault_of_ours_tells_nothing(town, program, monkeypatch, caplog):
    one = program("head")
    monkeypatch.setattr(type(town.school.days), "term_of", lambda *_: 1 / 0)
    answer = one.get("report")
    assert answer.status_code == 500
    assert "our fault" in answer.json()["detail"] and "division" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "division" in caplog.text
