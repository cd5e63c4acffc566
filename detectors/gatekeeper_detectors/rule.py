"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box, Case


class Options(BaseModel):
    """Base of each rule's options. An unknown key in a policy file is an error.

    What stands below a field explains it in the catalogue.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def explained(self) -> Iterator[tuple[str, Any, str]]:
        """Name, value and meaning of each option, in the order of the class."""
        values = self.model_dump(mode="json")
        for name, field in type(self).model_fields.items():
            yield name, values[name], " ".join((field.description or "").split())


class DidNotRun(Exception):
    """A rule could not do its work. It becomes a `rule-did-not-run` finding, which blocks."""


@dataclass(frozen=True)
class Rule:
    """One rule: what it is for, and the function that looks.

    `check` gets the case and this rule's options and yields findings with the action
    that it suggests: reject when sure, flag when a person must look. The school's
    policy has the last word (`policy.judge`).
    """

    id: str
    title: str
    """What it finds, in one line."""
    why: str
    policy: tuple[str, ...]
    trips: str
    """An example that trips it."""
    passes: str
    """A near miss that does not."""
    mend: str
    """How the author usually mends it."""
    check: Callable[[Case, Any], Iterable[Finding]]
    guards_child: bool = False
    """A school may make it stricter, never weaker."""
    about_people: bool = False
    """Depends on consent, the roll or the author, so it runs again just before sending."""
    options: type[Options] = Options

    def finding(
        self,
        action: Action,
        message: str,
        *,
        mend: str = "",
        photo: int | None = None,
        box: Box | None = None,
        field: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Finding:
        """A finding of this rule, with its policy rows and its usual mend filled in."""
        return Finding(
            self.id, action, message, mend or self.mend, self.policy, photo, box, field, span
        )
