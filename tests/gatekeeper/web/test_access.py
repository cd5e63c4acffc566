"""Each role on each page, and nobody on any."""

from __future__ import annotations

from typing import Any

import pytest

REVIEWERS = ("coordinator", "head")
STAFF = ("teacher", "coordinator", "office", "head")
EVERYBODY = (*STAFF, "governor", "technician", "parent")
AUTHORS = ("teacher", "coordinator", "head")
SAFEGUARDS = ("coordinator", "head", "governor", "technician")

PAGES = {
    "/submit": AUTHORS,
    "/submissions": AUTHORS,
    "/review": REVIEWERS,
    "/review/flagged": REVIEWERS,
    "/calendar": AUTHORS,
    "/published": AUTHORS,
    "/register": STAFF,
    "/register/p1": STAFF,
    "/register/p1/faces": ("office",),
    "/faces": ("office",),
    "/recognition": ("coordinator", "head", "technician"),
    "/register/p1/withdraw?use=website": ("office",),
    "/register/new": ("office",),
    "/register/staff": ("office",),
    "/family/posts": (*STAFF, "parent"),
    "/register/p1/held": ("office",),
    "/reports": (*REVIEWERS, "governor"),
    "/reports/governors.pdf": (*REVIEWERS, "governor"),
    "/reports/governors.html": (*REVIEWERS, "governor"),
    "/sample": REVIEWERS,
    "/by-hand": AUTHORS,
    "/re-audit": REVIEWERS,
    "/retention": (*REVIEWERS, "technician"),
    "/family": ("parent",),
    "/family/posts/elsewhere": ("parent",),
    "/family/children/p1/several": ("parent",),
    "/family/children/p1/withdraw": ("parent",),
    "/objections": REVIEWERS,
    "/withdrawals": ("office", *REVIEWERS),
    "/parents": ("office",),
    "/parents/g1": ("office",),
    "/parents/letters": ("office",),
    "/import": ("office",),
    "/training": AUTHORS,
    "/changes": SAFEGUARDS,
    "/status": ("coordinator", "head", "technician"),
    "/people": ("coordinator", "head", "technician"),
    "/people/teacher": ("coordinator", "head", "technician"),
    "/accounts": (*AUTHORS, "technician", "governor"),
    "/access-review": SAFEGUARDS,
    "/password": EVERYBODY,
    "/rules": EVERYBODY,
    "/help": EVERYBODY,
    "/activity": (*STAFF, "technician", "parent"),
    "/devices": EVERYBODY,
    "/tokens": EVERYBODY,
    "/notices": EVERYBODY,
    "/incidents": REVIEWERS,
    "/incidents/new": REVIEWERS,
    "/freeze": REVIEWERS,
    "/outbox": ("technician",),
    "/posts": (*REVIEWERS, "technician"),
    "/posts/post": (*REVIEWERS, "technician"),
}


@pytest.fixture
def full(town: Any) -> Any:
    town.submission("flagged", "flagged")
    town.post("post", "flagged", "scheduled")
    return town


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_role_sees_what_the_table_permits(full: Any, role: str) -> None:
    client = full.client(role)
    found = {path: client.get(path).status_code for path in PAGES}
    assert found == {path: 200 if role in roles else 403 for path, roles in PAGES.items()}


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_submission_is_there_for_its_author_and_the_reviewers_only(full: Any, role: str) -> None:
    client = full.client(role)
    expected = 200 if role in AUTHORS else 404
    for path in (
        "/submissions/flagged",
        "/submissions/flagged/progress.json",
        "/pictures/photo-flagged.jpg",
        "/posts/post/take-down",
    ):
        assert client.get(path).status_code == expected, path


def test_another_teacher_sees_nothing_of_it(full: Any) -> None:
    full.person("other", "teacher")
    client = full.client("other")
    for path in ("/submissions/flagged", "/pictures/photo-flagged.jpg", "/posts/post/take-down"):
        assert client.get(path).status_code == 404
    assert "music lesson" not in client.get("/submissions").text
    assert "music lesson" not in client.get("/calendar").text


@pytest.mark.parametrize(
    "path", [*PAGES, "/", "/submissions/flagged", "/pictures/photo-flagged.jpg"]
)
def test_who_is_not_signed_in_is_sent_to_sign_in(full: Any, path: str) -> None:
    response = full.client().get(path)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/sign-in")


def test_who_may_not_see_a_page_is_told_whom_to_ask(full: Any) -> None:
    for role, path, says in (
        ("office", "/submit", "The office cannot see this page; ask the coordinator or the head."),
        ("teacher", "/review", "Teachers cannot see this page; ask the coordinator or the head."),
        ("head", "/register/p1/withdraw?use=all", "The head cannot see this page; ask the office."),
    ):
        assert says in full.client(role).get(path).text


SAFEGUARDS_AND_OWNER = (*AUTHORS, "technician")
FORMS = {
    "/register/p1/held": ("office",),
    "/register/p1/erase": ("office",),
    "/reports/policy-reviewed": ("head",),
    "/training/sign": AUTHORS,
    "/training/record": REVIEWERS,
    "/people": ("coordinator", "technician"),
    "/people/teacher/role": ("coordinator", "technician"),
    "/people/teacher/end": ("head", "technician"),
    "/people/teacher/unlock": ("technician",),
    "/people/governor/close": ("head", "technician"),
    "/people/office/password/link": ("head", "technician"),
    "/changes/none/confirm": ("head",),
    "/changes/none/decline": ("head",),
    "/accounts": ("coordinator", "technician"),
    "/accounts/x1/check": SAFEGUARDS_AND_OWNER,
    "/accounts/x1/owner": ("coordinator", "technician"),
    "/accounts/x1/off": ("coordinator", "head", "technician"),
    "/access-review": ("head",),
    "/sample": REVIEWERS,
    "/sample/1": REVIEWERS,
    "/re-audit": REVIEWERS,
    "/re-audit/post/keep": REVIEWERS,
    "/posts/post/move": REVIEWERS,
    "/submit": AUTHORS,
    "/review/flagged/approve": REVIEWERS,
    "/review/flagged/send-back": REVIEWERS,
    "/review/send-back": REVIEWERS,
    "/review/flagged/undo": REVIEWERS,
    "/review/flagged/faces": REVIEWERS,
    "/register/p1/faces": ("office",),
    "/register/p1/faces/answer": ("office",),
    "/register/p1/faces/refusal": ("office",),
    "/register/p1/faces/1/delete": ("office",),
    "/recognition": ("coordinator", "technician"),
    "/recognition/lock": ("coordinator", "head", "technician"),
    "/recognition/delete": ("coordinator", "head", "technician"),
    "/register/p1/withdraw": ("office",),
    "/import": ("office",),
    "/import/none": ("office",),
    "/import/up-to-date": ("office",),
    "/import/take-out": ("office",),
    "/import/none/columns": ("office",),
    "/import/none/drop": ("office",),
    "/register/new": ("office",),
    "/register/p1/answers": ("office",),
    "/register/p1/answers/1/undo": ("office",),
    "/register/p1/guardians": ("office",),
    "/register/p1/guardians/g1": ("office",),
    "/register/p1/guardians/g1/end": ("office",),
    "/register/p1/protect": ("office", "head"),
    "/register/p1/unprotect": ("head",),
    "/register/p1/edit": ("office",),
    "/register/p1/leave": ("office",),
    "/register/p1/return": ("office",),
    "/register/staff": ("office",),
    "/register/staff/s1/edit": ("office",),
    "/register/staff/s1/leave": ("office",),
    "/register/staff/s1/return": ("office",),
    "/family/children/p1/answer": ("parent",),
    "/family/children/p1/several": ("parent",),
    "/family/posts/none/object": ("parent",),
    "/objections/none/acknowledge": REVIEWERS,
    "/objections/none/decide": REVIEWERS,
    "/parents/g1/invite": ("office",),
    "/parents/letters": ("office",),
    "/parents/g1/revoke": ("office",),
    "/activity/verify": (*REVIEWERS, "technician"),
    "/incidents/new": REVIEWERS,
    "/freeze": REVIEWERS,
    "/freeze/lift": REVIEWERS,
    "/outbox/try": ("technician",),
    "/posts/pause": (*REVIEWERS, "technician"),
    "/posts/resume": (*REVIEWERS, "technician"),
    "/posts/look": (*REVIEWERS, "technician"),
    "/posts/post/retry": (*REVIEWERS, "technician"),
    "/posts/post/look": (*REVIEWERS, "technician"),
    "/posts/post/settle": REVIEWERS,
}


@pytest.mark.parametrize("role", EVERYBODY)
def test_forms_are_refused_to_roles_that_may_not_use_them(full: Any, role: str) -> None:
    client = full.client(role)
    refused = {
        path for path in FORMS if client.fill_in(path, {"use": "website"}).status_code == 403
    }
    assert refused == {path for path, roles in FORMS.items() if role not in roles}


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("teacher", "/submissions"),
        ("coordinator", "/review"),
        ("head", "/review"),
        ("office", "/register"),
        ("governor", "/reports"),
        ("technician", "/status"),
        ("parent", "/family"),
    ],
)
def test_each_role_begins_where_its_work_is(full: Any, role: str, first: str) -> None:
    assert full.client(role).get("/").headers["location"] == first


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/submissions/none", 404),
        ("/pictures/none.jpg", 404),
        ("/register/none", 404),
        ("/posts/none/take-down", 404),
        ("/sign-out", 405),
        ("/submissions?page=x", 200),
        ("/activity?page=-1", 200),
        ("/notices/99999999999999999999", 404),
    ],
)
def test_addresses_that_lead_nowhere_get_a_page(full: Any, path: str, status: int) -> None:
    response = full.client("teacher").get(path)
    assert response.status_code == status
    assert "<html" in response.text
