"""What the organisation knows of itself, kept while it was built: never read off its own answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pipelines.sandbox.contract import FigmaUsage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipelines.sandbox.findings import Findings
    from pipelines.sandbox.parts import Style

Within = frozenset[str]
Place = TypeVar("Place")


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
class UsageTruth:
    """One component in one file; the terms are those of the metrics: usages = direct + nested."""

    instances: int
    direct: int
    nested: int
    in_definitions: int
    hidden: int
    usages: int
    placements: int


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


@dataclass(slots=True)
class Uses:
    """How often one component was placed, by how."""

    direct: int = 0
    nested: int = 0
    in_definitions: int = 0
    hidden: int = 0
    direct_visible: int = 0

    def add(self, other: Uses) -> None:
        """Add another count."""
        self.direct += other.direct
        self.nested += other.nested
        self.in_definitions += other.in_definitions
        self.hidden += other.hidden
        self.direct_visible += other.direct_visible


class Look(NamedTuple):
    """One color or font as it is seen: `value` as people write it, `style` its key, `role` fill, stroke or text.

    `is_text`: of a TEXT layer. `within` are the components of the instances that the layer is or lies within.
    """

    role: str
    value: str
    style: str
    has_variable: bool
    is_text: bool
    within: Within


@dataclass(slots=True)
class Tally:
    """The counts one act of building keeps; tallies of blocks add up to a file's."""

    nodes: int = 0
    visible_nodes: int = 0
    instances: int = 0
    component_definitions: int = 0
    text_nodes: int = 0
    components: defaultdict[str, Uses] = field(default_factory=lambda: defaultdict(Uses))
    # (style key, slot) -> references, visible references
    styles: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    # visible layers by the components of the instances that they are or lie within
    layers: Counter[Within] = field(default_factory=Counter)
    looks: Counter[Look] = field(default_factory=Counter)
    lost: Uses = field(default_factory=Uses)
    definitions: set[str] = field(default_factory=set)
    # variables of libraries, with their color
    variables: dict[str, str] = field(default_factory=dict)
    # (component defined, component in it) -> direct, nested
    needs: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    # (component, property, type, value) -> usages, direct visible ones
    values: defaultdict[tuple[str, str, str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )

    def place_layer(self, kind: str, visible: bool) -> None:
        """Count one node of that type."""
        self.nodes += 1
        self.visible_nodes += visible
        self.instances += kind == "INSTANCE"
        self.component_definitions += kind == "COMPONENT"
        self.text_nodes += kind == "TEXT"

    def place_instance(self, key: str, visible: bool, definition: str, nested: bool) -> None:
        """Count one instance: `key` is empty where the file's map has no such component, `definition` outside any."""
        uses = self.components[key] if key else self.lost
        if definition:
            uses.in_definitions += 1
            if key and key != definition:
                self.needs[definition, key][nested] += 1
            return
        uses.nested += nested
        uses.direct += not nested
        uses.hidden += not visible
        uses.direct_visible += visible and not nested

    def give_value(self, place: tuple[str, str, str, str], visible: bool, nested: bool) -> None:
        """Count one property of an instance outside definitions: its component, and the property, type and value."""
        counts = self.values[place]
        counts[0] += 1
        counts[1] += visible and not nested

    def refer_to_style(self, key: str, slot: str, visible: bool) -> None:
        """Count one reference."""
        counts = self.styles[key, slot]
        counts[0] += 1
        counts[1] += visible

    def add(self, other: Tally) -> None:
        """Add another tally."""
        self.nodes += other.nodes
        self.visible_nodes += other.visible_nodes
        self.instances += other.instances
        self.component_definitions += other.component_definitions
        self.text_nodes += other.text_nodes
        for key, uses in other.components.items():
            self.components[key].add(uses)
        _add_pairs(self.styles, other.styles)
        _add_pairs(self.needs, other.needs)
        _add_pairs(self.values, other.values)
        self.layers.update(other.layers)
        self.looks.update(other.looks)
        self.lost.add(other.lost)
        self.definitions |= other.definitions
        self.variables |= other.variables


@dataclass(frozen=True)
class FileTally:
    """A readable main file's tally, with the styles that the file itself defines; a board of FigJam is no design."""

    key: str
    folder_id: str
    team_id: str
    tally: Tally
    styles: list[Style]
    is_design: bool

    @property
    def own_styles(self) -> frozenset[str]:
        """The keys of its styles."""
        return frozenset(style.key for style in self.styles)


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


def usage_of(uses: Uses, at_home: bool) -> UsageTruth:
    """One component's uses in one file, in the terms of the metrics."""
    usages = uses.direct + uses.nested
    placements = 0 if at_home else uses.direct_visible
    instances = usages + uses.in_definitions
    return UsageTruth(instances, uses.direct, uses.nested, uses.in_definitions, uses.hidden, usages, placements)


def _add_pairs(counts: dict[Place, list[int]], others: dict[Place, list[int]]) -> None:
    for place, (first, second) in others.items():
        counts[place][0] += first
        counts[place][1] += second
