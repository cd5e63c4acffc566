"""The records of an export to the contents that an import plans with.

What a mapping has no column for stays as it is in the register. An empty cell in a column that
is mapped is an answer that nobody gave, and so permits nothing (P01).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.cells import Cells
from gatekeeper_consent.contents import EVERYTHING, ConsentRow, Covers, FolderContents, RollRow
from gatekeeper_consent.exports.fields import CONSENT_OF, GUARDIANS
from gatekeeper_consent.exports.mapping import Columns
from gatekeeper_consent.exports.table import Record, Table
from gatekeeper_consent.exports.workbook import NO_RESULT
from gatekeeper_consent.sheet import Log, Row

THE_FAMILY = "the family, as the school’s records have it"
"""Who gave an answer, where the export does not say."""

_YES = frozenset(("yes", "y", "true", "t", "1", "given", "granted", "agreed", "consented"))
_NO = frozenset(
    ("no", "n", "false", "f", "0", "refused", "denied", "declined", "withheld", "withdrawn",
     "not given", "not granted", "not agreed")
)  # fmt: skip
_NO_ANSWER = frozenset(("", "unknown", "not known", "not asked", "pending", "n/a", "-"))
_EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2})?$")
_YEAR = re.compile(r"(?:nc )?(?:year|yr|y) ?0*(\d{1,2})", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")

Answered = Mapping[tuple[Use, Scope], Decision | None]


@dataclass(frozen=True)
class GuardianRow:
    """One contact of one child."""

    pupil_id: str
    name: str
    email: str
    """Lower case; empty where there is none that can be used."""
    relation: str


@dataclass(frozen=True)
class Export:
    """What an export says, in the register's terms."""

    contents: FolderContents
    guardians: tuple[GuardianRow, ...] = ()
    has_contacts: bool = False
    """It has a column for contacts, so a contact who is not in it is worth a look."""


@dataclass(frozen=True)
class _Child:
    """What one row says of one child."""

    line: int
    roll: RollRow
    answers: Answered
    given_by: str
    given_on: date | None
    left_on: date | None
    guardians: tuple[GuardianRow, ...]

    @property
    def who(self) -> tuple[str, ...]:
        return tuple(name.casefold() for name in (self.roll.first_name, self.roll.last_name))


def read_export(table: Table, columns: Columns, *, today: date) -> Export:
    """Everything usable in the table; a row with a mistake is an error and left out.

    `columns` is a checked mapping (`mapping.check`). Several rows of one child become one: the
    classes are joined ("5K; Choir"), and where the answers differ, the strictest counts. Who
    has left by `today` is not on the roll.
    """
    log = Log(warnings=list(table.warnings))
    rows = [_Reading(table, record, columns, log) for record in table.records]
    rows = [row for row in rows if not row.is_note()]
    children = [child for row in rows if (child := row.child()) is not None]
    unclear = {row.id_cell for row in rows if not row.good}
    present = [child for child in children if child.left_on is None or child.left_on > today]
    merged = _merged(present, table.file, log, unclear)
    merged = [child for child in merged if child.roll.pupil_id not in unclear]
    _warn_of_namesakes(merged, table.file, log)
    contents = FolderContents(
        roll=tuple(child.roll for child in merged),
        consents=tuple(answer for child in merged for answer in _answers(child)),
        unclear=frozenset(unclear),
        errors=tuple(sorted(log.errors, key=lambda error: error.line)),
        warnings=tuple(sorted(log.warnings, key=lambda warning: warning.line)),
        covers=Covers(
            roll=_covered(columns),
            consents=frozenset(CONSENT_OF[key] for key in columns if key in CONSENT_OF),
            staff=False,
            biometric=False,
        ),
    )
    guardians = tuple(one for child in merged for one in child.guardians)
    return Export(contents, guardians, has_contacts="guardian_1_name" in columns)


def _covered(columns: Columns) -> frozenset[str]:
    """Of which fields of the roll the export speaks."""
    named = {"class": "class_name", "preferred_last_name": "last_name"}
    return EVERYTHING.roll & {named.get(key, key) for key in columns}


class _Reading:
    """Reads one row by the mapping. Every mistake is logged; `good` turns False at the first."""

    def __init__(self, table: Table, record: Record, columns: Columns, log: Log) -> None:
        self._columns, self._log, self._file = columns, log, table.file
        self._record = record
        self._row = dict(zip(table.headings, record.cells, strict=True))
        self._cells = Cells(table.file, Row(record.line, self._row), log)
        self.id_cell = self._row[columns["pupil_id"]]

    @property
    def good(self) -> bool:
        return self._cells.good

    def is_note(self) -> bool:
        """Reports end in lines like "Total: 214". They hold one cell, and no pupil's number."""
        if self.id_cell or sum(map(bool, self._record.cells)) > 1:
            return False
        message = "The row holds a single cell and no pupil’s number, so it was not read."
        self._log.warn(self._file, self._record.line, "", message)
        return True

    def child(self) -> _Child | None:
        if self._record.overlong:
            self._cells.error(
                "",
                "The row has more cells than there are headings. Put a text that has a comma in "
                "it in quotation marks, or export as .xlsx.",
            )
            return None
        roll = self._roll()
        answers = {CONSENT_OF[key]: self._answer(key) for key in CONSENT_OF if key in self._columns}
        child = _Child(
            self._record.line,
            roll,
            answers,
            self._text("consent_given_by") or THE_FAMILY,
            self._day("consent_given_on"),
            self._day("left_on"),
            tuple(self._guardians(roll.pupil_id)),
        )
        return child if self.good else None

    def _roll(self) -> RollRow:
        first, last = self._name("first_name"), self._name("last_name")
        first_used, last_used = self._name("preferred_name"), self._name("preferred_last_name")
        if not (first or last or first_used or last_used):
            column = self._columns.get("first_name") or self._columns.get("last_name", "")
            self._cells.error(
                column, "The child has no name, so captions cannot be checked. Add it."
            )
        own_first = first or "first_name" not in self._columns
        return RollRow(
            pupil_id=self._cells.identifier(self._columns["pupil_id"]),
            first_name=first or first_used,
            middle_names=_with_other_surname(self._name("middle_names"), last, last_used),
            last_name=last_used or last,
            preferred_name=first_used if own_first and first_used != first else "",
            class_name=self._text("class"),
            year=_plain_year(self._text("year")),
        )

    def _guardians(self, pupil_id: str) -> Iterator[GuardianRow]:
        for number in range(1, GUARDIANS + 1):
            name = self._name(f"guardian_{number}_name")
            responsible = f"guardian_{number}_responsible"
            if not name or (responsible in self._columns and not self._flag(responsible)):
                continue
            email = self._email(f"guardian_{number}_email")
            yield GuardianRow(pupil_id, name, email, self._text(f"guardian_{number}_relation"))

    def _email(self, key: str) -> str:
        value = self._text(key).casefold()
        if not value or _EMAIL.fullmatch(value):
            return value
        message = "This is no e-mail address that can be used; the contact is taken without one."
        self._log.warn(self._file, self._record.line, self._columns[key], message)
        return ""

    def _flag(self, key: str) -> bool:
        return self._text(key).casefold() in _YES

    def _answer(self, key: str) -> Decision | None:
        text = self._text(key)
        value = " ".join(text.casefold().replace("consent", "").split())
        if value in _NO_ANSWER:
            return None
        if value in _YES | _NO:
            return Decision.YES if value in _YES else Decision.NO
        message = f"“{text[:20]}” is neither yes nor no. Write Yes or No, or leave it empty."
        self._cells.error(self._columns[key], message)
        return None

    def _day(self, key: str) -> date | None:
        heading = self._heading(key)
        if heading is None:
            return None
        self._row[heading] = _TIME.sub("", self._row[heading])
        return self._cells.day(heading)

    def _name(self, key: str) -> str:
        heading = self._heading(key)
        return "" if heading is None else self._cells.name(heading)

    def _text(self, key: str) -> str:
        heading = self._heading(key)
        return "" if heading is None else self._cells.text(heading)

    def _heading(self, key: str) -> str | None:
        """The column of the field, where there is one with anything to read in this row."""
        heading = self._columns.get(key)
        value = "" if heading is None else self._row[heading]
        if heading is not None and (value == NO_RESULT or _EXCEL_ERROR.fullmatch(value)):
            message = "The cell holds a formula without a result. Open the file in Excel, save it."
            self._cells.error(heading, message)
            return None
        return heading if value else None


def _with_other_surname(middle: str, legal: str, used: str) -> str:
    """A surname that is not in use still gives a child away, so captions are searched for it;
    among the middle names it is shown to nobody."""
    return f"{middle} {legal}".strip() if legal and used and legal != used else middle


def _plain_year(text: str) -> str:
    found = _YEAR.fullmatch(text)
    return found[1] if found else text


def _merged(children: Sequence[_Child], file: str, log: Log, unclear: set[str]) -> list[_Child]:
    by_id: dict[str, list[_Child]] = defaultdict(list)
    for child in children:
        by_id[child.roll.pupil_id.casefold()].append(child)
    found = []
    for rows in by_id.values():
        if len({row.who for row in rows}) > 1:
            _refuse_two_names(rows, file, log)
            unclear.update(row.roll.pupil_id for row in rows)
        else:
            found.append(rows[0] if len(rows) == 1 else _joined(rows, file, log))
    return found


def _refuse_two_names(rows: Sequence[_Child], file: str, log: Log) -> None:
    lines = ", ".join(str(row.line) for row in rows)
    for row in rows:
        message = (
            f"The rows {lines} have the same number but different names. Correct the number or "
            "the name, so that each child has a number of its own."
        )
        log.error(file, row.line, "", message)


def _joined(rows: Sequence[_Child], file: str, log: Log) -> _Child:
    """One child out of several rows with the same number and name."""
    first = rows[0]
    classes = list(dict.fromkeys(row.roll.class_name for row in rows if row.roll.class_name))
    message = f"{_rows(row.line for row in rows[1:])} the same child."
    if len(classes) > 1:
        message += f" The {len(classes)} classes are joined."
    if any(row.answers != first.answers for row in rows):
        message += " Their permissions differ; the strictest counts."
    log.warn(file, first.line, "", message)
    roll = replace(
        first.roll,
        class_name="; ".join(classes),
        year=next((row.roll.year for row in rows if row.roll.year), ""),
        middle_names=next((row.roll.middle_names for row in rows if row.roll.middle_names), ""),
        preferred_name=next((r.roll.preferred_name for r in rows if r.roll.preferred_name), ""),
    )
    answers = {key: _strictest([row.answers[key] for row in rows]) for key in first.answers}
    guardians = dict.fromkeys(one for row in rows for one in row.guardians)
    return replace(first, roll=roll, answers=answers, guardians=tuple(guardians))


def _rows(lines: Iterable[int]) -> str:
    """ "Row 5 is", "The rows 5 and 7 are"."""
    found = list(map(str, lines))
    if len(found) == 1:
        return f"Row {found[0]} is"
    return f"The rows {', '.join(found[:-1])} and {found[-1]} are"


def _strictest(answers: Sequence[Decision | None]) -> Decision | None:
    if Decision.NO in answers:
        return Decision.NO
    return None if None in answers else Decision.YES


def _answers(child: _Child) -> Iterator[ConsentRow]:
    for (use, scope), decision in child.answers.items():
        if decision is not None:
            yield ConsentRow(
                child.roll.pupil_id, use, scope, decision, child.given_by, child.given_on
            )


def _warn_of_namesakes(children: Sequence[_Child], file: str, log: Log) -> None:
    lines: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for child in children:
        lines[child.who].append(child.line)
    for found in lines.values():
        if len(found) > 1:
            message = f"{_rows(found[1:])} another child of the same name. Make sure that it is so."
            log.warn(file, found[0], "", message)
