"""Choosing an engine's thresholds from pictures whose people are known.

What is chosen on one half of the people is tested on the other, in several ways to halve
them. The loosest pair of thresholds wins that would keep the goals even if it were a little
looser still: other faces will come than those that were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.calibration import Rate, Rates
from gatekeeper_detectors.faces.enrol import GOOD_REFERENCES, make_template
from gatekeeper_detectors.faces.thresholds import Part, Thresholds

Vector = NDArray[np.float32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_PEOPLE = 40
"""With three references and one more picture each; and as many strangers."""
MANY_STRANGERS = 300
"""With fewer, a leak in a hundred could go unseen, and nothing may become looser."""
STRANGERS_GOAL = 0.001
HALVINGS = 11
SMALL = 30
"""About a class, beside the whole of those who are enrolled."""
_DRAWS = {"choose": 6, "test": 10}
_STRICT = np.arange(0.30, 0.5001, 0.005)
_MARGIN = np.arange(0.02, 0.1601, 0.005)
_RESERVE_STRICT, _RESERVE_MARGIN = 1.01, 0.9
"""Kept in reserve: the goals must also hold with thresholds that are looser by so much."""


class TooFew(Exception):
    """The pictures are too few to say anything; the message says how many are needed."""


class NeverSafe(Exception):
    """No thresholds keep the goals; most likely a picture is in the wrong folder."""


@dataclass(frozen=True)
class People:
    """Who is enrolled, with at least four vectors each, and who is a stranger."""

    enrolled: dict[str, Sequence[Vector]]
    strangers: dict[str, Sequence[Vector]]


@dataclass(frozen=True)
class Chosen:
    """What a calibration came to."""

    strict: float
    margin: float
    tested: list[Rates]
    """On people who had no part in the choice; one for each size of register."""


def sort_people(vectors: Mapping[str, Sequence[Vector]]) -> People:
    """Strangers are those with too few pictures, and some of the others where these are few.

    Raises `TooFew`.
    """
    enough = sorted(name for name, known in vectors.items() if len(known) > GOOD_REFERENCES)
    alone = sorted(name for name, known in vectors.items() if 0 < len(known) <= GOOD_REFERENCES)
    Random(1).shuffle(enough)  # noqa: S311 - drawing samples, no secret
    if len(enough) + len(alone) < 2 * LEAST_PEOPLE or len(enough) < LEAST_PEOPLE:
        raise TooFew(
            f"There are {len(enough)} people with {GOOD_REFERENCES + 1} usable pictures and "
            f"{len(alone)} with fewer. At least {LEAST_PEOPLE} with {GOOD_REFERENCES + 1}, and "
            f"{2 * LEAST_PEOPLE} in all, are needed; {MANY_STRANGERS} or more of each say much "
            "more: none wrong of N only means that it is likely less than 3 in N."
        )
    while len(alone) < LEAST_PEOPLE:
        alone.append(enough.pop())
    return People({name: vectors[name] for name in enough}, {name: vectors[name] for name in alone})


def calibrate(
    people: People,
    usual: Thresholds,
    least_margin: float = 0.0,
    each: Callable[[], None] = lambda: None,
) -> Chosen:
    """Choose and test; `each` is called `HALVINGS` times. Raises `NeverSafe`.

    `least_margin` is for pictures that are easier than those to come: children lie closer
    together than the adults of public collections.
    """
    choices, tested = [], []
    for number in range(HALVINGS):
        one, other = _halves(people, number)
        looks = [_looks(one, size, usual.parts, "choose") for size in _sizes(one)]
        strict, margin = choose(looks, least_margin)
        choices.append((strict, margin))
        tested.append([_rates(other, size, usual, strict, margin) for size in _sizes(other)])
        each()
    strict = float(median(strict for strict, _ in choices))
    margin = float(median(margin for _, margin in choices))
    if len(people.strangers) < MANY_STRANGERS:
        strict, margin = min(strict, usual.strict), max(margin, usual.margin)
    everybody = [_looks(people, size, usual.parts, "choose") for size in _sizes(people)]
    at_most, margin = choose(everybody, margin)
    strict = min(strict, at_most)
    return Chosen(
        round(strict, 4), round(margin, 4), [_sum(same) for same in zip(*tested, strict=True)]
    )


def _sizes(people: People) -> tuple[int, ...]:
    return (
        (SMALL, len(people.enrolled)) if len(people.enrolled) > SMALL else (len(people.enrolled),)
    )


def _halves(people: People, number: int) -> tuple[People, People]:
    random = Random(number)  # noqa: S311
    parts: list[People] = []
    names = [list(people.enrolled), list(people.strangers)]
    for some in names:
        random.shuffle(some)
    for start in (0, 1):
        enrolled = {name: people.enrolled[name] for name in names[0][start::2]}
        strangers = {name: people.strangers[name] for name in names[1][start::2]}
        parts.append(People(enrolled, strangers))
    return parts[0], parts[1]


@dataclass(frozen=True)
class Looks:
    """Faces compared with a register: one value for each comparison."""

    kind: NDArray[np.int_]
    """0 may be shown, 1 may not, 2 is not enrolled."""
    right: Flags
    """The nearest is the face's owner."""
    permitted: Flags
    """The nearest may be shown, and every part of the vector names the same person."""
    distance: Floats
    gap: Floats
    """How much further away the second nearest is."""

    def cleared(self, strict: float, margin: float) -> Flags:
        return self.permitted & (self.distance <= strict) & (self.gap >= margin)

    def rates(self, register: int, strict: float, margin: float) -> Rates:
        cleared = self.cleared(strict, margin)

        def rate(kind: int, hits: Flags) -> Rate:
            return Rate(int((hits & (self.kind == kind)).sum()), int((self.kind == kind).sum()))

        return Rates(
            register,
            cleared=rate(0, cleared & self.right),
            as_another=rate(0, cleared & ~self.right),
            without_consent=rate(1, cleared),
            strangers=rate(2, cleared),
        )

    def is_safe(self, strict: float, margin: float) -> bool:
        """The goals hold, with the reserve."""
        rates = self.rates(0, strict * _RESERVE_STRICT, margin * _RESERVE_MARGIN)
        wrong = rates.as_another.hits + rates.without_consent.hits
        return wrong == 0 and rates.strangers.share <= STRANGERS_GOAL


def choose(looks: Sequence[Looks], least_margin: float = 0.0) -> tuple[float, float]:
    """The safe strict threshold and margin that clear most. Raises `NeverSafe`."""
    best = (-1.0, 0.0, 0.0)
    for margin in _MARGIN[least_margin - 1e-9 <= _MARGIN]:
        for strict in _STRICT[::-1]:
            if all(one.is_safe(strict, margin) for one in looks):
                cleared = sum(one.rates(0, strict, margin).cleared.share for one in looks)
                best = max(best, (cleared, -float(strict), float(margin)))
                break  # a stricter one clears less
    if best[0] < 0:
        raise NeverSafe(
            "No thresholds keep these people apart. Look whether a picture lies in the folder "
            "of somebody else."
        )
    return -best[1], best[2]


def _rates(people: People, size: int, usual: Thresholds, strict: float, margin: float) -> Rates:
    return _looks(people, size, usual.parts, "test").rates(size, strict, margin)


def _looks(people: People, size: int, parts: Sequence[Part], purpose: str) -> Looks:
    """Compare in several draws of who is enrolled and who of them may be shown."""
    names = sorted(people.enrolled)
    templates = np.stack(
        [make_template(name, people.enrolled[name][:GOOD_REFERENCES]).vector for name in names]
    )
    probes = [
        (index, vector)
        for index, name in enumerate(names)
        for vector in people.enrolled[name][GOOD_REFERENCES:]
    ]
    owners = np.array([index for index, _ in probes] + [-1] * len(people.strangers))
    alone = [known[0] for _, known in sorted(people.strangers.items())]
    vectors = np.stack([vector for _, vector in probes] + alone)
    tables = [_distances(vectors, templates)]
    tables += [_distances(vectors[:, some], templates[:, some]) for some in _slices(parts)]
    drawn = [
        _draw(tables, owners, len(names), size, number)
        for number in range(_DRAWS[purpose] * max(1, len(names) // size))
    ]
    return Looks(*(np.concatenate(column) for column in zip(*drawn, strict=True)))


def _slices(parts: Sequence[Part]) -> Iterable[slice]:
    start = 0
    for part in parts:
        yield slice(start, start + part.size)
        start += part.size


def _distances(vectors: Vector, templates: Vector) -> Floats:
    one, other = vectors.astype(np.float64), templates.astype(np.float64)
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)), dtype=np.float64)


def _draw(
    tables: Sequence[Floats], owners: NDArray[np.int_], people: int, size: int, number: int
) -> tuple[NDArray[np.int_], Flags, Flags, Floats, Floats]:
    """The columns of `Looks` for one register: some enrolled, half of them with consent."""
    random = Random(1000 + number)  # noqa: S311
    enrolled = np.array(sorted(random.sample(range(people), size)))
    consent = np.zeros(people, dtype=bool)
    consent[random.sample(enrolled.tolist(), size // 2)] = True
    rows = np.flatnonzero((owners < 0) | np.isin(owners, enrolled))
    whole, *parts = (table[np.ix_(rows, enrolled)] for table in tables)
    nearest = whole.argmin(axis=1)
    ordered = np.partition(whole, 1, axis=1)
    agreed = np.all([part.argmin(axis=1) == nearest for part in parts], axis=0) if parts else True
    who, owner = enrolled[nearest], owners[rows]
    kind = np.where(owner < 0, 2, np.where(consent[owner], 0, 1))
    return kind, who == owner, consent[who] & agreed, ordered[:, 0], ordered[:, 1] - ordered[:, 0]


def _sum(rates: Sequence[Rates]) -> Rates:
    """The counts of several tests together."""

    def total(name: str) -> Rate:
        found: list[Rate] = [getattr(one, name) for one in rates]
        return Rate(sum(rate.hits for rate in found), sum(rate.of for rate in found))

    names = ("cleared", "as_another", "without_consent", "strangers")
    return Rates(min(one.register for one in rates), *(total(name) for name in names))
