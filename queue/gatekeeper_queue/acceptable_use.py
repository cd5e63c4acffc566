"""The acceptable use policy (AUP) that staff sign before they use Twitter (P13)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_VERSION = re.compile(
    r"\bversion\s+(?P<word>[\w.-]*\d[\w.-]*)|(?P<date>\b\d{4}-\d{2}(-\d{2})?\b)", re.I
)


@dataclass(frozen=True)
class AcceptableUse:
    """One version of the policy. A signature counts for the version that was signed."""

    text: str = ""
    """Plain text or Markdown, of which headings, lists and paragraphs are shown."""

    @property
    def title(self) -> str:
        """The first heading, or the first line."""
        return next((line.strip("# \t") for line in self.text.splitlines() if line.strip()), "")

    @property
    def version(self) -> str:
        """The version or date that the first heading gives ("version 2026-11"). Where it gives
        none, any change of the text is a new version. Empty when there is no policy.
        """
        found = _VERSION.search(self.title)
        if found:
            return found["word"] or found["date"]
        return hashlib.sha256(self.text.encode()).hexdigest()[:8] if self.text.strip() else ""

    def blocks(self) -> list[tuple[str, list[str]]]:
        """The text below the title, to be shown: `heading`, `list` or `paragraph`, with its
        lines or items.
        """
        found: list[tuple[str, list[str]]] = []
        begun = ""
        for line in self._below_the_title():
            text = line.strip()
            if not text:
                begun = ""
            elif text.startswith("#"):
                found.append(("heading", [text.strip("# ")]))
                begun = ""
            elif re.match(r"[-*•] ", text):
                if begun != "list":
                    found.append(("list", []))
                found[-1][1].append(text[2:].strip())
                begun = "list"
            elif begun:
                found[-1][1][-1] += f" {text}"
            else:
                found.append(("paragraph", [text]))
                begun = "paragraph"
        return found

    def _below_the_title(self) -> list[str]:
        lines = self.text.strip().splitlines()
        return lines[1:]
