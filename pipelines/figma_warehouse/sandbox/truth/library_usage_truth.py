"""What `library_usage` must hold: which files use which library."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from figma_warehouse.sandbox.truth.component_truth import Usage
    from figma_warehouse.sandbox.truth.key_lookup_truth import KeyLookup, KindAndKey
    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts
    from figma_warehouse.sandbox.truth.tallies import FileTally

# library file key, None if the library is not known, and file key
LibraryAndFile = tuple[str | None, str]


class LibraryUse(NamedTuple):
    """The figures of the mart `library_usage`, in its columns' names."""

    placements: int = 0
    usages: int = 0
    in_definitions: int = 0
    components_used: int = 0
    style_references: int = 0
    styles_used: int = 0
    variable_bindings: int = 0
    variables_used: int = 0


def library_usage(
    files: Sequence[FileTally], usage: Usage, facts: LibraryFacts, lookups: Mapping[KindAndKey, KeyLookup] | None = None
) -> dict[LibraryAndFile, LibraryUse]:
    """Figures by library file and file, without those of a library in its own file.

    With `lookups`, libraries that they found are known.
    """
    elsewhere = {key: found.library_file_key for (_, key), found in (lookups or {}).items()}
    found: defaultdict[LibraryAndFile, list[LibraryUse]] = defaultdict(list)
    of_components, of_styles = _of_components(files, usage, facts, elsewhere), _of_styles(files, elsewhere)
    for place, use in (*of_components, *of_styles, *_of_variables(files)):
        if place[0] != place[1]:
            found[place].append(use)
    return {place: LibraryUse(*map(sum, zip(*uses, strict=True))) for place, uses in found.items()}


def _of_components(
    files: Sequence[FileTally], usage: Usage, facts: LibraryFacts, elsewhere: Mapping[str, str | None]
) -> Iterator[tuple[LibraryAndFile, LibraryUse]]:
    definers = {**elsewhere, **{key: file.key for file in files for key in file.tally.definitions}}
    for (key, file_key), counts in usage.items():
        figures = counts.placements, counts.usages, counts.in_definitions, int(counts.usages > 0)
        yield (facts.publishing_files.get(key, definers.get(key)), file_key), LibraryUse(*figures)


def _of_styles(
    files: Sequence[FileTally], elsewhere: Mapping[str, str | None]
) -> Iterator[tuple[LibraryAndFile, LibraryUse]]:
    """A style is in one file only, published or not."""
    definers = {**elsewhere, **{key: file.key for file in files for key in file.style_keys}}
    for file in files:
        references: defaultdict[str, int] = defaultdict(int)
        for (key, _), (count, _) in file.tally.styles.items():
            references[key] += count
        for key, count in references.items():
            yield (definers.get(key), file.key), LibraryUse(style_references=count, styles_used=1)


def _of_variables(files: Sequence[FileTally]) -> Iterator[tuple[LibraryAndFile, LibraryUse]]:
    """A document does not name the library of a variable."""
    for file in files:
        bindings: defaultdict[str, int] = defaultdict(int)
        for (variable, _), (count, _) in file.tally.bindings.items():
            bindings[variable.key] += count
        for key, count in bindings.items():
            if key:
                yield (None, file.key), LibraryUse(variable_bindings=count, variables_used=1)
