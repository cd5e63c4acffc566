from dataclasses import astuple, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import func, select

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.contents import ConsentRow, Covers, FolderContents, RollRow
from gatekeeper_consent.folder import read_folder, write_folder
from gatekeeper_consent.models import BiometricConsent, Consent, Pupil, RollImport
from gatekeeper_consent.people import roll_row
from gatekeeper_consent.register import (
    ImportRefused,
    TooManyRemovals,
    answer,
    contents_of,
    import_folder,
    set_consent,
    withdraw,
    withdraw_biometric,
)

ROLL_HEADER = "pupil_id,first_name,middle_names,last_name,preferred_name,class,year\n"
CONSENT_HEADER = "pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on\n"
OTHER_ROLL = ROLL_HEADER + "p4,Al,,Low,,,\n"
P1_YES = "p1,website,group,yes,mother,2025-09-03,,\n"
P2_YES = "p2,website,group,yes,father,2025-09-04,,\n"


def count(school, table) -> int:
    return school.session.exec(select(func.count()).select_from(table)).one()


def website(school, pupil_id="p1", scope=Scope.GROUP) -> Answer:
    return answer(school.session, pupil_id, Use.WEBSITE, scope, school.now.date())


def test_first_import(school):
    report = school.load()
    assert report.pupils_added == ("p1", "p2", "p3")
    assert report.staff_added == ("s1",)
    assert (report.consents_recorded, report.biometric_recorded) == (5, 3)
    assert report.gained_answer == ("p1", "p2")
    assert report.lost_answer == ()
    assert [website(school, who) for who in ("p1", "p2", "p3", "p9")] == [
        "yes",
        "yes",
        "no",
        "unknown",
    ]
    assert website(school, "p2", Scope.INDIVIDUAL) is Answer.UNKNOWN


def test_the_second_import_of_the_same_changes_nothing(loaded):
    before = contents_of(loaded.session)
    report = loaded.load()
    changed = {name: value for name, value in vars(report).items() if value}
    assert changed == {}
    assert (count(loaded, Consent), count(loaded, BiometricConsent)) == (5, 3)
    assert contents_of(loaded.session) == before


def test_export_and_import_are_inverse(loaded):
    folder = loaded.folders / "export"
    write_folder(folder, contents_of(loaded.session), [("p1", b"one"), ("p1", b"two")])
    again = read_folder(folder, today=loaded.now.date())
    usual = loaded.read()
    assert again.errors == again.warnings == ()
    assert (again.roll, again.staff, again.biometric) == (usual.roll, usual.staff, usual.biometric)
    assert set(again.consents) == set(usual.consents)
    assert [face.path.read_bytes() for face in again.faces] == [b"one", b"two"]


def test_the_audit_event_holds_ids_and_no_names(school):
    school.load()
    ((kind, subject, data),) = school.events
    assert (kind, subject) == ("register.imported", "register")
    assert data["pupils_added"] == ["p1", "p2", "p3"]
    for name in ("Zoë", "O'Hare", "Benjamin", "Whitlock", "mother"):
        assert name not in str(data)


def test_a_wrong_row_imports_nothing(loaded):
    with pytest.raises(ImportRefused, match="Nothing was imported") as refused:
        loaded.load(roll=ROLL_HEADER + "p1,Al,,Low,,,\np1,Al,,Low,,,\n")
    assert refused.value.errors
    assert loaded.session.get(Pupil, "p1").first_name == "Zoë"
    assert loaded.events == []


def test_only_good_rows_leaves_wrong_ones_without_leave(loaded):
    contents = loaded.read(
        roll=ROLL_HEADER + "p1,Zoë,,,,4H,4\np1,Al,,Low,,,\np2,Ben,,Osei,,4H,4\np3,Chidi,,N,,,\n",
        consents=CONSENT_HEADER + P1_YES + P2_YES.replace("2025-09-04", "soon"),
    )
    report = import_folder(
        loaded.session, contents, only_good_rows=True, confirm_removals=True, **loaded.entry
    )
    assert report.pupils_left == ()
    assert loaded.session.get(Pupil, "p1").last_name == "O'Hare"
    assert report.lost_answer == ("p1", "p2")
    assert [website(loaded, who) for who in ("p1", "p2", "p3")] == ["unknown", "unknown", "no"]
    assert len(report.skipped) == 2


def test_only_good_rows_never_skips_a_whole_file(loaded):
    contents = loaded.read(consents="pupil_id,use\np1,website\n")
    with pytest.raises(ImportRefused, match="cannot be used"):
        import_folder(loaded.session, contents, only_good_rows=True, **loaded.entry)


def test_changed_leaving_and_returning_children(loaded):
    roll = ROLL_HEADER + "p1,Zoë,,Hare-Lane,,5H,5\np3,Chidi,,Nwosu,,5K,5\n"
    less = {
        "consents": CONSENT_HEADER + P1_YES,
        "biometric": "pupil_id,given_by,given_on,child_refused,withdrawn_on\n"
        "p1,mother,2025-09-03,no,\ns1,herself,2025-09-01,,\n",
    }
    report = loaded.load(roll=roll, confirm=True, **less)
    assert (report.pupils_changed, report.pupils_left) == (("p1",), ("p2",))
    assert report.lost_answer == ("p1", "p2")  # p1's individual portrait is gone too
    assert loaded.session.get(Pupil, "p1").last_name == "Hare-Lane"
    assert loaded.session.get(Pupil, "p2").left_on == loaded.now.date()
    assert website(loaded, "p2") is Answer.UNKNOWN
    loaded.now += timedelta(days=30)
    back = loaded.load()
    assert (back.pupils_returned, back.gained_answer) == (("p2",), ("p1", "p2"))
    assert website(loaded, "p2") is Answer.YES


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (
            {"roll": ROLL_HEADER + "p4,Al,,Low,,,\n", "consents": None, "biometric": None},
            "children",
        ),
        ({"consents": None}, "3 of 3 consents"),
        ({"biometric": None}, "biometric consents"),
        ({"staff": None, "biometric": None}, "members of staff"),
    ],
)
def test_a_mass_removal_must_be_confirmed(loaded, files, what):
    with pytest.raises(TooManyRemovals, match=what):
        loaded.load(**files)
    assert loaded.events == []
    loaded.load(confirm=True, **files)
    assert len(loaded.events) == 1


def test_half_of_the_roll_may_leave(loaded):
    report = loaded.load(
        roll=ROLL_HEADER + "p1,Zoë,Anna,O'Hare,,4H,4\np2,Benjamin,,Osei,Ben,4H,4\n",
        consents=CONSENT_HEADER + P1_YES + P2_YES,
    )
    assert report.pupils_left == ("p3",)


def test_an_id_is_never_a_childs_and_a_teachers(loaded):
    with pytest.raises(ImportRefused, match="p3"):
        loaded.load(
            confirm=True,
            roll=ROLL_HEADER + "p1,Zoë,,Hare,,,\np2,Ben,,Osei,,,\n",
            consents=None,
            staff="staff_id,title,first_name,last_name\np3,Mr,,Nwosu\n",
            biometric=None,
        )


def test_an_old_spreadsheet_does_not_undo_a_withdrawal(loaded):
    withdraw(
        loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=loaded.now.date(), **loaded.entry
    )
    report = loaded.load()
    assert report.kept_refusals == (
        ("p1", Use.WEBSITE, Scope.GROUP),
        ("p1", Use.WEBSITE, Scope.INDIVIDUAL),
    )
    assert website(loaded) is Answer.NO


def test_nor_by_way_of_a_folder_without_the_row(loaded):
    withdraw(
        loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=loaded.now.date(), **loaded.entry
    )
    loaded.load(consents=CONSENT_HEADER + P2_YES)
    assert website(loaded) is Answer.NO
    loaded.load()
    assert website(loaded) is Answer.NO


def test_nor_after_a_newer_consent_was_dropped(loaded):
    today = loaded.now.date()
    withdraw(loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=today, **loaded.entry)
    loaded.now += timedelta(days=10)
    newer = P1_YES.replace("2025-09-03", str(today + timedelta(days=1)))
    assert loaded.load(consents=CONSENT_HEADER + newer + P2_YES).gained_answer == ("p1",)
    loaded.load(consents=CONSENT_HEADER + P2_YES)
    assert website(loaded) is Answer.UNKNOWN
    loaded.load()
    assert website(loaded) is Answer.UNKNOWN


def test_a_yes_set_by_hand_overrides_the_refusal_for_the_folder_too(loaded):
    today = loaded.now.date()
    withdraw(loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=today, **loaded.entry)
    set_consent(
        loaded.session, "p1", Use.WEBSITE, Scope.GROUP, Decision.YES,
        given_by="mother", given_on=today, **loaded.entry,
    )  # fmt: skip
    loaded.load()
    assert website(loaded) is Answer.YES


def test_an_old_spreadsheet_does_not_undo_a_biometric_withdrawal(loaded):
    withdraw_biometric(
        loaded.session, "p1", given_by="mother", on=loaded.now.date(), **loaded.entry
    )
    assert loaded.load().kept_biometric_refusals == ("p1",)


def test_the_folder_can_take_leave_away(loaded):
    report = loaded.load(consents=CONSENT_HEADER + "p1,website,group,no,,,,\n" + P2_YES)
    assert report.lost_answer == ("p1",)
    assert website(loaded) is Answer.NO


ROLL_ALONE = Covers(consents=frozenset(), staff=False, biometric=False)
WEBSITE_ALONE = Covers(frozenset({(Use.WEBSITE, Scope.GROUP)}), staff=False, biometric=False)


def export(loaded, covers=ROLL_ALONE, consents=()) -> FolderContents:
    """What an export of the same roll holds."""
    return FolderContents(roll=loaded.read().roll, consents=tuple(consents), covers=covers)


def undated(pupil_id: str, decision: Decision) -> ConsentRow:
    return ConsentRow(pupil_id, Use.WEBSITE, Scope.GROUP, decision, "the family")


def test_a_roll_without_consents_touches_neither_consents_nor_staff(loaded):
    before = contents_of(loaded.session)
    report = import_folder(loaded.session, export(loaded), **loaded.entry)
    assert {name: value for name, value in vars(report).items() if value} == {}
    assert contents_of(loaded.session) == before


_NAMES = ("first_name", "last_name")
_IN_USE = ("preferred_name",)


@pytest.mark.parametrize(
    ("covered", "row", "expected"),
    [
        ((), ("Zo", "", "Hare", "Z", "6", "6"), ("Zoë", "Anna", "O'Hare", "", "4H", "4")),
        (_NAMES, ("Zo", "", "Hare", "", "", ""), ("Zo", "Anna", "Hare", "", "4H", "4")),
        (("class_name",), ("", "", "", "", "", "5"), ("Zoë", "Anna", "O'Hare", "", "", "4")),
        (("middle_names",), ("", "", "", "", "", ""), ("Zoë", "", "O'Hare", "", "4H", "4")),
        # a surname that is not in use joins the middle names that are on record
        (_NAMES, ("Zoë", "O'Hare", "Li", "", "", ""), ("Zoë", "Anna O'Hare", "Li", "", "4H", "4")),
        # a column with nothing but the first name in use
        (_IN_USE, ("Zo", "", "", "Zo", "", ""), ("Zoë", "Anna", "O'Hare", "Zo", "4H", "4")),
        (_IN_USE, ("Zoë", "", "", "Zoë", "", ""), ("Zoë", "Anna", "O'Hare", "", "4H", "4")),
    ],
)  # fmt: skip
def test_of_a_child_what_has_no_column_stays(loaded, covered, row, expected):
    """A middle name or nickname that goes missing would no longer be found in captions (P02)."""
    contents = loaded.read()
    roll = (RollRow("p1", *row), *contents.roll[1:])
    covers = replace(ROLL_ALONE, roll=frozenset(covered))
    export = FolderContents(roll=roll, covers=covers)
    import_folder(loaded.session, export, **loaded.entry)
    assert astuple(roll_row(loaded.session.get(Pupil, "p1")))[1:] == expected


def test_who_left_by_such_a_roll_is_permitted_nothing(loaded):
    contents = export(loaded)
    contents = replace(contents, roll=tuple(row for row in contents.roll if row.pupil_id != "p1"))
    report = import_folder(loaded.session, contents, **loaded.entry)
    assert (report.pupils_left, report.lost_answer) == (("p1",), ("p1",))
    assert website(loaded) is Answer.UNKNOWN


def test_only_the_uses_that_it_has_columns_for_are_touched(loaded):
    contents = export(loaded, WEBSITE_ALONE, [undated("p2", Decision.YES)])
    report = import_folder(loaded.session, contents, confirm_removals=True, **loaded.entry)
    assert report.lost_answer == ("p1",)
    assert website(loaded) is Answer.UNKNOWN
    assert website(loaded, "p1", Scope.INDIVIDUAL) is Answer.YES  # no column speaks of it


def test_an_undated_yes_is_the_one_on_record(loaded):
    rows = [undated("p1", Decision.YES), undated("p2", Decision.YES)]
    report = import_folder(loaded.session, export(loaded, WEBSITE_ALONE, rows), **loaded.entry)
    assert report.consents_recorded == 0


def test_an_undated_yes_renews_nothing_that_ran_out(loaded):
    loaded.now += timedelta(days=200)
    covers = Covers(frozenset({(Use.WEBSITE, Scope.INDIVIDUAL)}), staff=False, biometric=False)
    row = replace(undated("p1", Decision.YES), scope=Scope.INDIVIDUAL)
    import_folder(loaded.session, export(loaded, covers, [row]), **loaded.entry)
    assert website(loaded, "p1", Scope.INDIVIDUAL) is Answer.UNKNOWN


def test_an_undated_yes_never_undoes_a_refusal(loaded):
    rows = [undated(who, Decision.YES) for who in ("p1", "p2", "p3")]
    report = import_folder(loaded.session, export(loaded, WEBSITE_ALONE, rows), **loaded.entry)
    assert report.kept_refusals == (("p3", Use.WEBSITE, Scope.GROUP),)
    assert website(loaded, "p3") is Answer.NO


def test_an_undated_yes_of_a_family_that_never_answered_counts_from_today(loaded):
    roll = (*export(loaded).roll, RollRow("p4", "Al", "", "Low", "", "5K", "5"))
    rows = [undated(who, Decision.YES) for who in ("p1", "p2", "p4")]
    contents = replace(export(loaded, WEBSITE_ALONE, rows), roll=roll)
    import_folder(loaded.session, contents, **loaded.entry)
    assert website(loaded, "p4") is Answer.YES
    again = import_folder(loaded.session, contents, **loaded.entry)
    assert again.consents_recorded == 0


def test_an_undated_no_takes_leave_away_once(loaded):
    rows = [undated("p1", Decision.YES), undated("p2", Decision.NO), undated("p3", Decision.NO)]
    contents = export(loaded, WEBSITE_ALONE, rows)
    assert import_folder(loaded.session, contents, **loaded.entry).lost_answer == ("p2",)
    assert import_folder(loaded.session, contents, **loaded.entry).consents_recorded == 0


def test_each_import_says_when_the_roll_was_fresh(loaded):
    loaded.now += timedelta(days=1)
    loaded.load()
    found = loaded.session.exec(select(RollImport)).all()
    assert [(row.at.date(), row.by, row.pupils) for row in found] == [
        (date(2026, 3, 10), "office", 3),
        (date(2026, 3, 11), "office", 3),
    ]


def test_five_thousand_pupils(school):
    """No query per row."""
    pupils = [f"p{number},Given{number},,Family{number},,{number % 30},4" for number in range(5000)]
    consents = [
        f"p{number},{use},{scope},yes,parent,2025-09-03,,"
        for number in range(5000)
        for use in Use
        for scope in Scope
    ]
    files = {
        "roll": ROLL_HEADER + "\n".join(pupils),
        "consents": CONSENT_HEADER + "\n".join(consents),
        "biometric": None,
    }
    statements: list[str] = []
    engine = school.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    report = school.load(**files)
    assert len(report.pupils_added) == 5000
    assert report.consents_recorded == 40_000
    assert len(statements) < 60


@pytest.mark.parametrize(
    ("row", "same"),
    [
        (("Zoë", "", "O'Hare", "", "4H", "4"), True),
        (("ZOE", "", "Mensah", "", "4H", "4"), True),
        (("Anna", "", "Mensah", "", "4H", "4"), True),
        (("Bo", "", "Oharé", "", "4H", "4"), True),
        (("Hare", "", "Li", "", "4H", "4"), True),
        (("Bo", "", "Li", "Zoe", "4H", "4"), True),
        (("Bo", "", "Li", "", "4H", "4"), False),
        (("Benjamin", "", "Osei", "Ben", "4H", "4"), False),
        (("Zo", "", "Har", "", "4H", "4"), False),
    ],
)
def test_another_childs_number_is_a_mistake(loaded, row, same):
    """Nobody inherits what was said for another child (P01)."""
    roll = (RollRow("p1", *row), *loaded.read().roll[1:])
    export = FolderContents(roll=roll, covers=ROLL_ALONE)
    if same:
        import_folder(loaded.session, export, **loaded.entry)
        assert loaded.session.get(Pupil, "p1").last_name == row[2]
        return
    with pytest.raises(ImportRefused) as refused:
        import_folder(loaded.session, export, **loaded.entry)
    (error,) = refused.value.errors
    assert "The number p1: It belongs here to a child of quite another name" in str(error)
    report = import_folder(loaded.session, export, only_good_rows=True, **loaded.entry)
    assert report.skipped == (error,)
    assert (report.pupils_changed, report.pupils_left) == ((), ())
    assert loaded.session.get(Pupil, "p1").first_name == "Zoë"


def test_nor_does_a_new_child_get_the_number_of_one_who_left(loaded):
    loaded.load(
        roll=ROLL_HEADER + "p1,Zoë,,O'Hare,,,\np2,Benjamin,,Osei,,,\n",
        consents=CONSENT_HEADER + P1_YES + P2_YES,
    )
    with pytest.raises(ImportRefused, match="rows are wrong"):
        import_folder(
            loaded.session,
            FolderContents(
                roll=(*loaded.read().roll[:2], RollRow("p3", "Bo", "", "Li", "", "", "")),
                covers=ROLL_ALONE,
            ),
            **loaded.entry,
        )


def test_a_folder_with_another_childs_number_permits_nothing_by_it(loaded):
    files = {
        "roll": ROLL_HEADER + "p1,Bo,,Li,,,\np2,Benjamin,,Osei,,,\np3,Chidi,,Nwosu,,,\n",
        "consents": CONSENT_HEADER + P1_YES + P2_YES,
    }
    with pytest.raises(ImportRefused):
        loaded.load(**files)
    contents = loaded.read(**files)
    report = import_folder(
        loaded.session, contents, only_good_rows=True, confirm_removals=True, **loaded.entry
    )
    assert [error.file for error in report.skipped] == ["The number p1"]
    assert website(loaded, "p1") is Answer.UNKNOWN
    assert website(loaded, "p2") is Answer.YES
