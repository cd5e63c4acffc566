"""Everything held about one child, as one file for the family (G04).

Nothing about anybody else is in it: in pictures every other face and every line of words is
covered, other children's names in texts are taken out, and who did what is told by role. A
person looks through it before it is handed over: a machine may miss a face.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, cast
from sqlmodel import Session, SQLModel, col, or_, select

from gatekeeper_consent.faces import references
from gatekeeper_consent.forms import read_form
from gatekeeper_consent.models import (
    BiometricConsent,
    Consent,
    ConsentForm,
    FaceTemplate,
    Guardian,
    Guardianship,
    Protection,
    Pupil,
)
from gatekeeper_consent.people import pupils
from gatekeeper_detectors.pictures.cover import covered, head_around, words_around
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.sightings import find_sightings
from gatekeeper_detectors.values import Face
from gatekeeper_detectors.values import Pupil as KnownPupil
from gatekeeper_queue.models import AuditEvent, Submission, SubmissionPhoto, User
from gatekeeper_queue.record_models import Objection, Withdrawal
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.register_view import register_for
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import posts_of
from gatekeeper_queue.traces import Trace, shown_as, traces_of

Rows = list[dict[str, Any]]
ANOTHER = "[another child]"


@dataclass
class Held:
    """What is held about the child: tables of words, and files."""

    name: str
    sections: dict[str, Rows] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    unclear: int = 0
    """Submissions whose words may name the child; they are left out."""


class NoSuchChild(LookupError):
    """Nobody on the register has this id."""


def held_about(school: School, session: Session, pupil_id: str) -> Held:
    """Collect it. Raises `NoSuchChild`."""
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise NoSuchChild(f"There is no child {pupil_id} on the register.")
    held = Held(f"{pupil.preferred_name or pupil.first_name} {pupil.last_name}".strip())
    collect = _Collecting(school, session, pupil_id, _roles(session))
    traces = traces_of(session, pupil_id)
    sure = [trace for trace in traces if trace.sure]
    held.unclear = len(traces) - len(sure)
    held.sections = {
        "On the roll": [_fields(pupil)],
        "Guardians": collect.guardians(),
        "Consents, newest last": collect.rows(Consent, Consent.pupil_id),
        "Never to be published": collect.rows(Protection, Protection.pupil_id),
        "Consent to recognise the face": collect.rows(BiometricConsent, BiometricConsent.person_id),
        "Withdrawals": collect.withdrawals(),
        "Forms": collect.forms(held.files),
        "Reference pictures": collect.references(held.files),
        "What the machine knows of the face": collect.template(),
        "Pictures and texts": collect.submissions(sure, held.files),
        "Objections by guardians": collect.objections(sure),
        "What was done": collect.events(),
    }
    return held


@dataclass(frozen=True)
class _Collecting:
    school: School
    session: Session
    pupil_id: str
    roles: Mapping[str, str]

    def who(self, user_id: str) -> str:
        """A member of staff by role: their names are not the child's data."""
        return self.roles.get(user_id, user_id)

    def rows(self, table: type[SQLModel], key: Any) -> Rows:
        query = select(table).where(col(key) == self.pupil_id)
        found = [_fields(row) for row in self.session.exec(query)]
        return [{**row, "recorded_by": self.who(row["recorded_by"])} for row in found]

    def guardians(self) -> Rows:
        """Names and what they are to the child. Addresses stay out: one parent may have reason
        not to be found by the other."""
        query = (
            select(Guardian, Guardianship)
            .join(Guardianship, col(Guardianship.guardian_id) == col(Guardian.id))
            .where(Guardianship.pupil_id == self.pupil_id)
        )
        return [
            {
                "id": guardian.id,
                "name": guardian.name,
                "relation": say.relation,
                "since": _plain(say.recorded_at),
                "until": _plain(say.ended_at),
            }
            for guardian, say in self.session.exec(query)
        ]

    def withdrawals(self) -> Rows:
        query = select(Withdrawal).where(Withdrawal.pupil_id == self.pupil_id)
        return [
            {
                "at": _plain(row.at),
                "uses": ", ".join(row.uses),
                "everything": row.everything,
                "recorded_by": self.who(row.by),
                "posts_taken_down": len(row.posts),
                "finished_at": _plain(row.finished_at),
            }
            for row in self.session.exec(query)
        ]

    def forms(self, files: dict[str, bytes]) -> Rows:
        rows = []
        query = select(ConsentForm.id).where(ConsentForm.pupil_id == self.pupil_id)
        for number, form_id in enumerate(self.session.exec(query).all(), start=1):
            form, scan = read_form(self.session, self.school.cipher, form_id)
            ending = {"application/pdf": "pdf", "image/png": "png"}.get(form.media_type, "jpg")
            path = f"forms/form-{number}.{ending}"
            files[path] = scan
            rows.append({"file": path, "name": form.name, "added_at": _plain(form.added_at)})
        return rows

    def references(self, files: dict[str, bytes]) -> Rows:
        rows = []
        pictures = references(self.session, self.school.cipher, self.pupil_id)
        for number, (_, jpeg) in enumerate(pictures, start=1):
            path = f"faces/reference-{number}.jpg"
            files[path] = jpeg
            rows.append({"file": path})
        return rows

    def template(self) -> Rows:
        row = self.session.get(FaceTemplate, self.pupil_id)
        if row is None:
            return []
        return [
            {
                "engine": f"{row.engine} {row.engine_version}",
                "made_at": _plain(row.made_at),
                "made_from": row.reference_count,
                "numbers": _numbers(self.school.cipher.decrypt(row.vector)),
            }
        ]

    def submissions(self, traces: Iterable[Trace], files: dict[str, bytes]) -> Rows:
        hide = _without_others(self.session, self.school, self.pupil_id)
        rows = []
        for number, trace in enumerate(traces, start=1):
            row = trace.submission
            for photo in trace.photos:
                path = f"pictures/{number}-{photo.position + 1}.jpg"
                jpeg = _covered(self.school, photo, self.pupil_id)
                if jpeg is not None:
                    files[path] = jpeg
                rows.append(
                    {
                        "file": path if jpeg is not None else "",
                        "why_no_file": "" if jpeg is not None else "not kept, or not searched",
                        "how_known": _how(trace, photo, self.pupil_id),
                        "caption": hide(row.caption),
                        "description": hide(photo.alt),
                        "sent_in_at": _plain(row.created_at),
                        "sent_in_by": self.who(row.author_id),
                        "state": row.state,
                        "published": self._published(row),
                    }
                )
        return rows

    def _published(self, row: Submission) -> str:
        return "; ".join(
            f"{post.channel}: from {_plain(post.live_at)} to {_plain(post.removed_at) or 'now'}"
            for post in posts_of(self.session, row.id)
            if post.live_at
        )

    def objections(self, traces: Iterable[Trace]) -> Rows:
        guardians = select(Guardianship.guardian_id).where(Guardianship.pupil_id == self.pupil_id)
        users = select(User.id).where(col(User.guardian_id).in_(guardians))
        query = select(Objection).where(
            col(Objection.by).in_(users),
            col(Objection.submission_id).in_([trace.submission.id for trace in traces]),
        )
        hide = _without_others(self.session, self.school, self.pupil_id)
        return [
            {
                "at": _plain(row.at),
                "words": hide(self._opened(row.words)),
                "acknowledged_at": _plain(row.acknowledged_at),
                "outcome": row.outcome or "open",
                "answer": hide(self._opened(row.answer)),
            }
            for row in self.session.exec(query)
        ]

    def _opened(self, sealed: bytes) -> str:
        return self.school.cipher.decrypt(sealed).decode() if sealed else ""

    def events(self) -> Rows:
        """Events about the child, and those that mention the child; of these no more than what
        was done, for the rest of them is about others."""
        from gatekeeper.web.history import KINDS  # the pages themselves import this module

        mentioned = cast(col(AuditEvent.data), Text).contains(json.dumps(self.pupil_id))
        query = select(AuditEvent).where(or_(AuditEvent.subject == self.pupil_id, mentioned))
        rows = []
        for event in self.session.exec(query.order_by(col(AuditEvent.seq))):
            own = event.subject == self.pupil_id
            what = KINDS.get(event.kind, event.kind)
            details = event.data if own and event.data != "{}" else ""
            rows.append(
                {"at": _plain(event.at), "who": self.who(event.actor), "what": what,
                 "details": details}
            )  # fmt: skip
        return rows


def _roles(session: Session) -> dict[str, str]:
    return dict(session.exec(select(User.id, User.role)).all())


def _fields(row: SQLModel) -> dict[str, Any]:
    """In the order of the table, which a row that was read does not keep."""
    return {name: _plain(getattr(row, name)) for name in type(row).model_fields}


def _plain(value: Any) -> Any:
    """A value as JSON and people read it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def _numbers(vector: bytes) -> list[float]:
    import numpy as np

    return [round(float(number), 6) for number in np.frombuffer(vector, dtype="<f4")]


def _how(trace: Trace, photo: SubmissionPhoto, pupil_id: str) -> str:
    if any(shown_as(face, pupil_id) for face in photo.faces or ()):
        return "the face in it"
    return "a person's word" if trace.by_face else "the words with it"


def _covered(school: School, row: SubmissionPhoto, pupil_id: str) -> bytes | None:
    """The picture with everybody else's face and every line of words covered; None where it is
    not kept, or where nobody knows what faces and words there are to cover."""
    if row.clean_sha256 is None or row.faces is None or row.words is None:
        return None
    try:
        photo = photo_from_row(row, school.store.clean(row.clean_sha256))
    except (OSError, ValueError):
        return None
    if photo.clean is None or photo.faces is None:
        return None
    others = [head_around(face.box) for face in photo.faces if not _is_theirs(face, pupil_id)]
    clean = covered(photo.clean, [*others, *(words_around(line.box) for line in photo.words or ())])
    return None if clean.residue else clean.jpeg


def _is_theirs(face: Face, pupil_id: str) -> bool:
    """Is it the child, and does nobody say that it is somebody else? The reviewer's word goes
    before the machine's and the author's; where those two differ it may be another child."""
    if face.said:
        return face.said == pupil_id
    return {face.matched, face.claimed} - {""} == {pupil_id}


def _without_others(session: Session, school: School, pupil_id: str) -> Callable[[str], str]:
    """A function that takes the names of other children out of a text, of those who have left
    as well."""
    children = pupils(session, leavers=True)
    known = tuple(
        KnownPupil(
            row.pupil_id, row.first_name, row.last_name, row.middle_names, row.preferred_name
        )
        for row in children
    )
    register = register_for(session, "website", school.today())
    index = NameIndex(known, register.staff)
    own = {n for n, pupil in enumerate(known) if pupil.pupil_id == pupil_id}

    def hide(text: str) -> str:
        for found in reversed(find_sightings(text, index)):
            if found.pupils and not found.pupils & own:
                text = text[: found.start] + ANOTHER + text[found.end :]
        return text

    return hide


def zip_of(school: School, held: Held, template: Any) -> bytes:
    """The file: `index.html` to read, `data.json` for programs, and the pictures and forms.

    `template` is the Jinja template of the index.
    """
    packed = io.BytesIO()
    made_at = _plain(school.clock())
    html = template.render(held=held, made_at=made_at)
    data = {"name": held.name, "made_at": made_at, "unclear": held.unclear, **held.sections}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", html)
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=str))
        for path, content in held.files.items():
            archive.writestr(path, content)
    return packed.getvalue()


def subject_file(school: School, pupil_id: str, template: Any, *, actor: str) -> bytes:
    """Everything held about the child as a zip; that it was made is on record.

    Raises `NoSuchChild`.
    """
    with school.database.read() as session:
        held = held_about(school, session, pupil_id)
    with school.database.write() as session:
        counts = {name: len(rows) for name, rows in held.sections.items()}
        school.audit.append(session, actor, "subject.exported", pupil_id, counts)
    return zip_of(school, held, template)
