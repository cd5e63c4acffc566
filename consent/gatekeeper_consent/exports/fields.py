"""What a column of an export can be, and what management systems call it.

What stands behind the headings, as of November 2026. Read in a vendor's or a partner's own pages:

- Bromcom: "UPN", "Admission Number", "Last Name", "First Name", "Year Group", "Tutor Group" in
  its spreadsheets for bulk imports (docs.bromcom.com, access arrangements), where the two names
  are the legal ones; "Preferred Firstname", "Preferred Lastname", "Student ID" in what it hands
  to SchoolCloud.
- SIMS: "Surname", "Forename", "Registration Group", "Year Group" and, for people, "Preferred
  Forename", "Preferred Surname" as a payment system lists what it takes from it (Tucasi);
  "Parental responsibility", "Home Email", "Primary Email" for contacts (SchoolBooking).
- Arbor: "Forename", "KnownAsFirstName", "Surname", "KnownAsLastName" in its interface
  (ParentPay).

Everything else here is customary, not verified: all three let each school build its own report
and name its columns, so a mapping is always shown to a person and corrected once. None has a fixed
name for the consents, which each school defines for itself; those are guessed by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper_consent.answers import Scope, Use

GUARDIANS = 4
"""So many contacts of a child are read."""


@dataclass(frozen=True)
class Field:
    """One thing that a column can hold."""

    key: str
    label: str
    group: str
    """Heading above it on the page."""
    synonyms: tuple[str, ...] = ()
    """Folded headings, the likeliest first."""
    required: bool = False


PUPIL = (
    Field(
        "pupil_id",
        "Number of the pupil",
        "Pupil",
        ("pupil id", "upn", "unique pupil number", "arbor student id", "student id",
         "admission number", "admission no", "adno", "adm no", "pupil number", "student number",
         "mis id", "person id"),
        required=True,
    ),
    Field("first_name", "First name", "Pupil",
          ("legal first name", "legal forename", "legal firstname", "first name", "forename",
           "firstname", "given name", "forenames")),
    Field("middle_names", "Middle names", "Pupil",
          ("middle names", "middle name", "middle name s", "legal middle names", "middlenames")),
    Field("last_name", "Surname", "Pupil",
          ("legal last name", "legal surname", "legal lastname", "last name", "surname",
           "lastname", "family name")),
    Field("preferred_name", "First name in use", "Pupil",
          ("preferred first name", "preferred forename", "preferred firstname", "preferred name",
           "known as", "knownasfirstname", "known as first name", "chosen name", "chosen forename",
           "first name", "forename", "firstname")),
    Field("preferred_last_name", "Surname in use", "Pupil",
          ("preferred last name", "preferred surname", "preferred lastname", "knownaslastname",
           "known as last name", "known as surname", "chosen surname", "last name", "surname",
           "lastname")),
    Field("class", "Class", "Pupil",
          ("class", "reg group", "registration group", "registration form", "tutor group", "form",
           "form group", "reg form", "reg", "class name", "registration", "tutor")),
    Field("year", "Year group", "Pupil",
          ("year", "year group", "yeargroup", "nc year", "national curriculum year",
           "curriculum year", "yr", "year taught in")),
    Field("left_on", "Day of leaving", "Pupil",
          ("leaving date", "date of leaving", "date left", "leave date", "left on")),
)  # fmt: skip

_USES = {
    Use.WEBSITE: ("website", "web", "internet", "web site"),
    Use.TWITTER: ("twitter", "x"),
    Use.PARENTS: ("area",),  # "parents" is mostly who consents
    Use.DISPLAY: ("display", "displays"),
}
_CONSENTING = frozenset(
    ("consent", "consents", "permission", "permissions", "photo", "photos", "photograph",
     "photographs", "image", "images", "picture", "pictures")
)  # fmt: skip
_ALONE = frozenset(("alone", "individual", "portrait", "individually"))
_LABELS = {
    Use.WEBSITE: "Website",
    Use.TWITTER: "Twitter/X",
    Use.PARENTS: "Parents’ area",
    Use.DISPLAY: "Displays in school",
}


def consent_key(use: Use, scope: Scope) -> str:
    return f"consent_{use}_{scope}"


CONSENT_OF = {consent_key(use, scope): (use, scope) for use in Use for scope in Scope}
"""The use and scope of each field that holds an answer."""

_ALONE_LABEL = {Scope.GROUP: "", Scope.INDIVIDUAL: ", shown alone"}
CONSENTS = (
    *(
        Field(key, f"{_LABELS[use]}{_ALONE_LABEL[scope]}", "Permissions")
        for key, (use, scope) in CONSENT_OF.items()
    ),
    Field("consent_given_by", "Who gave them", "Permissions", ("consent given by",)),
    Field("consent_given_on", "Day on which they were given", "Permissions",
          ("consent date", "consent given on", "consent given", "date of consent")),
)  # fmt: skip


def _guardian(number: int) -> Iterator[Field]:
    group = f"Contact {number}"
    who = ("contact", "parent", "guardian", "parent guardian", "parent carer")
    stems = [f"{word} {number}" for word in who] + [f"{word}{number}" for word in who]
    if number == 1:
        stems += ["primary contact", "primary guardian", "priority 1 contact"]

    def named(*ends: str) -> tuple[str, ...]:
        return tuple(f"{stem} {end}".strip() for stem in stems for end in ends)

    yield Field(f"guardian_{number}_name", "Name", group, named("name", "full name", ""))
    yield Field(
        f"guardian_{number}_email", "E-mail", group,
        named("email", "e mail", "email address", "home email", "primary email"),
    )  # fmt: skip
    yield Field(
        f"guardian_{number}_relation", "Relation to the child", group,
        named("relation", "relationship", "relationship to student", "relationship to pupil"),
    )  # fmt: skip
    yield Field(
        f"guardian_{number}_responsible", "Has parental responsibility", group,
        named("parental responsibility", "pr", "has parental responsibility"),
    )  # fmt: skip


FIELDS: tuple[Field, ...] = (
    *PUPIL,
    *CONSENTS,
    *(field for number in range(1, GUARDIANS + 1) for field in _guardian(number)),
)
BY_KEY = {field.key: field for field in FIELDS}


def folded(heading: str) -> str:
    """ "Reg. Group" and "reg_group" alike; digits and letters are all that counts."""
    return " ".join(re.findall(r"[^\W_]+", heading.casefold()))


_KNOWN = frozenset(name for field in FIELDS for name in field.synonyms)


def is_known(heading: str) -> bool:
    """Does the heading say what the column holds?"""
    name = folded(heading)
    return name in _KNOWN or consent_in(name) is not None


def consent_in(name: str) -> tuple[Use, Scope] | None:
    """Which answer a folded heading speaks of; None unless it names one use beside a word like
    "consent" or "photo". "Social media" is not taken for X: it may mean another network.
    """
    words = frozenset(name.split())
    uses = [use for use, names in _USES.items() if words & frozenset(names)]
    if len(uses) != 1 or not words & _CONSENTING:
        return None
    return uses[0], Scope.INDIVIDUAL if words & _ALONE else Scope.GROUP
