"""What `deprecated_usage` must hold: who still uses what is deprecated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from figma_warehouse.sandbox.truth.component_truth import Usage
    from figma_warehouse.sandbox.truth.library_facts import Deprecation
    from figma_warehouse.sandbox.truth.style_truth import StyleTruth

    # by style key, file key and slot
    StyleUsage = dict[tuple[str, str, str], StyleTruth]
    # kind, key and file key
    ItemAndFile = tuple[str, str, str]


class DeprecatedUse(NamedTuple):
    """The figures of the mart `deprecated_usage`, in its columns' names."""

    named_in: str
    replacement_key: str | None
    usages: int
    placements: int
    in_definitions: int | None


def deprecated_usage(
    items: Iterable[Deprecation], usage: Usage, style_usage: StyleUsage
) -> dict[ItemAndFile, DeprecatedUse]:
    """Figures by kind, key and file. The usages of a set are those of its variants."""
    return {
        (item.kind, item.key, file_key): DeprecatedUse(item.named_in, item.replacement_key, *figures)
        for item in items
        for file_key, figures in (
            _of_style(item, style_usage) if item.kind == "style" else _of_components(item.component_keys, usage)
        )
    }


def _of_components(keys: Sequence[str], usage: Usage) -> Iterator[tuple[str, tuple[int, int, int]]]:
    for file_key in dict.fromkeys(file_key for key, file_key in usage if key in keys):
        found = [usage[key, file_key] for key in keys if (key, file_key) in usage]
        figures = ((one.usages, one.placements, one.in_definitions) for one in found)
        usages, placements, in_definitions = map(sum, zip(*figures, strict=True))
        yield file_key, (usages, placements, in_definitions)


def _of_style(item: Deprecation, style_usage: StyleUsage) -> Iterator[tuple[str, tuple[int, int, None]]]:
    for file_key in dict.fromkeys(file_key for key, file_key, _ in style_usage if key == item.key):
        found = [one for (key, other, _), one in style_usage.items() if (key, other) == (item.key, file_key)]
        visible = 0 if file_key == item.library_file_key else sum(one.visible for one in found)
        yield file_key, (sum(one.references for one in found), visible, None)
