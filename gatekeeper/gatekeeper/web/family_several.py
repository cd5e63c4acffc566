"""A parent says yes to several things at once; nothing is ticked for them (G04).

To take back is one action too: everything, in `family`.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.web.errors import NotFound
from gatekeeper.web.family_views import child_view, relation_of
from gatekeeper.web.own_children import GIVEN_BY, own_child, recorder, refuse_unasked
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.register import Answer, Decision, Scope, Use, set_consent
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Act
from gatekeeper_queue.recheck import register_changed

router = APIRouter()


@router.get("/family/children/{pupil_id}/several")
def several_page(pupil_id: str, visit: SignedIn) -> Response:
    """What there is to say yes to."""
    return _show(visit, pupil_id)


@router.post("/family/children/{pupil_id}/several")
def do_several(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Record a yes of this guardian's own for each that is ticked."""
    visit.require(Act.OWN_CHILDREN)
    ticked = _ticked(form.texts("yes"))
    if not ticked:
        problem = "Nothing was ticked, so nothing was recorded."
        return _show(visit, pupil_id, problem=problem, status=422)
    school, user = visit.school, visit.user
    with school.database.write() as session:
        refuse_unasked(session, own_child(session, user, pupil_id))
        changes = [
            set_consent(
                session, pupil_id, use, scope, Decision.YES,
                given_by=relation_of(session, user, pupil_id) or GIVEN_BY, given_on=school.today(),
                guardian_id=user.guardian_id, recorded_by=user.id, now=school.clock(),
                record=recorder(visit, session),
            )
            for use, scope in ticked
        ]  # fmt: skip
        register_changed(school, session, [pupil_id], actor=user.id)
        tell(school, session, "consent-changed", pupil_id, users=[user.id])
    outweighed = any(change.after is not Answer.YES for change in changes)
    return RedirectResponse(f"/family?told={'outweighed' if outweighed else 'answers'}", 303)


def _show(visit: Visit, pupil_id: str, *, problem: str = "", status: int = 200) -> Response:
    visit.require(Act.OWN_CHILDREN)
    with visit.school.database.read() as session:
        child = own_child(session, visit.user, pupil_id)
        refuse_unasked(session, child)
        view = child_view(visit.school, session, visit.user, child)
    name = child.preferred_name or child.first_name
    return visit.page("family_several.html", child=view, name=name, problem=problem, status=status)


def _ticked(values: tuple[str, ...]) -> list[tuple[Use, Scope]]:
    """ "website group". Raises `NotFound` for what there is not."""
    known = {f"{use} {scope}": (use, scope) for use in Use for scope in Scope}
    try:
        return [known[value] for value in dict.fromkeys(values)]
    except KeyError as error:
        raise NotFound from error
