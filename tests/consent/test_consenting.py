from datetime import date, timedelta

import pytest

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.records import newest_biometric
from gatekeeper_consent.register import answer, set_consent, withdraw

DAY = timedelta(days=1)
WITHOUT_P3 = (
    "pupil_id,first_name,middle_names,last_name,preferred_name,class,year\n"
    "p1,Zoë,Anna,O'Hare,,4H,4\np2,Benjamin,,Osei,Ben,4H,4\n"
)


def say(school, pupil_id="p1", use=Use.DISPLAY, decision=Decision.YES, **changes):
    keywords = {"given_by": "mother", "given_on": school.now.date(), **school.entry, **changes}
    return set_consent(school.session, pupil_id, use, Scope.GROUP, decision, **keywords)


def test_a_new_answer_is_the_one_that_counts(loaded):
    first = say(loaded)
    assert (first.before, first.after, first.lost) == (Answer.UNKNOWN, Answer.YES, False)
    second = say(loaded, decision=Decision.NO)
    assert (second.before, second.after, second.lost) == (Answer.YES, Answer.NO, True)
    third = say(loaded)
    assert (third.before, third.after) == (Answer.NO, Answer.YES)
    assert loaded.events[0] == (
        "consent.set",
        "p1",
        {"use": "display", "scope": "group", "decision": "yes"},
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"given_by": "  "},
        {"expires_on": date(2026, 3, 10)},
        {"decision": Decision.CLEARED},
    ],
)
def test_half_an_answer_is_refused(loaded, changes):
    with pytest.raises(ValueError, match=r"answer|consent"):
        say(loaded, **changes)
    assert loaded.events == []


def test_nobody_answers_for_strangers_and_leavers(loaded):
    with pytest.raises(UnknownPerson):
        say(loaded, "p9")
    loaded.load(roll=WITHOUT_P3, consents=None, confirm=True)
    with pytest.raises(UnknownPerson):
        say(loaded, "p3")


def test_withdraw_one_use(loaded):
    today = loaded.now.date()
    changes = withdraw(
        loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=today, **loaded.entry
    )
    assert [(each.use, each.scope, each.lost) for each in changes] == [
        (Use.WEBSITE, Scope.GROUP, True),
        (Use.WEBSITE, Scope.INDIVIDUAL, True),
    ]
    assert answer(loaded.session, "p1", Use.WEBSITE, Scope.GROUP, today) is Answer.NO
    assert newest_biometric(loaded.session)["p1"].stands
    again = withdraw(
        loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=today, **loaded.entry
    )
    assert again == []


def test_withdraw_all_includes_the_face(loaded):
    today = loaded.now.date()
    changes = withdraw(loaded.session, "p1", "all", given_by="mother", on=today, **loaded.entry)
    # twitter in a group was a no already
    assert len(changes) == len(Use) * len(Scope) - 1
    assert not newest_biometric(loaded.session)["p1"].stands
    for use in Use:
        for scope in Scope:
            assert answer(loaded.session, "p1", use, scope, today) is Answer.NO


def test_withdrawal_counts_at_once_even_when_dated_ahead(loaded):
    ahead = loaded.now.date() + 30 * DAY
    withdraw(loaded.session, "p1", [Use.WEBSITE], given_by="mother", on=ahead, **loaded.entry)
    today = loaded.now.date()
    assert answer(loaded.session, "p1", Use.WEBSITE, Scope.GROUP, today) is Answer.NO


def test_withdraw_for_nobody(loaded):
    with pytest.raises(UnknownPerson):
        withdraw(loaded.session, "p9", "all", given_by="x", on=loaded.now.date(), **loaded.entry)


def test_events_hold_no_names(loaded):
    withdraw(
        loaded.session, "p1", "all", given_by="Aoife O'Hare", on=loaded.now.date(), **loaded.entry
    )
    assert "Aoife" not in str(loaded.events)
