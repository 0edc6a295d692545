"""What the marts about variables must hold: bindings, reach, and bindings to earlier publications."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from figma_warehouse.sandbox.truth.tallies import BoundVariable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from figma_warehouse.sandbox.truth.tallies import FileTally

    # key of a library's variable and id of a local one, either of which is None
    Variable = tuple[str | None, str | None]

RECENT = timedelta(days=28)


class BindingCounts(NamedTuple):
    """The bindings of one variable in one slot kind of one file."""

    bindings: int = 0
    bindings_visible: int = 0
    nodes: int = 0


class VariableReach(NamedTuple):
    """The bindings of one variable, and who has them. A local variable has no preview color."""

    bindings: int
    bindings_visible: int
    files_using: int
    teams_using: int
    preview_color: str | None


class StaleBinding(NamedTuple):
    """The bindings of one variable under one suffix in one file, and the suffix that most recent files use."""

    bindings: int
    bindings_visible: int
    nodes: int
    recent_suffix: str
    is_stale: bool
    recent_files: int


def variable_usage(files: Sequence[FileTally]) -> dict[tuple[str, str | None, str | None, str], BindingCounts]:
    """Bindings by file key, variable key, local variable id and slot kind."""
    found: defaultdict[tuple[str, str | None, str | None, str], BindingCounts] = defaultdict(BindingCounts)
    for file in files:
        for (variable, slot_kind), counts in file.tally.bindings.items():
            place = (file.key, *_known_by(variable), slot_kind)
            more = (*counts, file.tally.bound_nodes[variable, slot_kind])
            found[place] = BindingCounts(*(one + other for one, other in zip(found[place], more, strict=True)))
    return dict(found)


def variable_reach(files: Sequence[FileTally]) -> dict[tuple[str | None, str | None, str | None], VariableReach]:
    """Reach by variable key, file key of a local variable, and local variable id."""
    teams = {file.key: file.team_id for file in files}
    colors = {key: color for file in files for key, color in file.tally.variables.items()}
    rows: defaultdict[tuple[str | None, str | None, str | None], list[tuple[str, BindingCounts]]] = defaultdict(list)
    for (file, key, local_id, _), counts in variable_usage(files).items():
        rows[key, None if key else file, local_id].append((file, counts))
    return {
        (key, local_file, local_id): VariableReach(
            sum(counts.bindings for _, counts in found),
            sum(counts.bindings_visible for _, counts in found),
            len({file for file, _ in found}),
            len({teams[file] for file, _ in found}),
            colors.get(key or ""),
        )
        for (key, local_file, local_id), found in rows.items()
    }


def stale_bindings(
    files: Sequence[FileTally], modified: Mapping[str, datetime]
) -> dict[tuple[str, str, str], StaleBinding]:
    """Bindings of variables with several suffixes, by variable key, file key and suffix."""
    places: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    bindings: Counter[tuple[str, str, str]] = Counter()
    visible: Counter[tuple[str, str, str]] = Counter()
    nodes: Counter[tuple[str, str, str]] = Counter()
    for file in files:
        for ((key, suffix), _), counts in file.tally.bindings.items():
            places[key].add((file.key, suffix))
            bindings[key, file.key, suffix] += counts[0]
            visible[key, file.key, suffix] += counts[1]
            # once per variable, not per slot kind
            nodes[key, file.key, suffix] = file.tally.bound_nodes[BoundVariable(key, suffix), ""]
    return {
        row: StaleBinding(bindings[row], visible[row], nodes[row], recent, suffix != recent, recent_files)
        for key, found in places.items()
        if key and len({suffix for _, suffix in found}) > 1
        for file_key, suffix, recent, recent_files in _suffixes(found, modified)
        for row in [(key, file_key, suffix)]
    }


def _suffixes(places: set[tuple[str, str]], modified: Mapping[str, datetime]) -> Iterator[tuple[str, str, str, int]]:
    """Yield each file and suffix with the most recent suffix, and the recent files that have the suffix of the row."""
    newest = max(modified[file] for file, _ in places)
    recent = Counter(suffix for file, suffix in places if newest - modified[file] < RECENT)
    chosen = max(places, key=lambda place: (recent[place[1]], modified[place[0]], place[1]))[1]
    for file, suffix in places:
        yield file, suffix, chosen, recent[suffix]


def _known_by(variable: BoundVariable) -> Variable:
    return (variable.key, None) if variable.key else (None, f"VariableID:{variable.id}")
