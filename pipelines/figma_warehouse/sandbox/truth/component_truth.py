"""What the marts about components must hold: usage, dependencies, impact, component sets and their variants."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from figma_warehouse.sandbox.organisation import FigmaUsage
from figma_warehouse.sandbox.truth.tallies import UseCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts
    from figma_warehouse.sandbox.truth.tallies import FileTally, Tally

    # by component key and file key
    Usage = dict[tuple[str, str], "UsageTruth"]
    Dependencies = dict[tuple[str, str], tuple[int, int]]
    # component set key, property, type, value
    PropertyValue = tuple[str, str, str, str | None]


@dataclass(frozen=True)
class UsageTruth:
    """One component in one file, in the terms of the marts: usages are direct and nested ones."""

    instances: int
    direct: int
    nested: int
    in_definitions: int
    hidden: int
    usages: int
    placements: int


class BranchUsage(NamedTuple):
    """Usages of one component on branches, and the branches that are not of the file that publishes it."""

    usages: int
    files: int


class ComponentImpact(NamedTuple):
    """What a change of a component touches."""

    direct_dependants: int
    dependants: int
    files_touched: int
    folders_touched: int
    teams_touched: int
    placements_touched: int


class SetReach(NamedTuple):
    """How far the variants of a set are used."""

    usages: int
    placements: int
    files_using: int
    variants_used: int


class PropertyUsage(NamedTuple):
    """How often one value of a set's property is used."""

    is_declared: bool
    usages: int
    placements: int
    files_using: int


class SetWeight(NamedTuple):
    """How heavy a component set is. The first two are None if no file defines it, the median if nobody uses it."""

    variants: int | None
    nodes_of_variants: int | None
    usages: int
    nodes_brought_median: float | None
    nodes_brought: int


def usage_of(counts: UseCounts, is_published_here: bool) -> UsageTruth:
    """The usage of one component in one file. In the file that publishes it there are no placements."""
    usages = counts.direct + counts.nested
    placements = 0 if is_published_here else counts.direct_visible
    instances = usages + counts.in_definitions
    return UsageTruth(instances, counts.direct, counts.nested, counts.in_definitions, counts.hidden, usages, placements)


def component_usage(files: Iterable[FileTally], publishing_files: dict[str, str]) -> Usage:
    """Usage by component and file."""
    return {
        (key, file.key): usage_of(counts, is_published_here=publishing_files.get(key) == file.key)
        for file in files
        for key, counts in file.tally.components.items()
    }


def unused_components(usage: Usage, publishing_files: dict[str, str]) -> frozenset[str]:
    """Published components without a usage outside of the file that publishes them."""
    used = {key for (key, file), counts in usage.items() if counts.usages and publishing_files.get(key) != file}
    return frozenset(publishing_files.keys() - used)


def branch_usage(branches: Iterable[tuple[str, Tally]], publishing_files: dict[str, str]) -> dict[str, BranchUsage]:
    """Usage on branches by component. Each branch comes as the key of its main file and its tally."""
    found: defaultdict[str, BranchUsage] = defaultdict(lambda: BranchUsage(0, 0))
    for main_key, tally in branches:
        for key, counts in tally.components.items():
            if usages := counts.direct + counts.nested:
                before = found[key]
                is_elsewhere = publishing_files.get(key) != main_key
                found[key] = BranchUsage(before.usages + usages, before.files + is_elsewhere)
    return dict(found)


def figma_usage(files: Iterable[tuple[str, Tally]]) -> dict[str, FigmaUsage]:
    """Figma's count by key of a component, style or variable.

    Each file, branch or draft comes as its team id, "" without one, and its tally.
    """
    usages: Counter[str] = Counter()
    file_counts: Counter[str] = Counter()
    teams: defaultdict[str, set[str]] = defaultdict(set)
    for team_id, tally in files:
        counted = Counter({key: counts.direct + counts.nested for key, counts in tally.components.items()})
        for (key, _), (references, _) in tally.styles.items():
            counted[key] += references
        for (variable, _), (bindings, _) in tally.bindings.items():
            counted[variable.key] += bindings
        for key in filter(None, +counted):
            usages[key] += counted[key]
            file_counts[key] += 1
            teams[key] |= {team_id} - {""}
    return {key: FigmaUsage(usages[key], len(teams[key]), file_counts[key]) for key in usages}


def lost_components(
    files: Sequence[FileTally], facts: LibraryFacts
) -> Iterator[tuple[tuple[str, str], tuple[str, UsageTruth]]]:
    """By file and component key: the status and the usage of components that are not published. Yields pairs.

    The component key is empty for instances whose component the file's map lacks.
    """
    defined = frozenset[str]().union(*(file.tally.definitions for file in files))
    for file in files:
        if file.tally.unmapped != UseCounts():
            yield (file.key, ""), ("missing", usage_of(file.tally.unmapped, is_published_here=False))
        for key, counts in file.tally.components.items():
            if key not in facts.publishing_files and key not in file.tally.definitions:
                status = "unpublished" if key in defined else "unknown library"
                yield (file.key, key), (status, usage_of(counts, is_published_here=False))


def component_dependencies(files: Sequence[FileTally]) -> Dependencies:
    """Direct and nested instances by the component that is defined and the component that it needs."""
    return {pair: (direct, nested) for file in files for pair, (direct, nested) in file.tally.dependencies.items()}


def component_impact(
    files: Sequence[FileTally], usage: Usage, dependencies: Dependencies, facts: LibraryFacts
) -> dict[str, ComponentImpact]:
    """Impact by component key."""
    places = {file.key: (file.folder_id, file.team_id) for file in files}
    dependants: defaultdict[str, set[str]] = defaultdict(set)
    for component, needed in dependencies:
        dependants[needed].add(component)
    direct = Counter(needed for (_, needed), (count, _) in dependencies.items() if count)
    rows: defaultdict[str, list[tuple[str, UsageTruth]]] = defaultdict(list)
    for (key, file), counts in usage.items():
        if _is_used_elsewhere(key, file, counts, facts):
            rows[key].append((file, counts))
    impacts = {}
    for key in {*facts.publishing_files, *(key for key, _ in usage), *(component for component, _ in dependencies)}:
        changed = _with_dependants(key, dependants)
        touched = [row for one in changed for row in rows.get(one, ())]
        files_touched = {file for file, _ in touched}
        folders, teams = ({places[file][index] for file in files_touched} for index in (0, 1))
        placements = sum(counts.placements for _, counts in touched)
        sizes = len(changed) - 1, len(files_touched), len(folders), len(teams)
        impacts[key] = ComponentImpact(direct[key], *sizes, placements)
    return impacts


def component_set_reach(usage: Usage, facts: LibraryFacts) -> dict[str, SetReach]:
    """Reach by set key: of published sets, and of others that are used."""
    rows: defaultdict[str, list[tuple[str, str, UsageTruth]]] = defaultdict(list)
    for (key, file), counts in usage.items():
        if key in facts.set_keys:
            rows[facts.set_keys[key]].append((key, file, counts))
    return {set_key: _reach_of(rows[set_key], facts) for set_key in facts.published_set_keys | rows.keys()}


def set_weight(files: Sequence[FileTally], facts: LibraryFacts) -> dict[str, SetWeight]:
    """Weight by set key: of sets that are published, defined in a file, or used."""
    defined = {key: size for file in files for key, size in file.tally.sets.items()}
    nowhere = (None, None)
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for file in files:
        for (key, nodes), instances in file.tally.instance_sizes.items():
            if key in facts.set_keys:
                sizes[facts.set_keys[key]] += [nodes] * instances
    return {
        key: SetWeight(variants, nodes, len(sizes[key]), median(sizes[key]) if sizes[key] else None, sum(sizes[key]))
        for key in {*facts.published_set_keys, *defined, *sizes}
        for variants, nodes in [defined.get(key, nowhere)]
    }


def variant_usage(files: Sequence[FileTally], facts: LibraryFacts) -> dict[PropertyValue, PropertyUsage]:
    """Usage by set, property, type and value. The value is None for texts that are not the default."""
    declared = {(each.key, *value) for each in facts.sets for value in each.declared_values}
    rows: defaultdict[PropertyValue, list[tuple[str, bool, int, int]]] = defaultdict(list)
    for file in files:
        for (key, name, type_, value), (usages, visible) in file.tally.properties.items():
            property_value = facts.set_keys[key], name, type_, value
            is_other_text = type_ == "TEXT" and property_value not in declared
            is_published_here = facts.publishing_files.get(key) == file.key
            grain = (*property_value[:3], None) if is_other_text else property_value
            rows[grain].append((file.key, is_published_here, usages, visible))
    return {
        value: PropertyUsage(
            value in declared,
            sum(usages for _, _, usages, _ in rows[value]),
            sum(visible for _, is_published_here, _, visible in rows[value] if not is_published_here),
            len({file for file, is_published_here, _, _ in rows[value] if not is_published_here}),
        )
        for value in declared | rows.keys()
    }


def _with_dependants(key: str, dependants: dict[str, set[str]]) -> set[str]:
    """The component, and all that depend on it directly or indirectly."""
    found, pending = {key}, [key]
    while pending:
        more = dependants.get(pending.pop(), set()) - found
        found |= more
        pending += more
    return found


def _is_used_elsewhere(key: str, file: str, counts: UsageTruth, facts: LibraryFacts) -> bool:
    return counts.usages > 0 and facts.publishing_files.get(key) != file


def _reach_of(rows: list[tuple[str, str, UsageTruth]], facts: LibraryFacts) -> SetReach:
    elsewhere = [(key, file) for key, file, counts in rows if _is_used_elsewhere(key, file, counts, facts)]
    return SetReach(
        sum(counts.usages for _, _, counts in rows),
        sum(counts.placements for _, _, counts in rows),
        len({file for _, file in elsewhere}),
        len({key for key, _ in elsewhere}),
    )
