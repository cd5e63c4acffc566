"""One press takes the names out of the texts."""

from __future__ import annotations

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import CHECKLIST
from gatekeeper_queue.models import Submission, SubmissionPhoto

CAPTION = "Well done to Poppy for her painting."
ALT = "Poppy and a drum kit"


def names(field="caption", span=(13, 18), photo=None, rule="child-named"):
    return Finding(
        rule, Action.REJECT, "It names a child.", "Leave it out.", ("P02",), photo,
        field=field, span=span,
    )  # fmt: skip


def test_the_names_are_left_out_with_one_press(town):
    found = [names(), names("alt", (0, 5), 0)]
    town.submission("s1", "rejected", caption=CAPTION, alt=ALT, findings=found)
    teacher = town.client("teacher")
    page = teacher.get("/submissions/s1").text
    assert "Well done to a pupil for her painting." in page
    assert "A pupil and a drum kit" in page
    sent = teacher.fill_in("/submissions/s1/leave-names-out", {"version": "1"})
    assert sent.status_code == 303
    row = town.get(Submission, "s1")
    assert (row.caption, row.version, row.state) == (
        "Well done to a pupil for her painting.", 2, "waiting",
    )  # fmt: skip
    assert town.get(SubmissionPhoto, "photo-s1").alt == "A pupil and a drum kit"
    assert row.confirmed == list(CHECKLIST), "the pictures are the same"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"findings": [names(rule="may-name-child")]}, "nobody is sure"),
        ({"findings": []}, "nothing was found"),
        ({"findings": [names(span=(0, 6))], "caption": "#Poppy"}, "nothing would be left"),
        ({"findings": [names()], "author": "head"}, "somebody else’s"),
    ],
)
def test_where_there_is_no_suggestion(town, more, why):
    town.submission("s1", "rejected", **{"caption": CAPTION, **more})
    teacher = town.client("coordinator" if "author" in more else "teacher")
    assert "Use this" not in teacher.get("/submissions/s1").text, why
    answer = teacher.fill_in("/submissions/s1/leave-names-out", {"version": "1"})
    assert answer.status_code in (403, 409)
    assert town.get(Submission, "s1").version == 1


def test_what_changed_meanwhile_is_let_be(town):
    town.submission("s1", "rejected", caption=CAPTION, findings=[names()])
    answer = town.client("teacher").fill_in("/submissions/s1/leave-names-out", {"version": "2"})
    assert answer.status_code == 409
    assert town.get(Submission, "s1").caption == CAPTION
