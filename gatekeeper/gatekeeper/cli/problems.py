"""Which failures are the user's to mend, and what they are told."""

from __future__ import annotations


def message_for(error: Exception) -> str | None:
    """The message for a known problem, None for a fault of ours.

    The classes are looked up by module only when something failed: importing them all
    would make every command slow to start.
    """
    from gatekeeper.folder_register import BadRegister
    from gatekeeper.keys import KeyProblem
    from gatekeeper.migrations import SchemaProblem
    from gatekeeper.settings import SettingsError
    from gatekeeper_consent.exports.mapping import BadMapping
    from gatekeeper_consent.exports.workbook import Unreadable
    from gatekeeper_consent.register import ImportRefused, TooManyRemovals
    from gatekeeper_detectors.faces.models import ModelsRefused
    from gatekeeper_detectors.policy import PolicyError

    if isinstance(error, BadRegister):
        lines = "\n".join(f"  {line}" for line in error.problems)
        return f"The register cannot be used:\n{lines}"
    if isinstance(error, TooManyRemovals):
        return f"{error} (--confirm-removals)"
    if isinstance(error, ImportRefused):
        return "\n".join([str(error), *(f"  {row}" for row in error.errors)])
    known = (
        PolicyError, ModelsRefused, KeyProblem, SchemaProblem, SettingsError, BadMapping, Unreadable
    )  # fmt: skip
    return str(error) if isinstance(error, known) else None
