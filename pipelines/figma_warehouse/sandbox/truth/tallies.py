"""What the organisation knows of itself, kept while it was built: never read off its own answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from figma_warehouse.sandbox.company.blueprints import Style

Within = frozenset[str]
Place = TypeVar("Place")


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
