"""Counts that are kept while layers are generated. Nothing here reads an answer that the sandbox serves."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from figma_warehouse.sandbox.truth.library_facts import StyleFacts

ComponentKeys = frozenset[str]
# depth, type and name of each layer in order, without those that instances bring
ComponentShape = tuple[tuple[int, str, str], ...]
Key = TypeVar("Key")


@dataclass(slots=True)
class UseCounts:
    """How often one component is used, and how."""

    direct: int = 0
    nested: int = 0
    in_definitions: int = 0
    hidden: int = 0
    direct_visible: int = 0

    def add(self, other: UseCounts) -> None:
        """Add other counts."""
        self.direct += other.direct
        self.nested += other.nested
        self.in_definitions += other.in_definitions
        self.hidden += other.hidden
        self.direct_visible += other.direct_visible


class VisibleSlot(NamedTuple):
    """A visible color or font, or another slot.

    `role` is fill, stroke or text, or text_part for another font of the same text; of another slot, its kind. `value`
    is as in the marts. `style_key` is empty without a style, `variable_key` without a library variable and for colors.
    `is_on_text` says whether the layer is a TEXT. `component_keys` has the components of the
    instance that the layer is, and of those around it.
    """

    role: str
    value: str
    style_key: str
    has_variable: bool
    is_on_text: bool
    component_keys: ComponentKeys
    variable_key: str = ""


class PeerCheck(NamedTuple):
    """A check of pinterest/figma-calculations on one layer: rounding, spacing or stroke.

    `has_variables` says whether library variables give all that it asks for. `style_key` is that of a stroke, or empty.
    """

    name: str
    has_variables: bool
    style_key: str = ""


class PlacedInstance(NamedTuple):
    """An instance in a document; `component_key` is None if the file's map lacks the component."""

    component_key: str | None
    is_nested: bool
    is_in_definition: bool


class BoundVariable(NamedTuple):
    """A variable as a document names it: `key` is empty for a local one, `id` the suffix of another file's."""

    key: str
    id: str


class DefinedComponent(NamedTuple):
    """A component or variant that is defined here; the shape has its layers, without itself."""

    key: str
    name: str
    shape: ComponentShape


class StatusForDev(NamedTuple):
    """A layer with a dev status, in the columns' names of `ready_for_dev`."""

    node_name: str
    node_type: str
    dev_status: str
    is_effectively_visible: bool


@dataclass(slots=True)
class Tally:
    """The counts of some layers. Tallies add up: those of a file's layers make the file's."""

    nodes: int = 0
    visible_nodes: int = 0
    instances: int = 0
    component_definitions: int = 0
    text_nodes: int = 0
    vector_nodes: int = 0
    # hidden themselves, wherever they are
    hidden_nodes: int = 0
    nodes_in_instances: int = 0
    components: defaultdict[str, UseCounts] = field(default_factory=lambda: defaultdict(UseCounts))
    # instances of components that the file's map lacks
    unmapped: UseCounts = field(default_factory=UseCounts)
    # keys of the components that are defined here
    definitions: set[str] = field(default_factory=set)
    # by node id
    defined_components: dict[str, DefinedComponent] = field(default_factory=dict)
    # (style key, slot) -> references, visible references
    styles: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    # visible layers by the components of the instances that they are or lie in
    layers: Counter[ComponentKeys] = field(default_factory=Counter)
    slots: Counter[VisibleSlot] = field(default_factory=Counter)
    # visible corners, paddings, gaps, stroke weights, effects and opacities: the role is the slot kind
    other_slots: Counter[VisibleSlot] = field(default_factory=Counter)
    # by the components of the instances that the visible layer is or lies in
    peer_checks: Counter[tuple[PeerCheck, ComponentKeys]] = field(default_factory=Counter)
    # colors of the library variables that are used, by variable key
    variables: dict[str, str] = field(default_factory=dict)
    # (variable, slot kind) -> bindings, visible bindings
    bindings: defaultdict[tuple[BoundVariable, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    # nodes with a binding by variable and slot kind, and by variable alone, with the slot kind ""
    bound_nodes: Counter[tuple[BoundVariable, str]] = field(default_factory=Counter)
    # (component, nodes of an instance of it) -> instances outside definitions
    instance_sizes: Counter[tuple[str, int]] = field(default_factory=Counter)
    # component sets that are defined here -> variants, nodes of all variants
    sets: dict[str, tuple[int, int]] = field(default_factory=dict)
    # by node id
    dev_statuses: dict[str, StatusForDev] = field(default_factory=dict)
    # placements that override a field in a layer, by component key and field, which is empty for any field
    overrides: Counter[tuple[str, str]] = field(default_factory=Counter)
    # (component defined, component in it) -> direct, nested
    dependencies: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    # (component, property, type, value) -> usages, direct visible usages
    properties: defaultdict[tuple[str, str, str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )

    def count_node(self, type_: str, is_visible: bool, is_hidden: bool = False, is_in_instance: bool = False) -> None:
        """Count one node of that type. `is_hidden` says that it is hidden itself."""
        self.nodes += 1
        self.visible_nodes += is_visible
        self.instances += type_ == "INSTANCE"
        self.component_definitions += type_ == "COMPONENT"
        self.text_nodes += type_ == "TEXT"
        self.vector_nodes += type_ == "VECTOR"
        self.hidden_nodes += is_hidden
        self.nodes_in_instances += is_in_instance

    def count_instance(self, key: str, is_visible: bool, definition_key: str, is_nested: bool) -> None:
        """Count one instance.

        `key` is empty if the file's map lacks the component, `definition_key` outside of definitions.
        """
        counts = self.components[key] if key else self.unmapped
        if definition_key:
            counts.in_definitions += 1
            if key and key != definition_key:
                self.dependencies[definition_key, key][is_nested] += 1
            return
        counts.nested += is_nested
        counts.direct += not is_nested
        counts.hidden += not is_visible
        counts.direct_visible += is_visible and not is_nested

    def count_property(self, value: tuple[str, str, str, str], is_visible: bool, is_nested: bool) -> None:
        """Count one property of an instance outside of definitions: component key, property, type and value."""
        counts = self.properties[value]
        counts[0] += 1
        counts[1] += is_visible and not is_nested

    def count_overrides(self, key: str, fields: set[str]) -> None:
        """Count one placement that overrides fields."""
        self.overrides.update((key, name) for name in ({"", *fields} if fields else ()))

    def count_style(self, key: str, slot: str, is_visible: bool) -> None:
        """Count one reference to a style."""
        counts = self.styles[key, slot]
        counts[0] += 1
        counts[1] += is_visible

    def count_bindings(self, bound: list[tuple[BoundVariable, str]], is_visible: bool) -> None:
        """Count the bindings of one node: the variable and the slot kind of each property that has one."""
        for place in bound:
            counts = self.bindings[place]
            counts[0] += 1
            counts[1] += is_visible
        self.bound_nodes.update({*bound, *((variable, "") for variable, _ in bound)})

    def add(self, other: Tally) -> None:
        """Add another tally."""
        self.nodes += other.nodes
        self.visible_nodes += other.visible_nodes
        self.instances += other.instances
        self.component_definitions += other.component_definitions
        self.text_nodes += other.text_nodes
        self.vector_nodes += other.vector_nodes
        self.hidden_nodes += other.hidden_nodes
        self.nodes_in_instances += other.nodes_in_instances
        for key, counts in other.components.items():
            self.components[key].add(counts)
        self.unmapped.add(other.unmapped)
        self.definitions |= other.definitions
        self.defined_components |= other.defined_components
        self.variables |= other.variables
        self.overrides.update(other.overrides)
        self.layers.update(other.layers)
        self.slots.update(other.slots)
        self.other_slots.update(other.other_slots)
        self.peer_checks.update(other.peer_checks)
        self.instance_sizes.update(other.instance_sizes)
        self.sets |= other.sets
        self.dev_statuses |= other.dev_statuses
        self.bound_nodes.update(other.bound_nodes)
        _add_pairs(self.bindings, other.bindings)
        _add_pairs(self.styles, other.styles)
        _add_pairs(self.dependencies, other.dependencies)
        _add_pairs(self.properties, other.properties)


@dataclass(frozen=True)
class FileTally:
    """The tally of a readable main file, with the styles that the file defines. A FigJam board is no design file."""

    key: str
    folder_id: str
    team_id: str
    tally: Tally
    styles: list[StyleFacts]
    is_design: bool

    @property
    def style_keys(self) -> frozenset[str]:
        """The keys of the styles that the file defines."""
        return frozenset(style.key for style in self.styles)


def _add_pairs(counts: dict[Key, list[int]], others: dict[Key, list[int]]) -> None:
    for key, (first, second) in others.items():
        counts[key][0] += first
        counts[key][1] += second
