"""What an answer means, for each kind of call: the whole table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatekeeper.channels.calls import Answer, Call, Gone, asking
from gatekeeper_queue.channel import ChannelError, OutcomeUnknown, PermanentFailure, RetryLater

PUBLISH = Call("to publish", OutcomeUnknown)
DELETE = Call("to delete", RetryLater, about_a_post=True)
LOOK = Call("to look", RetryLater, RetryLater, about_a_post=True)
SOON = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)


def raised(call: Call, answer: Answer) -> Exception:
    with pytest.raises(ChannelError) as caught, asking("Here", call, lambda error: answer):
        raise ValueError("Wilhelmina")
    assert str(caught.value).startswith("Here was ")
    assert "Wilhelmina" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize(
    ("answer", "publish", "delete", "look"),
    [
        (Answer(), OutcomeUnknown, RetryLater, RetryLater),
        (Answer(sent=False), RetryLater, RetryLater, RetryLater),
        (Answer(200), OutcomeUnknown, RetryLater, RetryLater),
        (Answer(302), OutcomeUnknown, RetryLater, RetryLater),
        (Answer(400), PermanentFailure, PermanentFailure, RetryLater),
        (Answer(400, for_now=True), RetryLater, RetryLater, RetryLater),
        (Answer(400, not_found=True), PermanentFailure, Gone, Gone),
        (Answer(404), PermanentFailure, RetryLater, RetryLater),
        (Answer(404, not_found=True), PermanentFailure, Gone, Gone),
        (Answer(408), OutcomeUnknown, RetryLater, RetryLater),
        (Answer(429), RetryLater, RetryLater, RetryLater),
        (Answer(499), PermanentFailure, PermanentFailure, RetryLater),
        (Answer(500, not_found=True), OutcomeUnknown, RetryLater, RetryLater),
        (Answer(503), OutcomeUnknown, RetryLater, RetryLater),
    ],
)
def test_each_answer_to_each_kind_of_call(answer, publish, delete, look):
    for call, kind in ((PUBLISH, publish), (DELETE, delete), (LOOK, look)):
        assert type(raised(call, answer)) is kind


def test_only_a_rate_limit_says_when_to_come_back():
    assert raised(PUBLISH, Answer(429, not_before=SOON)).not_before == SOON
    assert raised(PUBLISH, Answer(429)).not_before is None


def test_a_redirect_is_named():
    assert "points elsewhere" in str(raised(LOOK, Answer(301)))


def test_what_is_a_channel_error_already_stays_what_it_is():
    with pytest.raises(Gone), asking("Here", PUBLISH, lambda error: Answer()):
        raise Gone("there")
