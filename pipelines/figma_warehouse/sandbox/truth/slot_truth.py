"""What the mart about slots must hold: what could be bound to a style or variable, and what is."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts
    from figma_warehouse.sandbox.truth.tallies import FileTally, VisibleSlot


class SlotCounts(NamedTuple):
    """The slots of one kind, and what gives them their values."""

    slots: int = 0
    variable_slots: int = 0
    style_slots: int = 0
    local_style_slots: int = 0
    hand_slots: int = 0


def slot_adoption(files: Sequence[FileTally], facts: LibraryFacts) -> dict[tuple[str, str, str], SlotCounts]:
    """Counts by level, id and slot kind, for each kind that occurs and each item with a design file."""
    design = list(filter(attrgetter("is_design"), files))
    found: dict[str, dict[str, SlotCounts]] = {file.key: _count(file, facts) for file in design}
    kinds = {kind for counts in found.values() for kind in counts}
    sums: defaultdict[tuple[str, str, str], SlotCounts] = defaultdict(SlotCounts)
    for file in design:
        items = (("file", file.key), ("folder", file.folder_id), ("team", file.team_id))
        for level, id_ in (*items, ("organisation", "organisation")):
            for kind in kinds:
                sums[level, id_, kind] = _add(sums[level, id_, kind], found[file.key].get(kind, SlotCounts()))
    return dict(sums)


def _count(file: FileTally, facts: LibraryFacts) -> dict[str, SlotCounts]:
    counts: defaultdict[str, SlotCounts] = defaultdict(SlotCounts)
    for slot, count in _outside_library(file, frozenset(facts.publishing_files)):
        giver = _giver(slot, {style.key for style in facts.published_styles})
        counts[slot.role] = _add(counts[slot.role], SlotCounts(count)._replace(**{f"{giver}_slots": count}))
    return dict(counts)


def _outside_library(file: FileTally, published: frozenset[str]) -> Iterator[tuple[VisibleSlot, int]]:
    for slot, count in chain(file.tally.slots.items(), file.tally.other_slots.items()):
        # another font of the same text is no slot of its own
        if slot.role != "text_part" and not slot.component_keys & published:
            yield slot, count


def _giver(slot: VisibleSlot, published: set[str]) -> str:
    if slot.has_variable:
        return "variable"
    if slot.style_key in published:
        return "style"
    return "local_style" if slot.style_key else "hand"


def _add(one: SlotCounts, other: SlotCounts) -> SlotCounts:
    return SlotCounts(*(first + second for first, second in zip(one, other, strict=True)))
