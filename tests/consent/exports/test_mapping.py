"""Which column is what: guessed from the headings, checked, kept and found again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gatekeeper_consent.exports.fields import FIELDS, folded
from gatekeeper_consent.exports.mapping import (
    BadMapping,
    check,
    fitting,
    guess,
    save_mapping,
    saved_mappings,
)
from gatekeeper_consent.exports.table import Record, Table


def table(*headings: str, rows: tuple[tuple[str, ...], ...] = ()) -> Table:
    return Table("x.csv", headings, tuple(Record(n, row) for n, row in enumerate(rows, 2)))


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (  # SIMS: what is in use, beside what is legal
            ("UPN", "Surname", "Forename", "Legal Surname", "Legal Forename", "Reg Group"),
            {
                "pupil_id": "UPN",
                "first_name": "Legal Forename",
                "last_name": "Legal Surname",
                "preferred_name": "Forename",
                "preferred_last_name": "Surname",
                "class": "Reg Group",
            },
        ),
        (  # Bromcom
            ("Last Name", "First Name", "Admission Number", "Year Group", "Tutor Group"),
            {
                "pupil_id": "Admission Number",
                "first_name": "First Name",
                "last_name": "Last Name",
                "class": "Tutor Group",
                "year": "Year Group",
            },
        ),
        (  # Arbor
            ("Arbor Student ID", "Legal first name", "Preferred first name", "Legal last name",
             "Registration form", "Year group"),
            {
                "pupil_id": "Arbor Student ID",
                "first_name": "Legal first name",
                "preferred_name": "Preferred first name",
                "last_name": "Legal last name",
                "class": "Registration form",
                "year": "Year group",
            },
        ),
        (  # our own roll.csv
            ("pupil_id", "first_name", "middle_names", "last_name", "preferred_name", "class"),
            {
                "pupil_id": "pupil_id",
                "first_name": "first_name",
                "middle_names": "middle_names",
                "last_name": "last_name",
                "preferred_name": "preferred_name",
                "class": "class",
            },
        ),
        (
            ("upn", "Reg. Group", "SURNAME", "fore-name", "Favourite colour"),
            {"pupil_id": "upn", "class": "Reg. Group", "last_name": "SURNAME"},
        ),
        (
            ("UPN", "Parent 1 Name", "Parent 1 e-mail", "Contact 2 relationship", "Parent 2"),
            {
                "pupil_id": "UPN",
                "guardian_1_name": "Parent 1 Name",
                "guardian_1_email": "Parent 1 e-mail",
                "guardian_2_name": "Parent 2",
                "guardian_2_relation": "Contact 2 relationship",
            },
        ),
    ],
)  # fmt: skip
def test_headings_of_known_systems(headings, expected):
    assert guess(table(*headings)) == expected


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("Photograph consent - website", "consent_website_group"),
        ("Consent: photos on web site", "consent_website_group"),
        ("Permission Twitter", "consent_twitter_group"),
        ("Photo consent (X)", "consent_twitter_group"),
        ("Individual portrait on website (permission)", "consent_website_individual"),
        ("Photos on display", "consent_display_group"),
        ("Photo consent parents' area", "consent_parents_group"),
        ("Photograph consent", None),  # for what?
        ("Parental photo consent", None),
        ("Photo consent website and Twitter", None),  # two uses: a person must say
        ("Social media photo consent", None),  # perhaps another network
        ("Website", None),  # an address?
        ("Trip consent", None),
        ("Xmas photo permission", None),
    ],
)
def test_a_permission_is_guessed_only_where_the_heading_names_one_use(heading, key):
    found = guess(table("UPN", heading))
    assert {name: of for name, of in found.items() if of == heading} == (
        {key: heading} if key else {}
    )


def test_the_number_that_the_register_goes_by_is_taken():
    rows = (("A1", "17", "Zoë"), ("A2", "18", "Al"))
    both = table("UPN", "Admission Number", "Forename", rows=rows)
    assert guess(both)["pupil_id"] == "UPN"
    assert guess(both, {"17", "18"})["pupil_id"] == "Admission Number"


HEADINGS = ("UPN", "Forename", "Surname", "Photos")
GOOD = {"pupil_id": "UPN", "first_name": "Forename", "last_name": "Surname"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pupil_id": ""}, "number"),
        ({"first_name": "", "last_name": ""}, "names"),
        ({"class": "Reg"}, "no column “Reg”"),
        ({"class": "UPN"}, "chosen for"),
        ({"nonsense": "UPN"}, "no field"),
        ({"consent_website_group": "Surname"}, "chosen for"),
    ],
)
def test_a_mapping_that_cannot_be(change, says):
    with pytest.raises(BadMapping, match=says):
        check(GOOD | change, HEADINGS)


def test_one_answer_may_count_for_several_uses():
    both = {"consent_website_group": "Photos", "consent_twitter_group": "Photos"}
    assert check(GOOD | both | {"year": ""}, HEADINGS) == GOOD | both


def save(school, name, columns=GOOD, headings=HEADINGS):
    with_clock = {"saved_by": "office", "now": school.now, "record": school.record}
    return save_mapping(school.session, name, columns, headings, **with_clock)


def test_a_mapping_is_found_again_by_its_headings(school):
    save(school, "SIMS roll")
    assert fitting(school.session, tuple(reversed(HEADINGS))).name == "SIMS roll"
    assert fitting(school.session, HEADINGS[:3]) is None
    assert fitting(school.session, (*HEADINGS, "Extra")) is None


def test_saving_under_the_same_name_replaces_it(school):
    save(school, "SIMS roll")
    school.now += timedelta(minutes=1)
    save(school, " SIMS  roll ", GOOD | {"class": "Photos"})
    (row,) = saved_mappings(school.session)
    assert row.columns["class"] == "Photos"
    assert [kind for kind, _, _ in school.events] == ["mapping.saved", "mapping.saved"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_mapping_needs_a_name(school, name):
    with pytest.raises(BadMapping, match="name"):
        save(school, name)


def test_synonyms_are_written_as_they_are_compared():
    for field in FIELDS:
        assert [folded(name) for name in field.synonyms] == list(field.synonyms), field.key
