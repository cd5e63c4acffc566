"""What the report shows, in order: the same for the page and for paper."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.report.charts import Drawing, bars, intervals, share
from gatekeeper.report.figures import Figures
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
             f"nine of ten within {lasting(figures.decided.ninety)}"),
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
    return Block("What the checks said first", chart, ())


def _rules(figures: Figures) -> Block:
    shown = figures.rules[:_MOST_RULES]
    chart = bars(
        "What the rules found",
        [(rule.title, [(rule.rejected, "no"), (rule.flagged, "ask")]) for rule in shown],
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
    lines = [
        f"Consents that ran out: {figures.expired_consents:,}, of "
        f"{figures.expired_children:,} {'child' if figures.expired_children == 1 else 'children'}.",
        f"Children for whom a consent was withdrawn: {figures.withdrawn_children:,}.",
    ]
    if objections.received:
        lines.append(
            f"Objections: {objections.received} received; {objections.in_time} acknowledged "
            f"within 30 days, {objections.late} late; {objections.upheld} upheld, "
            f"{objections.declined} declined, {objections.open} open."
        )
    return Block("Consents and objections", None, tuple(lines))


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
        "Training and reviews",
        None,
        (
            f"Staff who may submit: {figures.authors}; trained and signed up for Twitter/X: "
            f"{figures.trained}.",
            f"Who may do what was last reviewed: {day(figures.access_reviewed_on)}.",
            f"The policy was last reviewed: {day(figures.policy_reviewed_on)}.",
        ),
    )
