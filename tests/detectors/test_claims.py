"""An author's word on a face: it can stop a picture, and it settles nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper_detectors.findings import Outcome
from gatekeeper_detectors.policy import check, make_policy
from gatekeeper_detectors.values import (
    NOBODY,
    Answer,
    Box,
    Case,
    CleanPicture,
    Decision,
    Face,
    Photo,
    Pupil,
    Register,
    StaffMember,
)

REGISTER = Register(
    (
        Pupil("yes", "Quilla", "Vantrey", group=Answer.YES),
        Pupil("alone", "Orrin", "Blackmere", group=Answer.YES, individual=Answer.YES),
        Pupil("no", "Tamsin", "Hollowell", group=Answer.NO),
        Pupil("asked", "Ferdy", "Castellane"),
    ),
    (StaffMember("s1", "Ashdown"),),
)
ANYBODY = ("", NOBODY, "yes", "alone", "no", "asked", "s1", "left")
POLICIES = (
    make_policy(),
    make_policy({"rules": {"identifiable-face": {"action": "reject"}}}),
    make_policy({"rules": {"lone-pupil": {"action": "reject"}}, "faces": {"recognise": False}}),
)
CLEAN = CleanPicture(b"", "0" * 64, 800, 600, 800, 600, "JPEG")
ORDER = (Outcome.CLEAR, Outcome.FLAGGED, Outcome.REJECTED)


@pytest.mark.parametrize(
    ("matched", "said", "claimed", "decision"),
    [
        ("", "", "", Decision.UNKNOWN),
        ("", "", "yes", Decision.UNKNOWN),
        ("", "", "s1", Decision.UNKNOWN),
        ("", "", "left", Decision.UNKNOWN),
        ("", "", NOBODY, Decision.UNKNOWN),
        ("", "", "no", Decision.NOT_CONSENTED),
        ("", "", "asked", Decision.NOT_CONSENTED),
        # against the machine
        ("yes", "", "yes", Decision.CONSENTED),
        ("yes", "", "alone", Decision.UNKNOWN),
        ("yes", "", NOBODY, Decision.UNKNOWN),
        ("yes", "", "no", Decision.NOT_CONSENTED),
        ("s1", "", "yes", Decision.UNKNOWN),
        ("no", "", "yes", Decision.NOT_CONSENTED),
        ("no", "", NOBODY, Decision.NOT_CONSENTED),
        # with a reviewer's word
        ("", "yes", "yes", Decision.CONSENTED),
        ("", "yes", "no", Decision.CONSENTED),
        ("", "s1", "yes", Decision.STAFF),
        ("", "no", "yes", Decision.NOT_CONSENTED),
        ("", NOBODY, "", None),
        ("", NOBODY, "yes", None),
        ("", NOBODY, NOBODY, None),
        ("", NOBODY, "no", Decision.NOT_CONSENTED),
    ],
)
def test_what_is_known_of_a_face(matched, said, claimed, decision):
    face = Face(Box(0, 0, 90, 90), 0.9, matched=matched, said=said, claimed=claimed)
    assert face.decision(REGISTER) is decision


def outcome(photos, policy):
    case = Case("website", "Year 5 pupils.", photos, REGISTER, date(2026, 3, 1), alts=("Pupils.",))
    return check(case, policy)


faces = st.builds(
    Face,
    box=st.builds(
        lambda left, height: Box(left, 10, left + height, 10 + height),
        st.integers(0, 700),
        st.sampled_from((12, 30, 90)),
    ),
    score=st.just(0.9),
    found_by=st.just(("centerface",)),
    matched=st.sampled_from(("", "yes", "alone", "no", "asked", "s1")),
    said=st.sampled_from(ANYBODY),
    turn=st.sampled_from((None, 0.0, 0.9)),
)


@given(
    st.lists(faces, max_size=4),
    st.lists(st.sampled_from(ANYBODY), min_size=4, max_size=4),
    st.sampled_from(POLICIES),
)
@settings(deadline=None, max_examples=300)
def test_no_word_of_an_author_makes_a_verdict_milder(found, claims, policy):
    named = [replace(face, claimed=who) for face, who in zip(found, claims, strict=False)]
    before, after = (
        outcome((Photo("a.jpg", CLEAN, faces=tuple(these), words=()),), policy)
        for these in (found, named)
    )
    assert ORDER.index(after.outcome) >= ORDER.index(before.outcome)


def test_a_claim_gives_the_same_mend_as_a_match():
    def finding(**who):
        two = (
            Face(Box(0, 0, 90, 90), 0.9, **who),
            Face(Box(200, 0, 290, 90), 0.9, matched="yes"),
        )
        verdict = outcome((Photo("a.jpg", CLEAN, faces=two, words=()),), POLICIES[0])
        assert verdict.outcome is Outcome.REJECTED
        (found,) = [one for one in verdict.findings if one.rule == "unconsented-face"]
        return found

    assert finding(claimed="no") == finding(matched="no")


@pytest.mark.parametrize(
    ("claimed", "says"),
    [
        ("yes", "The author says that this is Quilla Vantrey; a second person must confirm it."),
        (NOBODY, "The author says that nobody can be known here; a second person must confirm it."),
        ("", "This face was not recognised with certainty."),
    ],
)
def test_a_claim_waits_for_a_second_person_and_says_so(claimed, says):
    face = Face(Box(0, 0, 90, 90), 0.9, claimed=claimed)
    verdict = outcome((Photo("a.jpg", CLEAN, faces=(face,), words=()),), POLICIES[0])
    assert says in [finding.message for finding in verdict.findings]


def test_a_reviewer_who_contradicts_the_author_about_a_child_is_warned():
    face = Face(Box(0, 0, 90, 90), 0.9, said="yes", claimed="no")
    verdict = outcome((Photo("a.jpg", CLEAN, faces=(face,), words=()),), POLICIES[0])
    assert any("The author takes this face for Tamsin" in one.message for one in verdict.findings)
