"""Whole rows of a mart held against those of its oracle."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

from tests.oracles.marts.facts import During, OneOf, Row, Run

Rows = dict[tuple[Any, ...], Row]

SHOWN = 5
# as days: times are no finer
MICROSECOND = 1e-6 / 86400


def differences(due: list[Row], found: list[Row], key: Sequence[str], runs: Sequence[Run] = ()) -> str:
    """Return the first rows that are missing, too many or unlike, a line each; nothing if all are equal.

    Rows are matched by the columns of `key`. A column of `due` that is a tuple of names is compared as a tuple.
    """
    expected, actual = ({_id(row, key, runs): row for row in rows} for rows in (due, found))
    repeated = [id_ for id_, count in Counter(_id(row, key, runs) for row in found).items() if count > 1]
    lines = [
        *([f"{len(repeated)} keys repeat: {repeated[:SHOWN]}"] if repeated else ()),
        *_unknown_columns(due, found),
        *_without_match("missing", expected, actual),
        *_without_match("too many", actual, expected),
        *_unlike_values(expected, actual),
    ]
    return "\n".join(lines)


def _unknown_columns(due: list[Row], found: list[Row]) -> Iterator[str]:
    names = {one for row in due for name in row for one in (name if isinstance(name, tuple) else (name,))}
    columns = sorted({name for row in found for name in row} ^ names)
    if columns and found:
        yield f"columns that only one of the two has: {columns}"


def _without_match(what: str, rows: Rows, others: Rows) -> Iterator[str]:
    ids = [id_ for id_ in rows if id_ not in others]
    if ids:
        yield f"{len(ids)} rows {what}"
        yield from (f"  {what}: {_shown(rows[id_])}" for id_ in ids[:SHOWN])


def _unlike_values(expected: Rows, actual: Rows) -> Iterator[str]:
    unlike: dict[Any, list[Any]] = {}
    for id_ in expected.keys() & actual.keys():
        for name, value in expected[id_].items():
            if not _equal(value, _get(actual[id_], name)):
                unlike.setdefault(name, []).append(id_)
    for name, ids in unlike.items():
        yield f"{len(ids)} rows differ in {name}"
        for id_ in sorted(ids, key=str)[:SHOWN]:
            yield f"  {id_}: {name} is {_get(actual[id_], name)!r}, not {expected[id_][name]!r}"


def _id(row: Row, key: Sequence[str], runs: Sequence[Run]) -> tuple[Any, ...]:
    """The values of the key; a time within a run is known by the run alone."""
    values = [row[name] for name in key]
    return tuple(next((During(run) for run in runs if During(run) == value), value) for value in values)


def _get(row: Row, name: Any) -> Any:
    return tuple(row.get(one) for one in name) if isinstance(name, tuple) else row.get(name)


def _equal(due: Any, found: Any) -> bool:
    if isinstance(due, OneOf):
        return any(_equal(one, found) for one in due.values)
    if isinstance(due, tuple) and isinstance(found, tuple):
        return len(due) == len(found) and all(map(_equal, due, found))
    if isinstance(due, float) and isinstance(found, int | float):
        return isclose(due, found, rel_tol=1e-12, abs_tol=MICROSECOND)
    return bool(due == found)


def _shown(row: Row) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in row.items() if value is not None)[:600]
