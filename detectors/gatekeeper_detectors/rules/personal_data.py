"""No telephone number, address, date of birth or pupil number in what is published (P12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.cues import word_set
from gatekeeper_detectors.text.normalise import Folded, fold
from gatekeeper_detectors.text.parts import published_texts
from gatekeeper_detectors.text.personal import (
    Place,
    find_addresses,
    find_births,
    find_postcodes,
    find_upns,
)
from gatekeeper_detectors.text.phones import PhoneKind, as_dialled, find_phones
from gatekeeper_detectors.text.web import Email, find_emails, is_within
from gatekeeper_detectors.values import Case


class PersonalDataOptions(Options):
    region: str = "GB"
    """Country in which numbers without + are dialled, as two letters."""
    own_numbers: tuple[str, ...] = ()
    """The school's own telephone numbers, which may be published."""
    own_domains: tuple[str, ...] = ()
    """What the school's own e-mail addresses end in, as oakfield.example."""
    own_postcodes: tuple[str, ...] = ()
    """Postcodes of the school's own sites."""


class _Seen(NamedTuple):
    action: Action
    place: Place
    message: str


def _check(case: Case, options: PersonalDataOptions) -> Iterator[Finding]:
    for text, field, photo in published_texts(case):
        folded = fold(text)
        for action, place, message in _seen(folded, options, case.today):
            span = folded.span(*place)
            yield RULE.finding(action, message, photo=photo, field=field, span=span)


def _seen(folded: Folded, options: PersonalDataOptions, today: date) -> Iterator[_Seen]:
    text = folded.text
    yield from _phones(text, options)
    yield from _emails(folded, options)
    own = {"".join(code.split()).upper() for code in options.own_postcodes}
    for place, code in find_postcodes(text):
        if code not in own:
            yield _Seen(Action.REJECT, place, "This is a postcode.")
    for place in find_addresses(text):
        said = "This looks like somebody’s address."
        yield _Seen(Action.FLAG, place, said)
    for place, sure in find_upns(text):
        said = "This is a unique pupil number (UPN)."
        doubt = "This looks like a unique pupil number (UPN)."
        yield _Seen(Action.REJECT if sure else Action.FLAG, place, said if sure else doubt)
    for place, sure in find_births(text, today):
        said = "This is a date of birth."
        doubt = "This may be somebody’s birthday."
        yield _Seen(Action.REJECT if sure else Action.FLAG, place, said if sure else doubt)


def _phones(text: str, options: PersonalDataOptions) -> Iterator[_Seen]:
    own = {as_dialled(number, options.region) for number in options.own_numbers}
    for phone in find_phones(text, options.region):
        if phone.number in own:
            continue
        if phone.kind is PhoneKind.MOBILE:
            said = "This looks like a mobile number."
            yield _Seen(Action.REJECT, phone.place, said)
        elif phone.kind is PhoneKind.SPOKEN:
            said = "This looks like a telephone number in words."
            yield _Seen(Action.FLAG, phone.place, said)
        else:
            said = "This looks like a telephone number."
            yield _Seen(Action.FLAG, phone.place, said)


def _emails(folded: Folded, options: PersonalDataOptions) -> Iterator[_Seen]:
    own = frozenset(domain.strip().lower().lstrip("@") for domain in options.own_domains)
    for email in find_emails(folded):
        yield _email(email, own)


def _email(email: Email, own: frozenset[str]) -> _Seen:
    if is_within(email.domain, own):
        return _Seen(Action.NOTE, email.place, "This is one of the school’s e-mail addresses.")
    if email.spelled_out or email.name in _OFFICES:
        said = "This looks like an e-mail address."
        return _Seen(Action.FLAG, email.place, said)
    said = "This looks like a private e-mail address."
    return _Seen(Action.REJECT, email.place, said)


_OFFICES = word_set(
    "office info admin enquiries enquiry contact hello reception bookings booking tickets "
    "events school mail help support library pta secretary schooloffice head headteacher"
)
"""What stands before the @ where the address is no person's."""

RULE = Rule(
    id="personal-data",
    title="The text gives a phone number, an address, a date of birth or a pupil number",
    why="Personal information is not posted: with a name or a face it leads to a child.",
    policy=("P12",),
    trips="“Text 07700 900123”, “j.smith@mail.example”, “SW1A 1AA”, “born 14/03/2016”, or a UPN.",
    passes="“Sports day 14/06/2025”, “Class 3K”, or the school’s own number when it is listed.",
    mend="Leave it out, unless it is an office’s and meant for everyone.",
    check=_check,
    options=PersonalDataOptions,
)
