from datetime import timedelta

import pytest
from sqlalchemy import event

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import (
    answers_for_use,
    consent_snapshot,
    permitted_on,
    protect,
    set_consent,
    withdraw,
)

PEOPLE = ["p1", "p2", "s1", "visitor"]


def snapshot(school, people=PEOPLE, use=Use.WEBSITE, days=0) -> str:
    return consent_snapshot(school.session, people, use, school.now.date() + timedelta(days=days))


def test_answers_of_everybody_in_few_queries(loaded):
    statements = []
    loaded.session.commit()
    engine = loaded.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    answers = answers_for_use(loaded.session, Use.WEBSITE, loaded.now.date())
    assert {who: tuple(each) for who, each in answers.items()} == {
        "p1": (Answer.YES, Answer.YES),
        "p2": (Answer.YES, Answer.UNKNOWN),
        "p3": (Answer.NO, Answer.UNKNOWN),
    }
    assert len(statements) == 4


def test_a_leaver_is_a_yes_for_nothing(loaded):
    loaded.session.get(Pupil, "p1").left_on = loaded.now.date()
    answers = answers_for_use(loaded.session, Use.WEBSITE, loaded.now.date())
    assert set(answers["p1"]) == {Answer.UNKNOWN}


def test_snapshot_is_the_same_for_the_same(loaded):
    assert snapshot(loaded) == snapshot(loaded, [*reversed(PEOPLE), "p1"])
    assert len(snapshot(loaded)) == 64
    loaded.load()
    assert snapshot(loaded) == snapshot(loaded)


def _withdraw(school):
    withdraw(
        school.session, "p2", [Use.WEBSITE], given_by="f", on=school.now.date(), **school.entry
    )


def _individual(school):
    set_consent(
        school.session, "p2", Use.WEBSITE, Scope.INDIVIDUAL, Decision.YES,
        given_by="father", given_on=school.now.date(), **school.entry,
    )  # fmt: skip


def _leave(school):
    school.session.get(Pupil, "p1").left_on = school.now.date()


def _visitor_joins(school):
    school.session.add(Pupil(pupil_id="visitor", first_name="Al", last_name="Low"))


@pytest.mark.parametrize("change", [_withdraw, _individual, _leave, _visitor_joins])
def test_snapshot_changes_with_every_ground(loaded, change):
    before, other = snapshot(loaded), snapshot(loaded, ["p3"])
    change(loaded)
    assert snapshot(loaded) != before
    assert snapshot(loaded, ["p3"]) == other


def test_snapshot_changes_when_a_consent_expires(loaded):
    expires_in = 174  # 2026-08-31
    assert snapshot(loaded, days=expires_in - 1) == snapshot(loaded)
    assert snapshot(loaded, days=expires_in) != snapshot(loaded)


def test_snapshot_depends_on_the_people_and_the_use(loaded):
    assert snapshot(loaded, ["p1"]) != snapshot(loaded, ["p1", "p2"])
    assert snapshot(loaded, ["p2"], Use.TWITTER) != snapshot(loaded, ["p2"], Use.PARENTS)


def test_all_that_is_permitted_is_what_each_answer_says(loaded):
    protect(loaded.session, "p2", "court order", **loaded.entry)
    today = loaded.now.date()
    expected = {
        (who, use, scope)
        for use in Use
        for who, both in answers_for_use(loaded.session, use, today).items()
        for scope, said in ((Scope.GROUP, both.group), (Scope.INDIVIDUAL, both.individual))
        if said is Answer.YES
    }
    assert permitted_on(loaded.session, today) == expected
    assert {who for who, _, _ in expected} == {"p1"}
