"""What `shadow_components` must hold: what files define again although a library publishes it.

No file of the organisation but a library defines a component set.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from figma_warehouse.sandbox.truth.component_truth import UsageTruth
    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts, PublishedFacts
    from figma_warehouse.sandbox.truth.tallies import ComponentShape, DefinedComponent, FileTally


class ShadowedComponent(NamedTuple):
    """The published component or set that a local component repeats, in the columns' names of the mart."""

    item_key: str
    match_kind: str
    published_kind: str
    published_key: str
    published_items: int
    layers: int
    usages: int
    placements: int


def shadow_components(
    files: Sequence[FileTally], usage: dict[tuple[str, str], UsageTruth], facts: LibraryFacts
) -> Iterator[tuple[tuple[str, str], ShadowedComponent]]:
    """By file key and node id: the nearest published item that a local component repeats. Yields pairs."""
    shapes = _published_shapes(files, facts)
    items = [item for item in facts.published if item.kind != "style" and not item.set_id]
    for file in files:
        for node_id, component in file.tally.defined_components.items():
            found = [(item, *_compare(component, item, shapes[item.key])) for item in items]
            matches = [match for match in found if match[0].file_key != file.key and any(match[1:])]
            if component.key not in facts.publishing_files and matches:
                item, has_name, has_shape = min(matches, key=_distance)
                counts = usage.get((component.key, file.key))
                yield (
                    (file.key, node_id),
                    ShadowedComponent(
                        component.key,
                        "both" if has_name and has_shape else "name" if has_name else "shape",
                        item.kind,
                        item.key,
                        len(matches),
                        len(component.shape),
                        counts.usages if counts else 0,
                        counts.placements if counts else 0,
                    ),
                )


def _published_shapes(files: Sequence[FileTally], facts: LibraryFacts) -> dict[str, set[ComponentShape]]:
    """The shapes of each published component, and those of the variants of each set."""
    shapes: defaultdict[str, set[ComponentShape]] = defaultdict(set)
    for file in files:
        for component in file.tally.defined_components.values():
            if facts.publishing_files.get(component.key) == file.key:
                shapes[facts.set_keys.get(component.key, component.key)].add(component.shape)
    return shapes


def _compare(component: DefinedComponent, item: PublishedFacts, shapes: set[ComponentShape]) -> tuple[bool, bool]:
    """Whether both have the same name, and whether they have the same shape."""
    types = {type_ for _, type_, _ in component.shape}
    says_something = len(component.shape) >= 3 and bool(types & {"TEXT", "INSTANCE", "SLOT"})
    return component.name.strip().lower() == item.name.strip().lower(), says_something and component.shape in shapes


def _distance(match: tuple[PublishedFacts, bool, bool]) -> tuple[bool, bool, bool, str, str]:
    item, has_name, has_shape = match
    return not has_name, not has_shape, item.kind != "component", item.name, item.key
