"""What the report shows, in order: the same for the page and for paper."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.report.charts import Drawing, bars, intervals, share
from gatekeeper.report.figures import Figures, Roll
from gatekeeper.report.words import day, lasting, percent
from gatekeeper_detectors.findings import Outcome
from gatekeeper_queue.sampling import Group

_MOST_RULES = 8
_MOST_CHANGES = 6


@dataclass(frozen=True)
class Tile:
    """One number that stands out."""

    number: str
    what: str
    more: str = ""


@dataclass(frozen=True)
class Block:
    """A heading with a chart, lines, or both."""

    heading: str
    chart: Drawing | None
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    title: str
    days: str
    tiles: tuple[Tile, ...]
    blocks: tuple[Block, ...]
    foot: str


def page_of(figures: Figures, school_name: str) -> Page:
    """The report as blocks of words and charts."""
    return Page(
        title=f"{school_name}: pictures in public",
        days=_days(figures),
        tiles=_tiles(figures),
        blocks=(
            _verdicts(figures),
            _rules(figures),
            _take_downs(figures),
            _sample(figures),
            _consents(figures),
            _incidents(figures),
            _changes(figures),
            _people(figures),
        ),
        foot=f"Made by Gatekeeper on {day(figures.made_on)} from the school’s records. "
        "It holds nothing about any child.",
    )


def _days(figures: Figures) -> str:
    span = figures.span
    until = f"{day(span.first)} to {day(span.last)}"
    soon = " (not over yet)" if span.last > figures.made_on else ""
    return f"{span.name}, {until}{soon}" if span.name else f"{until}{soon}"


def _tiles(figures: Figures) -> tuple[Tile, ...]:
    down, objections = figures.take_downs, figures.objections
    return (
        Tile(f"{figures.submissions:,}", "submissions"),
        Tile(f"{figures.published:,}", "posts published"),
        Tile(lasting(figures.decided.middle), "to a decision (half of them)",
             f"where a person decides, {lasting(figures.decided_by_people.middle)}"
             if figures.decided_by_people.count else ""),
        Tile(percent(figures.identifiable_share), "of posts with an identifiable face",
             f"{figures.identifiable:,} of {figures.published:,}"),
        Tile(f"{down.asked:,}", "posts taken down",
             f"half gone within {lasting(down.took.middle)}" if down.took.count else ""),
        Tile(f"{objections.received:,}", "objections by parents",
             f"{objections.late} not acknowledged in 30 days" if objections.late else
             "all acknowledged in time" if objections.received else ""),
    )  # fmt: skip


def _verdicts(figures: Figures) -> Block:
    parts = figures.verdicts
    chart = share(
        "What the checks said first",
        [
            ("Clear", parts[Outcome.CLEAR], "ok"),
            ("For a person", parts[Outcome.FLAGGED], "ask"),
            ("Not allowed", parts[Outcome.REJECTED], "no"),
        ],
    )
    took = figures.decided
    lines = (
        f"Half were decided within {lasting(took.middle)}, nine of ten within "
        f"{lasting(took.ninety)}, the longest took {lasting(took.longest)}.",
    )
    return Block("What the checks said first", chart, lines if took.count else ())


def _rules(figures: Figures) -> Block:
    shown = figures.rules[:_MOST_RULES]
    chart = bars(
        "What the rules found",
        [
            (rule.title, [("Stopped", rule.rejected, "no"), ("For a person", rule.flagged, "ask")])
            for rule in shown
        ],
    )
    more = len(figures.rules) - len(shown)
    lines = ["Submissions that a rule stopped (red) or put before a person (amber)."]
    if more:
        lines.append(f"{more} more rules found something less often.")
    if not shown:
        return Block("What the rules found", None, ("Nothing.",))
    return Block("What the rules found", chart, tuple(lines))


def _take_downs(figures: Figures) -> Block:
    down = figures.take_downs
    if not down.asked:
        return Block("Taken down", None, ("No post had to come down.",))
    lines = [
        f"{down.asked:,} asked to come down; {down.took.count:,} verified as gone on the channel.",
        f"Half within {lasting(down.took.middle)}, nine of ten within "
        f"{lasting(down.took.ninety)}, the longest {lasting(down.took.longest)}.",
    ]
    if down.still_up:
        lines.append(f"STILL TO BE SEEN, or not known to be gone: {down.still_up:,}.")
    return Block("Taken down", None, tuple(lines))


_GROUPS = {Group.MACHINE: "Went out by themselves", Group.PERSON: "Approved by a person"}


def _sample(figures: Figures) -> Block:
    rows = []
    for group, name in _GROUPS.items():
        found = figures.sample[group]
        words = "nobody has looked yet" if found.drawn else "not drawn"
        if found.interval:
            low, high = (percent(edge, 1) for edge in found.interval)
            words = f"{found.missed} missed of {found.checked}: {low} to {high}"
        rate = found.missed / found.checked if found.checked else 0.0
        rows.append((name, rate, found.interval, words))
    return Block(
        "How often the checks miss something",
        intervals("Missed in a random sample", rows),
        ("A person looked again at posts drawn at random. The bar is what the sample can tell "
         "of all posts, with 95 % certainty.",),
    )  # fmt: skip


def _consents(figures: Figures) -> Block:
    objections = figures.objections
    children = f"{figures.expired_children:,} {_children(figures.expired_children)}"
    lines = [
        f"Consents that ran out: {figures.expired_consents:,}, of {children}."
        if figures.expired_consents
        else "No consent ran out.",
        f"Consent was withdrawn for {figures.withdrawn_children:,} "
        f"{_children(figures.withdrawn_children)}."
        if figures.withdrawn_children
        else "No family withdrew consent.",
    ]
    if objections.received:
        lines.append(
            f"Objections: {objections.received} received; {objections.in_time} acknowledged "
            f"within 30 days, {objections.late} late; {objections.upheld} upheld, "
            f"{objections.declined} declined, {objections.open} open."
        )
    return Block("Consents and objections", None, tuple(lines))


def _children(number: int) -> str:
    return "child" if number == 1 else "children"


def _incidents(figures: Figures) -> Block:
    lines = [
        f"{found.heading}: {found.opened}" + (f" ({found.open} open)" if found.open else "")
        for found in figures.incidents
    ]
    return Block("Incidents", None, tuple(lines) or ("None was recorded.",))


def _changes(figures: Figures) -> Block:
    lines = [
        f"{day(change.on)}: {change.what}; proposed by {_role(change.proposed_by)}, "
        + (f"{change.outcome} by {_role(change.decided_by)}" if change.decided_by else "open")
        for change in figures.changes[:_MOST_CHANGES]
    ]
    more = len(figures.changes) - _MOST_CHANGES
    if more > 0:
        lines.append(f"And {more} more.")
    return Block("Changes of safeguards", None, tuple(lines) or ("None.",))


def _role(role: str) -> str:
    return role if role == "Gatekeeper" else f"the {role}" if role else "nobody"


def _people(figures: Figures) -> Block:
    return Block(
        "Training, roll and reviews",
        None,
        (
            f"Trained and signed up for Twitter/X: {figures.trained:,} of the "
            f"{figures.authors:,} who may post, as of {day(figures.made_on)}.",
            _roll(figures.roll),
            f"Who may do what was last reviewed: {day(figures.access_reviewed_on)}.",
            f"The policy was last reviewed: {day(figures.policy_reviewed_on)}.",
        ),
    )


def _roll(roll: Roll) -> str:
    """How many children are on the roll, and how old it is."""
    children = (
        f"{roll.children:,} {_children(roll.children)} {'is' if roll.children == 1 else 'are'}"
    )
    when = {None: "never", 0: "today", 1: "yesterday"}.get(roll.age, f"{roll.age} days ago")
    warning = " TOO OLD: every post waits for a person." if roll.too_old else ""
    return f"{children} on the roll, which was last brought up to date {when}.{warning}"
