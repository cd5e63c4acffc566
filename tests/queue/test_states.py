"""The state graphs, and the one door between states."""

from __future__ import annotations

import pytest

from gatekeeper_queue.states import (
    POST_GRAPH,
    SUBMISSION_GRAPH,
    PostState,
    StateGraph,
    SubmissionState,
)


@pytest.mark.parametrize(
    ("arrows", "complaint"),
    [
        ({"a": frozenset({"b"}), "b": frozenset()}, None),
        ({"a": frozenset({"b"})}, "undeclared"),
        ({"a": frozenset(), "b": frozenset()}, "no arrow leads to"),
    ],
)
def test_a_graph_with_a_hole_is_refused_when_it_is_made(arrows, complaint):
    if complaint is None:
        assert StateGraph("a", arrows).final == {"b"}
    else:
        with pytest.raises(ValueError, match=complaint):
            StateGraph("a", arrows)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rejected", "approved"),
        ("rejected", "clear"),
        ("rejected", "flagged"),
        ("waiting", "approved"),
        ("checking", "approved"),
        ("returned", "approved"),
        ("discarded", "waiting"),
    ],
)
def test_nobody_can_push_a_submission_past_its_checks(before, after):
    assert not SUBMISSION_GRAPH.allows(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cancelled", "live"),
        ("unknown", "sending"),
        ("cancelled", "scheduled"),
        ("removed", "live"),
        ("removing", "live"),
        ("failed", "sending"),
    ],
)
def test_a_post_cannot_skip_a_step(before, after):
    assert not POST_GRAPH.allows(before, after)


def test_every_state_but_the_last_ones_leads_somewhere():
    assert SUBMISSION_GRAPH.final == {SubmissionState.DISCARDED}
    assert POST_GRAPH.final == {PostState.CANCELLED, PostState.REMOVED}


def test_a_rejected_submission_reaches_approval_only_through_the_checks():
    """Every path from rejected to approved passes `checking`."""
    reached, todo = set(), [SubmissionState.REJECTED]
    while todo:
        state = todo.pop()
        for after in SUBMISSION_GRAPH.arrows[state]:
            if after != SubmissionState.CHECKING and after not in reached:
                reached.add(after)
                todo.append(after)
    assert SubmissionState.APPROVED not in reached
