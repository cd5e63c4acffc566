import pytest

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.folder import read_folder, write_folder
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.protecting import protection_of, protections
from gatekeeper_consent.records import protected
from gatekeeper_consent.register import (
    answer,
    answers_for_use,
    consent_snapshot,
    contents_of,
    lift_protection,
    protect,
    set_consent,
)


def answers_of(school, pupil_id="p1"):
    today = school.now.date()
    return {
        answer(school.session, pupil_id, use, scope, today) for use in Use for scope in Scope
    } | {each for use in Use for each in answers_for_use(school.session, use, today)[pupil_id]}


def test_it_beats_every_consent_for_every_use(loaded):
    today = loaded.now.date()
    protect(loaded.session, "p1", " court order ", **loaded.entry)
    assert answers_of(loaded) == {Answer.NO}
    change = set_consent(
        loaded.session, "p1", Use.DISPLAY, Scope.GROUP, Decision.YES, given_by="mother",
        given_on=today, **loaded.entry,
    )  # fmt: skip
    assert (change.before, change.after) == (Answer.NO, Answer.NO)
    assert answers_of(loaded) == {Answer.NO}
    assert protected(loaded.session) == {"p1"}
    assert answers_for_use(loaded.session, Use.WEBSITE, today)["p2"].group is Answer.YES


def test_the_reason_is_kept_but_not_logged(loaded):
    protect(loaded.session, "p1", " court order ", **loaded.entry)
    found = protection_of(loaded.session, "p1")
    assert (found.reason, found.recorded_by) == ("court order", "office")
    assert loaded.events == [("pupil.protected", "p1", {})]


def test_lifting_lets_the_answers_count_again(loaded):
    protect(loaded.session, "p1", "court order", **loaded.entry)
    lift_protection(loaded.session, "p1", "order ended", **loaded.entry)
    assert protection_of(loaded.session, "p1") is None
    assert protected(loaded.session) == set()
    assert answer(
        loaded.session, "p1", Use.WEBSITE, Scope.GROUP, loaded.now.date()
    ) is Answer.YES  # fmt: skip
    assert [row.protected for row in protections(loaded.session, "p1")] == [False, True]
    with pytest.raises(ValueError, match="not marked"):
        lift_protection(loaded.session, "p1", "again", **loaded.entry)


def test_half_a_protection_is_refused(loaded):
    with pytest.raises(ValueError, match="why"):
        protect(loaded.session, "p1", "  ", **loaded.entry)
    for change in (protect, lift_protection):
        with pytest.raises(UnknownPerson):
            change(loaded.session, "p9", "x", **loaded.entry)
    assert loaded.events == []


@pytest.mark.parametrize("pupil_id", ["p1", "p2", "p3"])
def test_the_snapshot_changes(loaded, pupil_id):
    def snapshot():
        return consent_snapshot(loaded.session, [pupil_id], Use.WEBSITE, loaded.now.date())

    before = snapshot()
    protect(loaded.session, pupil_id, "court order", **loaded.entry)
    during = snapshot()
    lift_protection(loaded.session, pupil_id, "order ended", **loaded.entry)
    assert before != during
    assert snapshot() == before


def test_the_exported_folder_permits_nothing_of_the_child(loaded, tmp_path):
    protect(loaded.session, "p1", "court order", **loaded.entry)
    write_folder(tmp_path / "out", contents_of(loaded.session))
    contents = read_folder(tmp_path / "out", today=loaded.now.date())
    rows = [row for row in contents.consents if row.pupil_id == "p1"]
    assert rows
    assert not any(row.stands for row in rows)
    assert any(row.stands for row in contents.consents if row.pupil_id == "p2")


def test_an_import_says_no_gain_for_the_child(loaded):
    protect(loaded.session, "p1", "court order", **loaded.entry)
    header = "pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on\n"
    report = loaded.load(
        confirm=True, consents=f"{header}p1,display,group,yes,mother,2025-09-03,,\n"
    )
    assert "p1" not in (*report.gained_answer, *report.lost_answer)
