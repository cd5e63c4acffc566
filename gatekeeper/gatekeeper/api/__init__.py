"""The JSON API: what the pages do, for a person's own programs.

It calls the functions that the pages call, so the same things are allowed, refused and recorded.
`create_api` puts it together; its description is at `/api/v1/openapi.json`.
"""

from __future__ import annotations

from fastapi import FastAPI

from gatekeeper.api import (
    access_review,
    adults,
    faces,
    families,
    imports,
    incidents,
    looking_again,
    me,
    notices,
    objections,
    outbox,
    places,
    posts,
    pupils,
    recognition,
    records,
    review,
    rules,
    scans,
    staff,
    status,
    subjects,
    submissions,
    training,
    withdrawals,
)
from gatekeeper.api.access import TokenGate
from gatekeeper.api.problems import RESPONSES, add_problems
from gatekeeper.web.site import Site
from gatekeeper_detectors.faces.search import FacePool

_ABOUT = """\
What the pages of Gatekeeper do, for programs. Make a token on the page “Tokens for programs” and
send it as `Authorization: Bearer …`. A token may do what its person may do, or only read; it ends
on its day, and with the person’s password, role or account.

Moments are RFC 3339 in UTC. Lists come page by page; `more` says whether there is another. What is
refused comes with a `title`, a `detail` that says what to do, and `problems` by field.
"""


def create_api(site: Site, pool: FacePool) -> FastAPI:
    """The application under `/api/v1`; `pool` looks for faces."""
    api = FastAPI(
        title=f"Gatekeeper of {site.settings.school_name}",
        version="1",
        description=_ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        redirect_slashes=False,
    )
    api.state.site, api.state.faces = site, pool
    areas = (
        me, submissions, review, posts, places,
        pupils, scans, subjects, adults, imports, faces, recognition, families,
        objections, incidents, looking_again, withdrawals, staff, training, access_review,
        notices, outbox, records, rules, status,
    )  # fmt: skip
    for area in areas:
        api.include_router(area.router)
    add_problems(api)
    api.add_middleware(TokenGate, site=site)
    return api
