"""Whole rows of a mart held against those of its oracle."""

from collections import Counter
from collections.abc import Sequence
from math import isclose
from typing import Any

from tests.oracles.marts.facts import During, OneOf, Row, Run

SHOWN = 5


def differences(due: list[Row], found: list[Row], key: Sequence[str], runs: Sequence[Run] = ()) -> str:
    """Return the first rows that are missing, too many or unlike, a line each; nothing if all are equal.

    Rows are matched by the columns of `key`. A column of `due` that is a tuple of names is compared as a tuple.
    """
    expected, actual = ({_id(row, key, runs): row for row in rows} for rows in (due, found))
    lines = []
    for what, rows, others in (("missing", expected, actual), ("too many", actual, expected)):
        ids = [id_ for id_ in rows if id_ not in others]
        lines += [f"{len(ids)} rows {what}"] * bool(ids) + [f"  {what}: {_shown(rows[id_])}" for id_ in ids[:SHOWN]]
    repeated = [id_ for id_, count in Counter(_id(row, key, runs) for row in found).items() if count > 1]
    lines += [f"{len(repeated)} keys repeat: {repeated[:SHOWN]}"] * bool(repeated)
    unlike = [
        (id_, name)
        for id_ in expected
        if id_ in actual
        for name in expected[id_]
        if not _equal(expected[id_][name], _get(actual[id_], name))
    ]
    lines += [f"{count} rows differ in {name}" for name, count in Counter(name for _, name in unlike).items()]
    for name in dict.fromkeys(name for _, name in unlike):
        for id_ in [id_ for id_, other in unlike if other == name][:SHOWN]:
            lines.append(f"  {id_}: {name} is {_get(actual[id_], name)!r}, not {expected[id_][name]!r}")
    return "\n".join(lines)


def _id(row: Row, key: Sequence[str], runs: Sequence[Run]) -> tuple[Any, ...]:
    """The values of the key; a time within a run is known by the run alone."""
    values = [row[name] for name in key]
    return tuple(next((During(run) for run in runs if During(run) == value), value) for value in values)


def _get(row: Row, name: Any) -> Any:
    return tuple(row[one] for one in name) if isinstance(name, tuple) else row[name]


def _equal(due: Any, found: Any) -> bool:
    if isinstance(due, OneOf):
        return any(_equal(one, found) for one in due.values)
    if isinstance(due, tuple) and isinstance(found, tuple):
        return len(due) == len(found) and all(map(_equal, due, found))
    if isinstance(due, float) and isinstance(found, int | float):
        return isclose(due, found, rel_tol=1e-12, abs_tol=1e-8)
    return bool(due == found)


def _shown(row: Row) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in row.items() if value is not None)[:600]
