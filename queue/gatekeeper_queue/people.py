"""Who may do what, in one table (DESIGN: who may do what; P18)."""

from __future__ import annotations

from enum import StrEnum

from gatekeeper_queue.models import User


class Role(StrEnum):
    TEACHER = "teacher"
    COORDINATOR = "coordinator"
    OFFICE = "office"
    HEAD = "head"
    GOVERNOR = "governor"
    TECHNICIAN = "technician"
    PARENT = "parent"


STAFF = frozenset(set(Role) - {Role.PARENT})


class Act(StrEnum):
    SUBMIT = "submit"
    REVIEW = "review"
    LOOK_UP_CONSENT = "look up consent"
    EDIT_REGISTER = "edit register"
    TAKE_DOWN = "take down"
    ARRANGE = "arrange the schedule"
    """Send a post now, or before or after another of its account."""
    ASK_FOR_REMOVAL = "ask for removal"
    PROPOSE_SETTINGS = "propose settings"
    CONFIRM_SETTINGS = "confirm settings"
    SEE_REPORTS = "see reports"
    SEE_AUDIT = "see audit"
    SEE_OWN_AUDIT = "see own audit"
    LIFT_PROTECTION = "lift protection"
    """Let a child be published again who never was to be."""
    DECIDE_OBJECTIONS = "decide objections"
    HANDLE_INCIDENTS = "handle incidents"
    SEE_TO_POSTS = "see to posts"
    """Follow what is being sent, have it tried again, and pause all sending. Shows no captions."""
    MANAGE_ACCOUNTS = "manage accounts"
    """People's sign-ins and the school's accounts on channels."""
    RECORD_TRAINING = "record training"
    """That colleagues were trained, or signed the acceptable use policy on paper (P13)."""
    OWN_CHILDREN = "own children"
    """See, give and withdraw consent for one's own children; object to a post."""


_COORDINATOR = {
    Act.SUBMIT,
    Act.REVIEW,
    Act.LOOK_UP_CONSENT,
    Act.TAKE_DOWN,
    Act.ARRANGE,
    Act.PROPOSE_SETTINGS,
    Act.SEE_REPORTS,
    Act.SEE_AUDIT,
    Act.SEE_OWN_AUDIT,
    Act.DECIDE_OBJECTIONS,
    Act.HANDLE_INCIDENTS,
    Act.RECORD_TRAINING,
    Act.SEE_TO_POSTS,
}

ALLOWED: dict[Role, frozenset[Act]] = {
    Role.TEACHER: frozenset(
        {Act.SUBMIT, Act.LOOK_UP_CONSENT, Act.ASK_FOR_REMOVAL, Act.SEE_OWN_AUDIT}
    ),
    Role.COORDINATOR: frozenset(_COORDINATOR),
    Role.OFFICE: frozenset({Act.LOOK_UP_CONSENT, Act.EDIT_REGISTER, Act.SEE_OWN_AUDIT}),
    Role.HEAD: frozenset(
        _COORDINATOR - {Act.PROPOSE_SETTINGS} | {Act.CONFIRM_SETTINGS, Act.LIFT_PROTECTION}
    ),
    Role.GOVERNOR: frozenset({Act.SEE_REPORTS}),
    Role.TECHNICIAN: frozenset(
        {
            Act.PROPOSE_SETTINGS,
            Act.MANAGE_ACCOUNTS,
            Act.SEE_AUDIT,
            Act.SEE_OWN_AUDIT,
            Act.SEE_TO_POSTS,
        }
    ),
    Role.PARENT: frozenset({Act.OWN_CHILDREN, Act.SEE_OWN_AUDIT}),
}

_ABOUT_OWN = frozenset({Act.ASK_FOR_REMOVAL})


class NotAllowed(Exception):
    """This person may not do that; the message says why."""


def allowed(user: User, act: Act, *, author_id: str | None = None) -> bool:
    """May this person do that, to something that `author_id` submitted?

    Nobody reviews their own submission, whatever their role.
    """
    if not user.active or act not in ALLOWED[Role(user.role)]:
        return False
    if act is Act.REVIEW and author_id is not None:
        return author_id != user.id
    return act not in _ABOUT_OWN or author_id in (None, user.id)


def require(user: User, act: Act, *, author_id: str | None = None) -> None:
    """Raise `NotAllowed` unless the table permits it."""
    if allowed(user, act, author_id=author_id):
        return
    if act is Act.REVIEW and author_id == user.id:
        raise NotAllowed("You cannot review your own submission. Another person must.")
    raise NotAllowed(f"Your role ({user.role}) may not do this: {act}.")
