"""The API keeps to its description, whatever is sent: schemathesis makes requests from it, with
data that it allows and data that it does not, for each of three people."""

from __future__ import annotations

import itertools

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.gatekeeper.api.conftest import token_of

from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.states import PostState, SubmissionState

KNOWN = {
    "submission_id": [f"s-{state}" for state in SubmissionState],
    "photo_id": [f"photo-s-{state}" for state in SubmissionState],
    "post_id": [f"post-{state}" for state in PostState],
    "pupil_id": ["p1", "p2", "p3"],
    "rule_id": [rule.id for rule in ALL_RULES],
}
"""Things that there are: a made-up id alone would never find anything."""
FACE = Face(Box(10, 10, 60, 70), score=0.99)


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
FEW = settings(
    max_examples=5, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.parametrize("person", ["teacher", "head", "office"])
def test_every_answer_is_as_described(town, person):
    """No server error, nothing that the description does not allow, nothing without a token.

    What the description allows may still be refused: that a class exists, or a day has passed, no
    description says.
    """
    for state in SubmissionState:
        town.submission(f"s-{state}", state, faces=[FACE], channels=["website", "twitter"])
    for state in PostState:
        town.submission(f"sent-{state}", "approved")
        town.post(f"post-{state}", f"sent-{state}", state, ["p1"])
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", town.app)
    headers = {"Authorization": f"Bearer {token_of(town, person)}"}
    wrong = []
    for operation, mode in itertools.product(described.get_all_operations(), MODES):
        try:
            try_out(operation.ok(), mode, headers)
        except (AssertionError, FailureGroup) as error:
            wrong.append(f"{operation.ok().label}, {mode}: {error}")
    assert not wrong, "\n\n".join(wrong)


def try_out(operation, mode, headers):
    turn = itertools.count()

    @given(case=operation.as_strategy(generation_mode=mode))
    @FEW
    def requests(case):
        number = next(turn)
        for name, ids in KNOWN.items():
            if name in case.path_parameters and number % 4:
                case.path_parameters[name] = ids[number % len(ids)]
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    requests()
