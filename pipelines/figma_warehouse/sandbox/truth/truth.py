"""What a warehouse should find in the sample organisation, computed from the tallies."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from figma_warehouse.sandbox.contract import FigmaUsage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from figma_warehouse.sandbox.truth.findings import Findings
from figma_warehouse.sandbox.truth.tallies import FileTally, Tally, UsageTruth, usage_of


@dataclass(frozen=True)
class FileTruth:
    """One file, branches included; counts are 0 where it cannot be read. Times are UTC."""

    name: str
    team_id: str
    folder_id: str
    is_branch: bool
    main_file_key: str | None
    readable: bool
    version: str
    last_modified: datetime
    nodes: int
    pages: int
    visible_nodes: int
    instances: int
    component_definitions: int
    text_nodes: int


@dataclass(frozen=True)
class StyleTruth:
    """References to one style from one slot in one file, and those of effectively visible nodes."""

    references: int
    visible: int


@dataclass(frozen=True)
class DanglingStyle:
    """References to a style that is neither published nor defined where it is used, and from how many files."""

    references: int
    files: int


class BranchUsage(NamedTuple):
    """Usages of one component on branches, and the branches that are not of the file that publishes it."""

    usages: int
    files: int


@dataclass(frozen=True)
class OrphanedStyles:
    """Keys of styles nothing refers to, and styles referred to that nothing defines."""

    unused: frozenset[str]
    dangling: dict[str, DanglingStyle]


@dataclass(frozen=True)
class Truth:
    """Everything a warehouse should find, at one moment of the clock.

    `files` by file key; `component_usage` by (component key, file key) and `style_usage` by (style key, file key,
    slot), both over readable main files; `branch_usage` by component key and `branch_references` by style key, over
    readable branches; `node_counts` by (file key, version id, last modified), for every state up
    to now, branches and deleted files included; `findings` what the further marts hold; `figma_usage` by component key
    what Figma's own analytics count.
    """

    files: dict[str, FileTruth]
    component_usage: dict[tuple[str, str], UsageTruth]
    published_components: frozenset[str]
    unused_components: frozenset[str]
    style_usage: dict[tuple[str, str, str], StyleTruth]
    orphaned_styles: OrphanedStyles
    branch_usage: dict[str, BranchUsage]
    branch_references: dict[str, int]
    node_counts: dict[tuple[str, str, datetime], int]
    removed_files: frozenset[str]
    findings: Findings
    figma_usage: dict[str, FigmaUsage]


def component_usage(files: Iterable[FileTally], homes: dict[str, str]) -> dict[tuple[str, str], UsageTruth]:
    """Usage by component and file; `homes` maps each published component to the file that publishes it."""
    return {
        (key, file.key): usage_of(uses, at_home=homes.get(key) == file.key)
        for file in files
        for key, uses in file.tally.components.items()
    }


def unused_components(usage: dict[tuple[str, str], UsageTruth], homes: dict[str, str]) -> frozenset[str]:
    """Published components without a usage outside the file that publishes them."""
    used = {key for (key, file), counts in usage.items() if counts.usages and homes.get(key) != file}
    return frozenset(homes.keys() - used)


def style_usage(files: Iterable[FileTally]) -> dict[tuple[str, str, str], StyleTruth]:
    """References by style, file and slot."""
    return {
        (key, file.key, slot): StyleTruth(*counts)
        for file in files
        for (key, slot), counts in file.tally.styles.items()
    }


def orphaned_styles(files: Iterable[FileTally], published: frozenset[str]) -> OrphanedStyles:
    """Styles without references, and references without a style."""
    listed = list(files)
    referred = {key for file in listed for key, _ in file.tally.styles}
    defined = published.union(*(file.own_styles for file in listed))
    references: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file in listed:
        for (key, _), (count, _) in file.tally.styles.items():
            if key not in published and key not in file.own_styles:
                references[key][file.key] += count
    dangling = {key: DanglingStyle(sum(by.values()), len(by)) for key, by in references.items()}
    return OrphanedStyles(frozenset(defined - referred), dangling)


def branch_usage(branches: Iterable[tuple[str, Tally]], homes: dict[str, str]) -> dict[str, BranchUsage]:
    """Usages on branches by component; each branch with the key of its main file."""
    counts: defaultdict[str, BranchUsage] = defaultdict(lambda: BranchUsage(0, 0))
    for main, tally in branches:
        for key, uses in tally.components.items():
            if usages := uses.direct + uses.nested:
                before = counts[key]
                counts[key] = BranchUsage(before.usages + usages, before.files + (homes.get(key) != main))
    return dict(counts)


def figma_usage(files: Iterable[tuple[str, Tally]]) -> dict[str, FigmaUsage]:
    """What Figma counts by component; each file, branch or draft with its team, "" where it has none."""
    usages: Counter[str] = Counter()
    places: Counter[str] = Counter()
    teams: defaultdict[str, set[str]] = defaultdict(set)
    for team_id, tally in files:
        for key, uses in tally.components.items():
            if count := uses.direct + uses.nested:
                usages[key] += count
                places[key] += 1
                teams[key] |= {team_id} - {""}
    return {key: FigmaUsage(usages[key], len(teams[key]), places[key]) for key in usages}


def branch_references(branches: Iterable[tuple[str, Tally]]) -> dict[str, int]:
    """References on branches by style."""
    counts: Counter[str] = Counter()
    for _, tally in branches:
        for (key, _), (references, _) in tally.styles.items():
            counts[key] += references
    return dict(counts)
