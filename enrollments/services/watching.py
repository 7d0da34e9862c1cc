"""Which seconds of a video were watched: lists of [start, end) in whole seconds, sorted, apart from each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

Interval = Sequence[int]
MAX_INTERVALS = 200
END = 5  # seconds; who stopped this close to the end starts again
FORGIVEN = 2  # seconds at the end that a player may not report


def clean_intervals(intervals: Iterable[Interval], length: int) -> list[list[int]]:
    """Return the intervals clamped to a video of `length` seconds, united and sorted; empty ones go."""
    clamped = ([max(0, start), min(end, length)] for start, end in intervals)
    return unite([pair for pair in clamped if pair[0] < pair[1]])


def unite(intervals: Iterable[Interval]) -> list[list[int]]:
    """Return the union, sorted."""
    united: list[list[int]] = []
    for start, end in sorted((start, end) for start, end in intervals):
        if united and start <= united[-1][1]:
            united[-1][1] = max(united[-1][1], end)
        else:
            united.append([start, end])
    return united


def subtract(intervals: Iterable[Interval], known: Sequence[Interval]) -> list[list[int]]:
    """Return what of `intervals` (united) is not in `known` (united)."""
    left: list[list[int]] = []
    for start, end in intervals:
        position = start
        for known_start, known_end in known:
            if known_end <= position or known_start >= end:
                continue
            if known_start > position:
                left.append([position, known_start])
            position = max(position, known_end)
        if position < end:
            left.append([position, end])
    return left


def total_seconds(intervals: Iterable[Interval]) -> int:
    """Return how many seconds the intervals (united) hold."""
    return sum(end - start for start, end in intervals)


def credit(known: Sequence[Interval], reported: Sequence[Interval], allowance: int) -> list[list[int]]:
    """Return `known` with the new part of `reported` that fits into `allowance` seconds, from its start on.

    At most 200 intervals are kept: the shortest go.
    """
    taken: list[list[int]] = []
    for start, end in subtract(reported, known):
        if allowance <= 0:
            break
        taken.append([start, min(end, start + allowance)])
        allowance -= taken[-1][1] - start
    united = unite([*known, *taken])
    if len(united) > MAX_INTERVALS:
        longest = sorted(united, key=lambda pair: pair[0] - pair[1])[:MAX_INTERVALS]
        united = sorted(longest)
    return united


def watched_percentage(watched: Iterable[Interval], length: int) -> Decimal:
    """Return the share of the video in per cent with two decimals, cut."""
    return Decimal(10000 * min(total_seconds(watched), length) // length) / 100


def is_watched_enough(watched: Iterable[Interval], length: int, required: int) -> bool:
    """Return whether `required` per cent of the length were watched, two seconds forgiven."""
    return 100 * (total_seconds(watched) + FORGIVEN) >= required * length


def first_gap(watched: Sequence[Interval], length: int) -> int | None:
    """Return the first second that was not watched, None when all were."""
    gaps = subtract([[0, length]], watched)
    return gaps[0][0] if gaps else None


def resume_at(position: int, length: int | None) -> int:
    """Return the second at which a video goes on: where it stopped, or its start when that was at the end."""
    return 0 if length and position >= length - END else position
