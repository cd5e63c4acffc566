"""In incident mode the school's own pages answer that the news is taking a break."""

from __future__ import annotations

from fastapi import Depends

from gatekeeper.web.errors import OnBreak
from gatekeeper.web.site import OpenSite
from gatekeeper_queue.frozen import is_frozen


def _not_on_break(site: OpenSite) -> None:
    with site.school.database.read() as session:
        if is_frozen(session):
            raise OnBreak


NOT_ON_BREAK = Depends(_not_on_break)
"""For every router with pages that show what is published. Raises `OnBreak`."""
