"""What went wrong with a call to a platform, as a `ChannelError`: one place that decides it.

Messages carry a status at most. Servers repeat what they were sent in some of their own
messages, and captions do not belong in logs; for the same reason the cause is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from gatekeeper_queue.channel import ChannelError, OutcomeUnknown, PermanentFailure, RetryLater


@dataclass(frozen=True)
class Call:
    """One call, and what its going wrong means."""

    what: str
    """Completes "Mastodon was asked ..."."""
    lost: type[OutcomeUnknown | RetryLater]
    """An answer that never came or cannot be read."""
    refused: type[PermanentFailure | RetryLater] = PermanentFailure
    """A clear no."""
    about_a_post: bool = False
    """"Not found" means that the post is gone."""


@dataclass(frozen=True)
class Answer:
    """What came back from a call that went wrong, as far as it matters."""

    status: int | None = None
    """HTTP status; None when nothing came back."""
    sent: bool = True
    """False when surely no byte of the request has left."""
    not_before: datetime | None = None
    """Of a 429: when to come back."""
    not_found: bool = False
    """The platform itself says that it has no such post."""
    for_now: bool = False
    """Refused, but the same thing may be accepted later."""
    advice: str = ""
    """For people: what a refusal means and who can mend it."""


class Gone(PermanentFailure):
    """The platform says that there is no such post."""


@contextmanager
def asking(platform: str, call: Call, answer_to: Callable[[Exception], Answer]) -> Iterator[None]:
    """Run one call and raise whatever goes wrong with it as a ChannelError."""
    try:
        yield
    except ChannelError:
        raise
    except Exception as error:
        # Anything may come out of a client library that met a broken answer; once the call
        # is on its way none of it proves that nothing happened.
        raise _meaning(platform, call, answer_to(error)) from None


def _meaning(platform: str, call: Call, answer: Answer) -> ChannelError:
    asked, status = f"{platform} was asked {call.what}", answer.status
    if not answer.sent:
        return RetryLater(f"{platform} was to be asked {call.what} but could not be reached.")
    if status == 429:
        return RetryLater(f"{asked} but wants fewer requests.", answer.not_before)
    if status is not None and 400 <= status < 500 and status != 408:
        if call.about_a_post and answer.not_found:
            return Gone(f"{asked} but does not have it.")
        # "Not found" that is not the platform's own word for it proves nothing: taking it for
        # "the post is gone" would leave a picture up.
        later = answer.for_now or (call.about_a_post and status == 404)
        refused = RetryLater if later else call.refused
        return refused(f"{asked} and refused ({status}). {answer.advice}".rstrip())
    unclear = f"{asked} and gave no clear answer ({status or 'none'})."
    if status is not None and 300 <= status < 400:
        unclear += " It points elsewhere: the address of the server may be wrong."
    return call.lost(unclear)
