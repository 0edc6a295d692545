"""What `component_overrides` must hold: the fields that placements change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figma_warehouse.sandbox.truth.component_truth import Usage
    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts
    from figma_warehouse.sandbox.truth.tallies import FileTally

# the fields that the sample organisation overrides, all in layers, each alone in its group
GROUPS = {"characters": "text", "visible": "visibility", "componentId": "swap"}


class OverrideTruth(NamedTuple):
    """The figures of the mart `component_overrides`, in its columns' names."""

    field_group: str
    placements: int
    placements_overriding: int
    placements_overriding_own: int
    placements_overriding_layers: int
    placements_overriding_group: int
    placements_overriding_any: int
    files_overriding: int


def component_overrides(
    files: Sequence[FileTally], usage: Usage, facts: LibraryFacts
) -> dict[tuple[str, str], OverrideTruth]:
    """Figures by component key and field, without the file that publishes the component."""
    counts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for file in files:
        for (key, name), count in file.tally.overrides.items():
            if facts.publishing_files.get(key) != file.key:
                counts[key, name].append(count)
    placements: defaultdict[str, int] = defaultdict(int)
    for (key, _), one in usage.items():
        placements[key] += one.placements
    return {
        (key, name): OverrideTruth(
            GROUPS[name],
            placements[key],
            sum(of_field),
            0,
            sum(of_field),
            sum(of_field),
            sum(counts[key, ""]),
            len(of_field),
        )
        for (key, name), of_field in counts.items()
        if name
    }
