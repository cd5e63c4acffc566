"""The sandbox goes wrong as asked, as often as asked, and only where asked."""

from __future__ import annotations

import time

import pytest
import requests
from pydantic import ValidationError

from gatekeeper.sandbox_x.faults import Fault, Faults


@pytest.mark.parametrize(
    ("kind", "status", "copies"),
    [
        ("status:500", 500, 0),
        ("status-after:503", 503, 1),
        ("status:401", 401, 0),
        ("status:403-duplicate", 403, 0),
        ("status:404-empty", 404, 0),
        ("rate-limit", 429, 0),
        ("garbage", 201, 1),
    ],
)
def test_wrong_answers(oak, sandbox, kind, status, copies):
    sandbox.fault("POST", "/2/tweets", kind)
    assert oak.post("Hello").status_code == status
    assert len(sandbox.state()["tweets"]) == copies


@pytest.mark.parametrize(("kind", "copies"), [("drop", 0), ("drop-after", 1)])
def test_hanging_up(oak, sandbox, kind, copies):
    sandbox.fault("POST", "/2/tweets", kind)
    with pytest.raises(requests.ConnectionError):
        oak.post("Hello")
    assert len(sandbox.state()["tweets"]) == copies


@pytest.mark.parametrize(("kind", "copies"), [("hang", 0), ("hang-after", 1)])
def test_never_answering(oak, sandbox, kind, copies):
    sandbox.fault("POST", "/2/tweets", kind)
    request = oak.prepare("POST", "/2/tweets", json={"text": "Hello"})
    with pytest.raises(requests.ReadTimeout):
        oak.session.send(request, timeout=0.1)
    assert len(sandbox.state()["tweets"]) == copies


def test_garbage_is_not_json(oak, sandbox):
    sandbox.fault("POST", "/2/tweets", "garbage")
    with pytest.raises(requests.JSONDecodeError):
        oak.post("Hello").json()


@pytest.mark.parametrize(
    ("more", "headers"),
    [
        ({}, set()),
        ({"reset_in": 60}, {"x-rate-limit-remaining", "x-rate-limit-reset"}),
        (
            {"reset_in": 60, "window": "24hour"},
            {
                "x-rate-limit-remaining",
                "x-rate-limit-reset",
                "x-user-limit-24hour-remaining",
                "x-user-limit-24hour-reset",
            },
        ),
    ],
)
def test_a_rate_limit_says_when_it_ends_only_if_asked(oak, sandbox, more, headers):
    sandbox.fault("GET", "/2/users/me", "rate-limit", **more)
    answer = oak.call("GET", "/2/users/me")
    assert {name.lower() for name in answer.headers if "limit" in name.lower()} == headers


def test_a_fault_ends_after_its_times_and_spares_other_calls(oak, sandbox):
    sandbox.fault("POST", "/2/tweets", "status:500", times=2)
    assert oak.call("GET", "/2/users/me").status_code == 200
    assert [oak.post("Hello").status_code for _ in range(3)] == [500, 500, 201]
    assert sandbox.state()["faults"] == []


def test_faults_wait_in_line():
    faults = Faults()
    faults.add(Fault(method="GET", path="/2/tweets/*", kind="status:500"))
    faults.add(Fault(method="GET", path="/2/tweets/7", kind="drop"))
    kinds = [fault and fault.kind for fault in (faults.take("GET", "/2/tweets/7") for _ in "123")]
    assert kinds == ["status:500", "drop", None]


def test_an_unsigned_call_does_not_use_a_fault_up(oak, sandbox, signed):
    sandbox.fault("POST", "/2/tweets", "status:500")
    assert signed(consumer_secret="0" * 50).post("Hello").status_code == 401
    assert oak.post("Hello").status_code == 500


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "explode"},
        {"kind": "status:200"},
        {"kind": "status"},
        {"kind": "garbage-after"},
        {"path": "/"},
        {"method": "PATCH"},
        {"times": 0},
        {"colour": "red"},
    ],
)
def test_other_faults_are_refused(sandbox, change):
    fault = {"method": "POST", "path": "/2/tweets", "kind": "drop"} | change
    with pytest.raises(ValidationError):
        Fault(**fault)
    with pytest.raises(requests.HTTPError, match="400"):
        sandbox.fault(**fault)


def test_the_reset_time_is_ahead(oak, sandbox):
    sandbox.fault("GET", "/2/users/me", "rate-limit", reset_in=3600)
    before = int(time.time())
    reset = int(oak.call("GET", "/2/users/me").headers["x-rate-limit-reset"])
    assert reset >= before + 3600
