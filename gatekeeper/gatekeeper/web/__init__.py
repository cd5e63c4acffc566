"""The web pages: `create_app` puts them together.

Routes parse, call one function of the domain, and show the result. What may happen to a
submission, a post or the register is decided in `gatekeeper_queue` and `gatekeeper_consent`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from gatekeeper.api import create_api
from gatekeeper.portraits import Portraits
from gatekeeper.settings import Settings
from gatekeeper.web import (
    access_review,
    account,
    activity,
    answering,
    by_hand,
    changes,
    channel_accounts,
    comparing,
    covering,
    enrolment,
    family,
    family_posts,
    family_several,
    feed,
    guardians,
    home,
    importing,
    incidents,
    invitation,
    invitation_letters,
    mine,
    news,
    notices,
    objections,
    outbox,
    parents,
    passwords,
    people,
    pictures,
    posts,
    protection,
    published,
    pupil,
    reaudit,
    recognition,
    register,
    reports,
    retention,
    review,
    roll,
    sample,
    schedule,
    sending_back,
    sharing,
    staff_list,
    status,
    subjects,
    submit,
    tokens,
    training,
    withdrawal,
    withdrawals,
)
from gatekeeper.web.errors import add_error_pages
from gatekeeper.web.headers import SafeHeaders
from gatekeeper.web.looking import Looking
from gatekeeper.web.problem import API
from gatekeeper.web.site import Site, make_templates
from gatekeeper.web.uploads import BodyLimit
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.school import School

_AREAS = (
    training, changes, people, passwords, channel_accounts, access_review,
    home, account, tokens, submit, sharing,
    mine, review, sending_back, comparing, covering, pictures, published, posts, schedule,
    register, withdrawal, roll, staff_list, pupil, answering, guardians, protection,
    activity, feed, news, family_posts,
    notices, outbox, incidents,
    reaudit, retention, sample, by_hand,
    reports, subjects, status,
    importing,
    enrolment, recognition,
    invitation, invitation_letters, parents, withdrawals, family, family_several, objections,
)  # fmt: skip


def create_app(school: School, settings: Settings) -> FastAPI:
    """The application that `gatekeeper serve` runs."""
    faces = FacePool(1, settings.face_seconds, settings.models)  # its process starts when needed

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        faces.close()

    app = FastAPI(
        title="Gatekeeper", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.state.faces = faces
    app.state.portraits = Portraits()
    app.state.looking = Looking()
    site = app.state.site = Site(school, settings, make_templates(school, settings))
    for area in _AREAS:
        app.include_router(area.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.mount(API, create_api(site, faces))
    add_error_pages(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SafeHeaders)
    return app
