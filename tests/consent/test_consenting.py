from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.models import Guardian
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.records import newest_biometric, newest_consents
from gatekeeper_consent.register import (
    NotNewest,
    answer,
    give_say,
    history,
    set_consent,
    undo,
    withdraw,
)

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


def newest_id(school, pupil_id="p1"):
    return history(school.session, pupil_id)[0].id


def test_a_mistake_is_undone_by_a_new_record(loaded):
    before = newest_consents(loaded.session)
    length = len(history(loaded.session, "p1"))
    say(loaded, use=Use.WEBSITE, decision=Decision.NO)
    mistake = newest_id(loaded)
    change = undo(loaded.session, mistake, **loaded.entry)
    assert (change.before, change.after) == (Answer.NO, Answer.YES)
    assert newest_consents(loaded.session) == before
    records = history(loaded.session, "p1")
    assert [row.decision for row in records[:2]] == [Decision.YES, Decision.NO]
    assert len(records) == length + 2
    assert loaded.events[-1][0] == "consent.undone"
    # and the undoing itself can be undone
    assert undo(loaded.session, newest_id(loaded), **loaded.entry).after is Answer.NO


def test_a_first_answer_undone_leaves_none(loaded):
    say(loaded)
    assert undo(loaded.session, newest_id(loaded), **loaded.entry).after is Answer.UNKNOWN
    assert history(loaded.session, "p1")[0].decision is Decision.CLEARED


def test_only_the_newest_record_can_be_undone(loaded):
    say(loaded)
    older = newest_id(loaded)
    say(loaded, decision=Decision.NO)
    with pytest.raises(NotNewest):
        undo(loaded.session, older, **loaded.entry)
    with pytest.raises(LookupError):
        undo(loaded.session, 10_000, **loaded.entry)


@given(
    spoken=st.lists(
        st.tuples(
            st.sampled_from([None, "g1", "g2"]), st.sampled_from([Decision.YES, Decision.NO])
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undoing_gives_back_what_was(loaded, spoken):
    """Whoever said what before, the answer is again what it was before the mistake."""
    session = loaded.session
    with session.begin_nested() as undone:
        for name in ("g1", "g2"):
            session.add(Guardian(id=name, name=name))
            session.flush()
            give_say(session, name, "p1", **loaded.entry)
        answers = []
        for who, decision in spoken:
            answers.append(answer(session, "p1", Use.DISPLAY, Scope.GROUP, loaded.now.date()))
            say(loaded, decision=decision, guardian_id=who)
        assert undo(session, newest_id(loaded), **loaded.entry).after is answers[-1]
        undone.rollback()
