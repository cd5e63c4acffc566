"""The governors' report: hand-counted cases, no child in it, one page, in both formats."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fpdf import FPDF
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlmodel import delete, select

from gatekeeper.report.charts import Words
from gatekeeper.report.figures import (
    IncidentCount,
    Objections,
    Roll,
    RuleCount,
    SafeguardChange,
    TakeDowns,
    Times,
    figures_for,
    times_of,
)
from gatekeeper.report.files import report_file, report_page
from gatekeeper.report.page import page_of
from gatekeeper.report.paper import pdf_of, written
from gatekeeper.report.words import lasting, percent
from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.models import Consent, Pupil, RollImport
from gatekeeper_detectors.findings import Action, Finding, Outcome
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import AuditEvent, Judgement, Submission, User
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import (
    AccessReview,
    ChangeRequest,
    Incident,
    Objection,
    SampleCheck,
    TrainingRecord,
    Withdrawal,
)
from gatekeeper_queue.sampling import Group, MissRate
from gatekeeper_queue.terms import Span, term_of

AUTUMN = term_of(date(2025, 11, 24))
DAY = timedelta(days=1)


def finding(rule, action, photo=None):
    return Finding(rule, action, "Poppy Wainscott may not be shown.", "Ask.", ("P01",), photo)


REJECT, FLAG, NOTE = (
    finding("unconsented-face", Action.REJECT, 0),
    finding("whereabouts", Action.FLAG),
    finding("identifiable-face", Action.NOTE, 0),
)


@pytest.fixture
def filled(town):
    """Four submissions of this term and one of the last, and what came of them."""
    now = town.time.now
    town.submission("clear", "approved", findings=[NOTE], author="teacher")
    town.submission("flagged", "returned", findings=[FLAG, NOTE])
    town.submission("rejected", "rejected", findings=[REJECT, FLAG])
    town.submission("twice", "approved", channels=("website", "twitter"))
    town.submission("old", "approved", findings=[NOTE])
    with town.school.database.write() as session:
        old = session.get_one(Submission, "old")
        old.created_at = now - 200 * DAY
        for judged in session.exec(select(Judgement).where(Judgement.submission_id == "old")):
            judged.at = now - 200 * DAY
    # A later check of the same version says something else; the first one counts as the first.
    town.judge(town.get(Submission, "clear"), [NOTE, FLAG])
    town.post("p-clear", "clear", "live", live_at=now - DAY)
    town.post(
        "p-twice", "twice", "removed", live_at=now - 2 * DAY, removal_reason="x",
        removal_asked_at=now - DAY, removed_at=now - DAY + timedelta(minutes=10),
    )  # fmt: skip
    town.post(
        "p-twice-x", "twice", "removing", channel="twitter", live_at=now - 2 * DAY,
        removal_reason="x", removal_asked_at=now - DAY,
    )  # fmt: skip
    town.post("p-old", "old", "live", live_at=now - 150 * DAY)
    town.post("p-cancelled", "clear", "cancelled", channel="x", removal_asked_at=now)
    return town


def decide(town, submission_id, state, after, by="head"):
    """As `change_state` records it, at a moment of our choice."""
    with town.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        before, town.time.now = town.time.now, row.created_at + after
        town.school.audit.append(session, by, f"submission.{state}", submission_id, {})
        town.time.now = before


def figures(town, span=AUTUMN):
    with town.school.database.read() as session:
        return figures_for(town.school, session, span)


def test_submissions_and_what_the_checks_said_first(filled):
    found = figures(filled)
    assert found.submissions == 4
    assert found.verdicts == {Outcome.CLEAR: 2, Outcome.FLAGGED: 1, Outcome.REJECTED: 1}
    by_title = {rule.title: (rule.rejected, rule.flagged) for rule in found.rules}
    assert sorted(by_title.values()) == [(0, 3), (1, 0)]  # notes alone are not counted
    assert [rule.total for rule in found.rules] == [3, 1]


def test_published_posts_and_the_share_with_an_identifiable_face(filled):
    found = figures(filled)
    assert (found.published, found.identifiable) == (3, 1)
    assert found.identifiable_share == pytest.approx(1 / 3)
    assert figures(filled, Span(date(2020, 1, 1), date(2020, 1, 2))).identifiable_share is None


def test_take_downs_and_how_long_they_took(filled):
    ten = timedelta(minutes=10)
    assert figures(filled).take_downs == TakeDowns(2, 1, Times(1, ten, ten, ten))


def test_the_first_decision_counts(filled):
    decide(filled, "clear", "approved", timedelta(hours=2))
    decide(filled, "clear", "returned", timedelta(hours=9))
    decide(filled, "flagged", "returned", timedelta(hours=4))
    decide(filled, "rejected", "rejected", timedelta(minutes=1))
    decide(filled, "twice", "checking", timedelta(minutes=1))
    four = timedelta(hours=4)
    assert figures(filled).decided == Times(3, timedelta(hours=2), four, four)


def test_what_a_person_decided_is_told_apart_from_what_the_checks_did(filled):
    minute, four = timedelta(minutes=1), timedelta(hours=4)
    decide(filled, "clear", "approved", minute, by=SYSTEM)
    decide(filled, "clear", "returned", timedelta(hours=9))  # the first decision was another
    decide(filled, "flagged", "returned", four)
    decide(filled, "rejected", "rejected", minute, by=SYSTEM)
    found = figures(filled)
    assert (found.decided.count, found.decided.middle) == (3, minute)
    assert found.decided_by_people == Times(1, four, four, four)
    assert "where a person decides, 4 h" in filled.client("governor").get("/reports").text


def test_ninety_is_a_time_that_was_measured():
    minutes = [timedelta(minutes=n) for n in range(1, 11)]
    assert times_of(minutes) == Times(10, timedelta(minutes=5.5), minutes[8], minutes[9])
    assert times_of([]) == Times()


def consent(pupil, expires_on, decision=Decision.YES, use=Use.WEBSITE, **more):
    return Consent(
        pupil_id=pupil, use=use, scope=Scope.GROUP, decision=decision,
        given_on=date(2024, 9, 1), expires_on=expires_on, recorded_by="office",
        **{"recorded_at": datetime(2025, 9, 1, tzinfo=UTC), "given_by": "mother", **more},
    )  # fmt: skip


def test_consents_that_ran_out(town):
    today = town.school.today()
    town.add(
        consent("p1", today - DAY),
        consent("p1", today, use=Use.TWITTER),
        consent("p2", today + DAY),  # not yet
        consent("p3", date(2025, 8, 31)),  # in the holidays
        consent("p3", date(2025, 10, 1), use=Use.PARENTS),
        consent("p3", date(2026, 10, 1), use=Use.PARENTS),  # given anew
    )
    found = figures(town)
    assert (found.expired_consents, found.expired_children) == (2, 1)


def test_withdrawals_count_children_and_not_records(town):
    with town.school.database.write() as session:
        for who in ("p1", "p1", "p2"):
            town.school.audit.append(session, "office", "consent.withdrawn", who, {})
    assert figures(town).withdrawn_children == 2


def test_a_no_where_there_was_a_yes_counts_as_a_withdrawal(town):
    """Told like any other answer, it leaves a withdrawal and no event of that name."""
    now = town.time.now

    def withdrawal(pupil_id, at):
        return Withdrawal(
            pupil_id=pupil_id, by="parent", at=at, uses=["website"], posts=[], unclear=[]
        )

    town.add(withdrawal("p1", now), withdrawal("p2", now), withdrawal("p3", now - 200 * DAY))
    with town.school.database.write() as session:
        town.school.audit.append(session, "parent", "consent.withdrawn", "p2", {})
    assert figures(town).withdrawn_children == 2


def says(town):
    """The report's words on training and roll."""
    blocks = report_page(town.school, town.settings, AUTUMN).blocks
    return next(block.lines for block in blocks if block.heading.startswith("Training"))


def test_trained_are_those_whose_training_and_signature_count_today(town):
    """Counted again here from the tables, by the rule as the policy words it (P13)."""
    year = timedelta(days=365)

    def record(who, kind, on, version=""):
        return TrainingRecord(
            user_id=who, kind=kind, version=version, on=on, recorded_at=town.time.now,
            recorded_by="head",
        )  # fmt: skip

    today, version = town.school.today(), town.school.aup.version
    with town.school.database.write() as session:
        session.exec(delete(TrainingRecord))
    town.add(
        record("teacher", "training", today - year),
        record("teacher", "aup", today, version),
        record("coordinator", "training", today - year - DAY),  # a day too long ago
        record("coordinator", "aup", today, version),
        record("head", "training", today),
        record("head", "aup", today, "another"),  # another version of the policy
        record("office", "training", today),  # posts nothing
        record("office", "aup", today, version),
    )
    with town.school.database.read() as session:
        posts = {Role.TEACHER, Role.COORDINATOR, Role.HEAD}
        authors = [user for user in session.exec(select(User)) if user.role in posts]
    found = figures(town)
    assert (found.trained, found.authors) == (1, len(authors))
    assert f"1 of the {len(authors)} who may post, as of 24 November 2025" in says(town)[0]
    town.time.now += DAY
    assert figures(town).trained == 0


def test_the_roll_and_its_age(town):
    with town.school.database.write() as session:
        children = session.exec(select(Pupil)).all()
        session.add(RollImport(at=town.time.now - 3 * DAY, by="office", pupils=len(children)))
        children[0].left_on = town.school.today()
    assert figures(town).roll == Roll(len(children) - 1, 3, too_old=False)
    assert f"{len(children) - 1} children are on the roll" in says(town)[1]
    assert "brought up to date 3 days ago." in says(town)[1]
    town.time.now += 97 * DAY
    assert not figures(town).roll.too_old  # a hundred days
    town.time.now += DAY
    assert figures(town).roll == Roll(len(children) - 1, 101, too_old=True)
    assert "TOO OLD" in says(town)[1]


@pytest.mark.parametrize(("days", "when"), [(0, "today."), (1, "yesterday."), (2, "2 days ago.")])
def test_the_age_of_the_roll_in_words(town, days, when):
    town.add(RollImport(at=town.time.now - days * DAY, by="office", pupils=1))
    assert says(town)[1].endswith(when)


def test_nothing_in_a_chart_is_cut_off(filled):
    """Measured with a font that runs wider than most."""
    pdf = FPDF()
    pdf.core_fonts_encoding = "cp1252"
    widest = [RuleCount("W" * 90, 9_999, 9_999)] + [
        RuleCount(rule.title, 5_000, 5_000) for rule in ALL_RULES
    ]
    for some in (widest[:8], widest[8:16], widest[16:]):
        page = page_of(replace(figures(filled), rules=some), "School")
        for drawing in (block.chart for block in page.blocks if block.chart):
            for shape in drawing.shapes:
                left, width = shape.x, getattr(shape, "width", 0)
                if isinstance(shape, Words) and "W" not in shape.text:
                    pdf.set_font("helvetica", size=shape.size)
                    width = pdf.get_string_width(written(shape.text)) * pdf.k * 1.15
                assert left >= 0
                assert left + width <= drawing.width


def test_objections_and_their_clock(filled):
    now = filled.time.now

    def objection(**more):
        return Objection(
            submission_id="clear", post_id="p-clear", by="parent", **{"at": now - 40 * DAY, **more}
        )

    filled.add(
        objection(acknowledged_at=now - 35 * DAY),  # in time
        objection(acknowledged_at=now - 5 * DAY, outcome="upheld"),  # late
        objection(),  # late, and still waiting
        objection(at=now - DAY),  # there is time
        objection(decided_at=now - 30 * DAY, outcome="declined"),  # decided at once
        objection(at=now - 200 * DAY),
    )
    assert figures(filled).objections == Objections(5, 2, 2, 1, 1)
    assert figures(filled).objections.open == 3


def test_incidents_and_changes_name_kinds_and_roles(town):
    now = town.time.now
    for kind, closed in (("removal-overdue", None), ("removal-overdue", now), ("by hand", now)):
        town.add(
            Incident(kind=kind, opened_by="head", opened_at=now, evidence=[], closed_at=closed)
        )
    town.add(
        ChangeRequest(
            kind="policy", before={}, after={}, proposed_by="coordinator", proposed_at=now,
            decided_by="head", outcome="confirmed",
        ),
        AccessReview(at=now, signed_by="head", listed=[]),
    )  # fmt: skip
    found = figures(town)
    assert found.incidents == [
        IncidentCount("Opened by a person", 1, 0),
        IncidentCount("A post that must come down can still be seen", 2, 1),
    ]
    assert found.changes == [
        SafeguardChange(
            date(2025, 11, 24), "The rules (policy file)", "coordinator", "head", "confirmed"
        )
    ]
    assert found.access_reviewed_on == date(2025, 11, 24)


def test_the_sample_is_in_it(filled):
    filled.add(SampleCheck(post_id="p-clear", drawn_at=filled.time.now, outcome="missed"))
    assert figures(filled).sample == {
        Group.MACHINE: MissRate(0, 0, 0),
        Group.PERSON: MissRate(1, 1, 1),
    }


@pytest.mark.parametrize(
    ("time", "says"),
    [
        (None, "–"),
        (timedelta(seconds=20), "under a minute"),
        (timedelta(minutes=35), "35 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=4, minutes=3), "2 days 4 h"),
    ],
)
def test_times_in_words(time, says):
    assert lasting(time) == says


def test_shares_in_words():
    assert (percent(None), percent(0.5), percent(0.0123, 1)) == ("–", "50 %", "1.2 %")


@pytest.mark.parametrize(
    ("name", "on_paper"),
    [
        ("St Zoë’s – École", "St Zoë’s – École"),
        ("Ysgol Llŷn", "Ysgol Llyn"),
        ("Łódź", "Lódz"),
        ("€5", "€5"),
    ],
)
def test_paper_has_letters_for_every_school(name, on_paper):
    assert written(name) == on_paper


def pages_of(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_the_pdf_is_one_page_however_much_happened(filled):
    now = filled.time.now
    for number in range(40):
        filled.add(
            Incident(kind=f"kind {number} of an incident that has a long name to be wrapped",
                     opened_by="head", opened_at=now, evidence=[]),
            ChangeRequest(kind="policy", before={}, after={}, proposed_by="head", proposed_at=now),
        )  # fmt: skip
    pdf = report_file(filled.school, filled.settings, AUTUMN, ".pdf")
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 1


names = st.text(st.characters(categories=["Lu", "Ll"]), min_size=5, max_size=12)


@settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(first=names, last=names, pupil_id=st.from_regex(r"[a-z]{3}[0-9]{6}", fullmatch=True))
def test_no_child_is_in_the_report_whatever_they_are_called(filled, first, last, pupil_id):
    """The names are everywhere that a report could read them; none comes out."""
    now = filled.time.now
    before = report_file(filled.school, filled.settings, AUTUMN, ".html").decode()
    assume(not any(told in before for told in (first, last, pupil_id)))  # such as "paren"
    with filled.school.database.write() as session:
        if session.get(Pupil, pupil_id) is None:
            session.add(Pupil(pupil_id=pupil_id, first_name=first, last_name=last))
            session.flush()
        text = f"{first} {last} ({pupil_id})"
        session.add(consent(pupil_id, filled.school.today(), given_by=text))
        session.add(
            ChangeRequest(
                kind="policy", before={"x": text}, after={"y": text}, why=text, subject=pupil_id,
                proposed_by="head", proposed_at=now,
            )
        )  # fmt: skip
        session.add(
            Incident(kind="by hand", subject=pupil_id, opened_by="head", opened_at=now,
                     evidence=[{"x": text}])
        )  # fmt: skip
        session.add(SampleCheck(post_id="p-clear", drawn_at=now, outcome="missed", note=text))
        filled.school.audit.append(session, "office", "consent.withdrawn", pupil_id, {"x": text})
    html = report_file(filled.school, filled.settings, AUTUMN, ".html").decode()
    shown = report_page(filled.school, filled.settings, AUTUMN)
    for told in (first, last, pupil_id, "Wainscott", "Poppy", "music lesson", "photo-clear"):
        assert told not in html
        assert told not in str(shown)


def test_the_front_door_of_governors(filled):
    client = filled.client("governor")
    page = client.get("/reports")
    assert "Autumn term 2025" in page.text
    assert "music lesson" not in page.text
    assert "We have reviewed it today" not in page.text
    assert "Summer term 2025" in client.get("/reports?term=last").text
    own = client.get("/reports?first=2025-11-23&last=2025-11-24").text
    assert "23 November 2025 to 24 November 2025" in own
    for bad in ("first=2025-11-24&last=2025-11-23", "first=x&last=y", "first=2025-11-24"):
        answer = client.get(f"/reports?{bad}")
        assert (answer.status_code, "Choose a first day" in answer.text) == (422, True)
    pdf = client.get("/reports/governors.pdf?first=2025-09-01&last=2025-12-31")
    assert pdf.headers["content-type"] == "application/pdf"
    assert client.get("/reports/governors.docx").status_code == 404


def test_the_head_records_the_yearly_review(filled):
    head = filled.client("head")
    assert "due for its yearly review" in head.get("/reports").text
    assert head.fill_in("/reports/policy-reviewed").status_code == 303
    page = head.get("/reports").text
    assert "The policy was last reviewed: 24 November 2025" in page
    assert "due for its yearly review" not in page
    filled.time.now += 366 * DAY
    assert "due for its yearly review" in filled.client("governor").get("/reports").text
    with filled.school.database.read() as session:
        assert session.exec(select(AuditEvent).where(AuditEvent.kind == "policy.reviewed")).one()


def test_the_pages_policy_permits_what_the_report_needs(filled):
    """No inline style on the page; the file of its own brings its styles along."""
    page = filled.client("head").get("/reports").text
    assert "style=" not in page
    assert "<style" not in page
    html = report_file(filled.school, filled.settings, AUTUMN, ".HTML").decode()
    assert "<style>" in html
    assert not re.search(r'(src|href)="', html)
    with pytest.raises(ValueError, match=r"\.html or \.pdf"):
        report_file(filled.school, filled.settings, AUTUMN, ".doc")


def test_a_school_with_a_name_in_other_letters_gets_its_pdf(filled):
    page = replace(report_page(filled.school, filled.settings, AUTUMN), title="Ysgol Llŷn 学校")
    assert pages_of(pdf_of(page)) == 1
    assert io.BytesIO(pdf_of(page)).read(5) == b"%PDF-"
