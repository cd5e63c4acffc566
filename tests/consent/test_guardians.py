from datetime import date

import pytest
from sqlalchemy import event
from sqlmodel import select

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.folder import read_folder, write_folder
from gatekeeper_consent.models import Guardianship
from gatekeeper_consent.ports import NotTheirGuardian, UnknownForm, UnknownPerson
from gatekeeper_consent.records import newest_biometric, newest_consents
from gatekeeper_consent.register import (
    add_guardian,
    answer,
    change_guardian,
    contents_of,
    end_say,
    give_biometric,
    give_say,
    guardians_of,
    import_folder,
    pupils_of_guardian,
    set_child_refusal,
    set_consent,
    withdraw,
    withdraw_biometric,
)
from gatekeeper_consent.roll import leave


@pytest.fixture
def family(loaded):
    """p1 with two guardians, `mother` and `father`; nobody has said anything for display."""
    for name in ("mother", "father"):
        guardian = add_guardian(
            loaded.session, f"{name} O'Hare", f"{name}@home.test", **loaded.entry
        )
        give_say(loaded.session, guardian.id, "p1", name, **loaded.entry)
        setattr(loaded, name, guardian.id)
    loaded.events.clear()
    return loaded


def say(school, decision, who=None, use=Use.DISPLAY, pupil_id="p1", **more):
    keywords = {"given_by": who or "form", "given_on": school.now.date(), **school.entry, **more}
    return set_consent(
        school.session, pupil_id, use, Scope.GROUP, decision, guardian_id=who, **keywords
    )


def now_says(school, use=Use.DISPLAY):
    return answer(school.session, "p1", use, Scope.GROUP, school.now.date())


def test_two_parents_who_disagree(family):
    assert say(family, Decision.YES, family.mother).after is Answer.YES
    assert say(family, Decision.NO, family.father).lost
    assert say(family, Decision.YES, family.mother).after is Answer.NO
    assert say(family, Decision.YES).after is Answer.NO
    assert say(family, Decision.YES, family.father).after is Answer.YES


def test_only_a_guardian_of_the_child_answers_as_one(family):
    with pytest.raises(NotTheirGuardian):
        say(family, Decision.YES, family.mother, pupil_id="p2")
    with pytest.raises(NotTheirGuardian):
        withdraw(
            family.session, "p2", "all", given_by="x", on=family.now.date(),
            guardian_id=family.mother, **family.entry,
        )  # fmt: skip
    with pytest.raises(UnknownForm):
        say(family, Decision.YES, family.mother, form_id="f0")
    end_say(family.session, family.mother, "p1", **family.entry)
    with pytest.raises(NotTheirGuardian):
        say(family, Decision.NO, family.mother)


def test_a_guardian_withdraws_for_themselves(family):
    say(family, Decision.YES, family.mother)
    keywords = {"given_by": "them", "on": family.now.date(), **family.entry}
    for who, lost in ((family.father, True), (family.mother, False)):
        changes = withdraw(family.session, "p1", [Use.DISPLAY], guardian_id=who, **keywords)
        # the second no is recorded too, so that it stands when the first goes
        assert [each.scope for each in changes] == list(Scope)
        assert changes[0].lost is lost
    again = withdraw(family.session, "p1", [Use.DISPLAY], guardian_id=family.mother, **keywords)
    assert again == []
    assert say(family, Decision.YES, family.father).after is Answer.NO


def test_the_end_of_a_say_takes_away_what_rested_on_it(family):
    say(family, Decision.YES, family.mother)
    say(family, Decision.YES, family.mother, Use.PARENTS)
    say(family, Decision.YES, family.father, Use.PARENTS)
    ended = end_say(family.session, family.mother, "p1", **family.entry)
    assert (ended.lost, ended.gained, ended.purged) == (((Use.DISPLAY, Scope.GROUP),), (), False)
    assert now_says(family) is Answer.UNKNOWN
    assert now_says(family, Use.PARENTS) is Answer.YES
    of_mother = select(Guardianship).where(Guardianship.guardian_id == family.mother)
    row = family.session.exec(of_mother).one()
    assert (row.ended_at, row.ended_by) == (family.now, "office")
    assert family.events[-1] == ("guardian.unlinked", "p1", {"guardian": family.mother})
    with pytest.raises(NotTheirGuardian):
        end_say(family.session, family.mother, "p1", **family.entry)


def test_who_is_whose(family):
    give_say(family.session, family.mother, "p2", "aunt", **family.entry)
    give_say(family.session, family.mother, "p2", "again", **family.entry)
    give_say(family.session, family.mother, "p3", "mother", **family.entry)
    leave(family.session, "p3", family.now.date(), today=family.now.date(), record=family.record)
    children = pupils_of_guardian(family.session, family.mother)
    assert [child.pupil_id for child in children] == ["p1", "p2"]
    end_say(family.session, family.mother, "p1", **family.entry)
    found = guardians_of(family.session, "p1")
    assert [(who.id, say.relation) for who, say in found] == [(family.father, "father")]
    assert len(guardians_of(family.session, "p1", ended=True)) == 2
    again = give_say(family.session, family.mother, "p1", "mother", **family.entry)
    assert again.ended_at is None
    assert [who.id for who, _ in guardians_of(family.session, "p1")] == [
        family.father,
        family.mother,
    ]


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("", ""),
        (" Aoife@Home.Test ", "aoife@home.test"),
        ("a.b+c@mail.example.org", "a.b+c@mail.example.org"),
        ("aoife", None),
        ("aoife@home", None),
        ("a b@home.test", None),
        ("a@home.test, b@home.test", None),
        ("a@@home.test", None),
        ("<a@home.test>", None),
        (f"{'a' * 250}@home.test", None),
    ],
)
def test_an_address_is_one_or_is_not_kept(school, email, kept):
    if kept is None:
        with pytest.raises(ValueError, match="e-mail"):
            add_guardian(school.session, "Aoife", email, **school.entry)
        assert school.events == []
    else:
        guardian = add_guardian(school.session, " Aoife  O'Hare ", email, **school.entry)
        assert (guardian.name, guardian.email, guardian.id[0]) == ("Aoife O'Hare", kept, "g")


def test_changing_a_guardian(family):
    changed = change_guardian(
        family.session, family.mother, "Aoife Byrne", "", record=family.record
    )
    assert (changed.name, changed.email) == ("Aoife Byrne", "")
    assert family.events == [("guardian.changed", family.mother, {})]
    with pytest.raises(UnknownPerson):
        change_guardian(family.session, "g0", "X", "", record=family.record)
    with pytest.raises(ValueError, match="name"):
        change_guardian(family.session, family.mother, " ", "", record=family.record)


def test_nobody_has_a_say_about_strangers(family):
    for guardian, pupil in (("g0", "p1"), (family.mother, "p9")):
        with pytest.raises(UnknownPerson):
            give_say(family.session, guardian, pupil, **family.entry)


def test_any_guardian_may_refuse_for_the_face_and_so_may_the_child(family):
    def face():
        return newest_biometric(family.session, ["p1"])["p1"]

    keywords = {"given_by": "them", **family.entry}
    today = family.now.date()
    assert face().stands
    withdraw_biometric(family.session, "p1", on=today, guardian_id=family.father, **keywords)
    give_biometric(family.session, "p1", given_on=today, guardian_id=family.mother, **keywords)
    give_biometric(family.session, "p1", given_on=today, **keywords)
    assert face().refuses
    give_biometric(family.session, "p1", given_on=today, guardian_id=family.father, **keywords)
    assert face().stands
    set_child_refusal(family.session, "p1", True, **family.entry)
    give_biometric(family.session, "p1", given_on=today, guardian_id=family.mother, **keywords)
    assert face().child_refused
    assert not face().stands
    set_child_refusal(family.session, "p1", False, **family.entry)
    assert face().stands


def test_the_childs_refusal_stands_before_an_only_guardian(loaded):
    guardian = add_guardian(loaded.session, "Mother", **loaded.entry)
    give_say(loaded.session, guardian.id, "p1", **loaded.entry)
    set_child_refusal(loaded.session, "p1", True, **loaded.entry)
    give_biometric(
        loaded.session, "p1", given_by="m", given_on=loaded.now.date(), guardian_id=guardian.id,
        **loaded.entry,
    )  # fmt: skip
    assert not newest_biometric(loaded.session)["p1"].stands


class TestImport:
    def test_the_export_of_what_guardians_said_changes_nothing(self, family, tmp_path):
        say(family, Decision.YES, family.mother)
        say(family, Decision.NO, family.father, Use.PARENTS)
        before = newest_consents(family.session)
        write_folder(tmp_path / "out", contents_of(family.session))
        contents = read_folder(tmp_path / "out", today=family.now.date())
        report = import_folder(family.session, contents, **family.entry)
        assert (report.consents_recorded, report.biometric_recorded) == (0, 0)
        assert newest_consents(family.session) == before

    @pytest.mark.parametrize("form", [False, True])
    def test_a_guardians_own_yes_stays_without_being_in_the_folder(self, family, form):
        """Only who said it takes it back; what the family's form said goes all the same."""
        say(family, Decision.YES, family.mother)
        if form:
            say(family, Decision.YES, None)
        for recorded in (int(form), 0):
            report = family.load(confirm=True)
            assert report.consents_recorded == recorded
            assert (report.lost_answer, report.pupils_left) == ((), ())
            assert [key[0] for key in report.kept_answers] == ["p1"]
            assert now_says(family) is Answer.YES
        no = "pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on\n"
        family.load(confirm=True, consents=f"{no}p1,display,group,no,father,2026-03-01,,\n")
        assert now_says(family) is Answer.NO

    def test_once_the_say_has_ended_it_goes(self, family):
        say(family, Decision.YES, family.mother)
        end_say(family.session, family.mother, "p1", **family.entry)
        assert family.load(confirm=True).kept_answers == ()
        assert now_says(family) is Answer.UNKNOWN

    def test_no_spreadsheet_undoes_what_a_guardian_refuses(self, family):
        family.load()
        withdraw(
            family.session, "p1", [Use.WEBSITE], given_by="f", on=date(2025, 9, 1),
            guardian_id=family.father, **family.entry,
        )  # fmt: skip
        for _ in range(2):
            report = family.load()
            assert [key[1:] for key in report.kept_refusals] == [
                (Use.WEBSITE, Scope.GROUP),
                (Use.WEBSITE, Scope.INDIVIDUAL),
            ]
            assert report.consents_recorded == 0
        assert now_says(family, Use.WEBSITE) is Answer.NO

    def test_the_face_likewise(self, family):
        withdraw_biometric(
            family.session, "p1", given_by="f", on=date(2025, 9, 1), guardian_id=family.father,
            **family.entry,
        )  # fmt: skip
        report = family.load()
        assert report.kept_biometric_refusals == ("p1",)
        assert not newest_biometric(family.session)["p1"].stands
        give_biometric(
            family.session, "p1", given_by="f", given_on=date(2026, 1, 2),
            guardian_id=family.father, **family.entry,
        )  # fmt: skip
        assert newest_biometric(family.session)["p1"].stands
        gone = "pupil_id,given_by,given_on,child_refused,withdrawn_on\n"
        for recorded in (2, 0):  # the family's, and that of a member of staff
            assert family.load(confirm=True, biometric=gone).biometric_recorded == recorded
            assert newest_biometric(family.session)["p1"].stands


def test_the_number_of_queries_does_not_grow_with_the_pupils(family):
    statements = []
    family.session.commit()
    engine = family.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    newest_consents(family.session)
    newest_biometric(family.session)
    assert len(statements) == 4
