"""Uploads wait encrypted, for their owner alone, for a day."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlmodel import select

from gatekeeper_consent.exports.drafts import (
    NoDraft,
    drop_draft,
    keep_draft,
    map_draft,
    open_draft,
    sweep_drafts,
)
from gatekeeper_consent.models import ImportDraft

FILES = {"roll.csv": b"pupil_id,first_name\np1,Zo\xc3\xab\n", "consents.csv": b""}


def keep(school, by="office"):
    return keep_draft(
        school.session, school.cipher, FILES, {"pupil_id": "UPN"}, added_by=by, now=school.now
    )


def test_what_was_sent_comes_back(school):
    draft = open_draft(school.session, school.cipher, keep(school), by="office")
    assert (draft.files, draft.columns) == (FILES, {"pupil_id": "UPN"})
    assert draft.name == "roll.csv, consents.csv"


def test_nothing_of_it_is_readable_in_the_database(school):
    keep(school)
    row = school.session.exec(select(ImportDraft)).one()
    with pytest.raises(InvalidToken):
        Fernet(Fernet.generate_key()).decrypt(row.content)
    assert b"roll.csv" not in base64.urlsafe_b64decode(row.content)


def test_another_person_does_not_see_it(school):
    draft_id = keep(school)
    for use in (
        lambda: open_draft(school.session, school.cipher, draft_id, by="head"),
        lambda: map_draft(school.session, draft_id, {}, by="head"),
        lambda: drop_draft(school.session, draft_id, by="head"),
    ):
        with pytest.raises(NoDraft):
            use()


@pytest.mark.parametrize(("hours", "there"), [(-1, True), (0, True), (1, False)])
def test_it_is_kept_until_its_time_is_over(school, hours, there):
    draft_id = keep(school)
    assert sweep_drafts(school.session, school.now + timedelta(hours=hours)) == int(not there)
    assert (school.session.get(ImportDraft, draft_id) is not None) is there
