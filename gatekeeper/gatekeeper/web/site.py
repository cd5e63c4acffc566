"""What every page shares: the school, the templates, and the person who looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from gatekeeper.catalogue import value_as_text
from gatekeeper.settings import Settings
from gatekeeper.signin import SignIn
from gatekeeper.web import words
from gatekeeper_queue.frozen import is_frozen
from gatekeeper_queue.gate import held
from gatekeeper_queue.heartbeat import is_silent
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import unseen_by
from gatekeeper_queue.pausing import current_pause
from gatekeeper_queue.people import STAFF, Act, NotAllowed, Role, allowed
from gatekeeper_queue.school import School

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    path: str
    label: str
    icon: str
    act: Act
    unless: Act | None = None
    """Who may do this as well has enough entries already."""

    def is_for(self, user: User) -> bool:
        return allowed(user, self.act) and not (self.unless and allowed(user, self.unless))


_NAVIGATION = (
    Link("/review", "Review", "review", Act.REVIEW),
    Link("/submissions", "My posts", "mine", Act.SUBMIT),
    Link("/submit", "New post", "new", Act.SUBMIT),
    Link("/calendar", "Calendar", "calendar", Act.SUBMIT),
    Link("/published", "Published", "published", Act.SUBMIT),
    Link("/register", "Register", "register", Act.LOOK_UP_CONSENT),
    Link("/import", "Import", "new", Act.EDIT_REGISTER),
    Link("/parents", "Parents", "person", Act.EDIT_REGISTER),
    Link("/withdrawals", "Withdrawals", "off", Act.EDIT_REGISTER),
    Link("/status", "Status", "ok", Act.MANAGE_ACCOUNTS),
    Link("/people", "Sign-ins", "person", Act.MANAGE_ACCOUNTS),
    Link("/posts", "Posts", "mine", Act.MANAGE_ACCOUNTS),
    Link("/accounts", "Accounts", "published", Act.MANAGE_ACCOUNTS),
    Link("/changes", "Changes", "review", Act.MANAGE_ACCOUNTS),
    Link("/access-review", "Access", "register", Act.MANAGE_ACCOUNTS),
    Link("/reports", "Report", "calendar", Act.SEE_REPORTS, unless=Act.REVIEW),
    Link("/changes", "Changes", "review", Act.SEE_REPORTS, unless=Act.REVIEW),
    Link("/access-review", "Access", "register", Act.SEE_REPORTS, unless=Act.REVIEW),
    Link("/family", "My children", "person", Act.OWN_CHILDREN),
    Link("/family/posts", "Posts", "mine", Act.OWN_CHILDREN),
)

_MORE: dict[str, tuple[Link, ...]] = {
    "Safety": (
        Link("/freeze", "Stop everything …", "no", Act.HANDLE_INCIDENTS),
        Link("/incidents", "Incidents", "no", Act.HANDLE_INCIDENTS),
        Link("/changes", "Changes of safeguards", "review", Act.SEE_REPORTS),
        Link("/recognition", "Face recognition", "person", Act.PROPOSE_SETTINGS),
        Link("/recognition", "Face recognition", "person", Act.CONFIRM_SETTINGS),
        Link("/reports", "Governors’ report", "calendar", Act.SEE_REPORTS),
        Link("/outbox", "Outgoing mail", "wait", Act.MANAGE_ACCOUNTS),
    ),
    "Families": (
        Link("/faces", "Faces", "person", Act.EDIT_REGISTER),
        Link("/withdrawals", "Withdrawals", "off", Act.TAKE_DOWN),
        Link("/objections", "Objections", "no", Act.DECIDE_OBJECTIONS),
        Link("/family/posts", "Parents’ area", "mine", Act.LOOK_UP_CONSENT),
    ),
    "Pictures": (
        Link("/by-hand", "By hand", "published", Act.REVIEW),
        Link("/posts", "Posts: sent, lost, failed", "mine", Act.SEE_TO_POSTS),
        Link("/status", "Is everything running?", "ok", Act.SEE_TO_POSTS),
        Link("/sample", "Second look", "ask", Act.TAKE_DOWN),
        Link("/re-audit", "May it stay up?", "wait", Act.REVIEW),
        Link("/retention", "What is kept", "off", Act.SEE_AUDIT),
    ),
    "Staff": (
        Link("/training", "Training", "ok", Act.SUBMIT),
        Link("/accounts", "Accounts", "published", Act.SUBMIT),
        Link("/people", "Sign-ins of staff", "person", Act.REVIEW),
        Link("/access-review", "Who may do what", "register", Act.SEE_REPORTS),
    ),
}
"""Pages that are wanted less often, by heading: in the menu below the person's name. What is
wanted in haste comes first."""

_ROLES = {
    Role.TEACHER: "Teachers",
    Role.COORDINATOR: "The coordinator",
    Role.OFFICE: "The office",
    Role.HEAD: "The head",
    Role.GOVERNOR: "Governors",
    Role.TECHNICIAN: "The technician",
    Role.PARENT: "Parents",
}


@dataclass(frozen=True)
class Site:
    """One installation's pages."""

    school: School
    settings: Settings
    templates: Environment

    def page(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        *,
        user: User | None = None,
        csrf: str = "",
        unseen: int = 0,
        status: int = 200,
    ) -> HTMLResponse:
        """Render a template with what every page needs besides its own."""
        links = [link for link in _NAVIGATION if user is not None and link.is_for(user)]
        html = self.templates.get_template(template).render(
            {
                "message": "",
                "problem": "",
                "held": "",
                "frozen": False,
                "paused": False,
                "silent": False,
                "current": _current(request.url.path, links),
                **context,
            },
            user=user,
            csrf=csrf,
            unseen=unseen,
            links=links,
            menu=_menu(user, links) if user is not None else {},
            school_name=self.settings.school_name,
        )
        return HTMLResponse(html, status)


def _menu(user: User, tabs: Sequence[Link]) -> dict[str, list[Link]]:
    """The person's further pages by heading, without those that have a tab."""
    shown = {link.path for link in tabs}
    groups = {}
    for heading, links in _MORE.items():
        groups[heading] = [link for link in links if link.is_for(user) and link.path not in shown]
        shown |= {link.path for link in groups[heading]}
    return {heading: links for heading, links in groups.items() if links}


def _current(path: str, links: Sequence[Link]) -> str:
    """The link under which a page lies: the longest, where one lies below another."""
    above = [link.path for link in links if path == link.path or path.startswith(f"{link.path}/")]
    return max(above, key=len, default="")


def site_of(request: Request) -> Site:
    found: Site = request.app.state.site
    return found


OpenSite = Annotated[Site, Depends(site_of)]


@dataclass(frozen=True)
class Caller:
    """A known person who asks for something."""

    WANTS: ClassVar = "do this"

    site: Site
    user: User

    @property
    def school(self) -> School:
        return self.site.school

    def may(self, act: Act) -> bool:
        return allowed(self.user, act)

    def require(self, act: Act, *or_one_of: Act) -> None:
        """Raises `NotAllowed`, saying whom to ask instead."""
        if not any(map(self.may, (act, *or_one_of))):
            ask = "the office" if act is Act.EDIT_REGISTER else "the coordinator or the head"
            raise NotAllowed(f"{_ROLES[Role(self.user.role)]} cannot {self.WANTS}; ask {ask}.")


@dataclass(frozen=True)
class Visit(Caller):
    """A signed-in person asking for a page."""

    WANTS: ClassVar = "see this page"

    request: Request
    session: SignIn

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Render a template; staff read on every page when nothing can be sent."""
        with self.school.database.read() as session:
            unseen = unseen_by(session, self.user.id)
            why = held(self.school, session) if self.user.role in STAFF else ""
            frozen = bool(why) and is_frozen(session)
            paused = bool(why) and not frozen and current_pause(session) is not None
            silent = self.user.role in STAFF and is_silent(self.school, session)
        return self.site.page(
            self.request,
            template,
            {"held": why, "frozen": frozen, "paused": paused, "silent": silent, **context},
            user=self.user,
            csrf=self.session.csrf,
            unseen=unseen,
            status=status,
        )


class _Compiled(BytecodeCache):
    """Compiled templates by their source, for every installation in one process (the tests have
    many)."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def make_templates(school: School, settings: Settings) -> Environment:
    """The templates, with times in the school's zone. A name that is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    clock = words.Clock(school.clock, school.zone)
    environment.filters.update(
        when=clock.when, day=clock.day, time=clock.time, ago=clock.ago, date=words.plain_date,
        channel=words.channel_name, browser=words.browser_name, count=words.count,
        period=words.period, quality=words.quality, as_option=value_as_text,
    )  # fmt: skip
    environment.globals.update(zone=settings.time_zone)
    return environment
