"""What a designer does to an instance in a file: swap it for another component, or detach it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.layers import (
    Component,
    Layer,
    LayerOverride,
    assign_node_ids,
    make_instance,
    stack_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_OVERRIDE = LayerOverride()


@dataclass(frozen=True, eq=False)
class InstanceSwap:
    """The instance shows another component. It keeps its id and loses its overrides."""

    node_id: str
    component: Component


@dataclass(frozen=True, eq=False)
class InstanceDetachment:
    """A frame with a new id replaces the instance. The layers of the instance become layers of the frame.

    `session_id` is the first half of the new ids; nothing else in the file has it.
    """

    node_id: str
    session_id: int

    @property
    def frame_id(self) -> str:
        """The id of the frame."""
        return f"{self.session_id}:1"


InstanceEdit = InstanceSwap | InstanceDetachment


def apply_edit(root: Layer, edit: InstanceEdit) -> None:
    """Change a tree whose ids are set. Raises StopIteration if it has no such instance."""
    parent, index = next(place for place in find_instances(root) if place[0].children[place[1]].node_id == edit.node_id)
    old = parent.children[index]
    new = _swap(old, edit) if isinstance(edit, InstanceSwap) else _detach(old, edit)
    parent.children[index] = new
    if parent.layout:
        stack_children(parent)


def find_instances(layer: Layer) -> Iterator[tuple[Layer, int]]:
    """Every instance that a designer placed, as its parent and its index there."""
    for index, child in enumerate(layer.children):
        if child.main_component is not None:
            yield layer, index
        yield from find_instances(child)


def _swap(old: Layer, swap: InstanceSwap) -> Layer:
    return replace(
        make_instance(swap.component, x=old.x, y=old.y, is_hidden=old.is_hidden, extra_fields=old.extra_fields),
        node_id=old.node_id,
    )


def _detach(old: Layer, detachment: InstanceDetachment) -> Layer:
    if old.main_component is None:
        raise ValueError("only an instance can be detached")
    new = replace(
        old.main_component.root,
        type="FRAME",
        name=old.name,
        x=old.x,
        y=old.y,
        is_hidden=old.is_hidden,
        definition=None,
        children=[_detach_layer(child, old.overrides) for child in old.main_component.root.children],
        extra_fields=old.extra_fields,
    )
    assign_node_ids(new, detachment.session_id)
    return new


def _detach_layer(layer: Layer, overrides: dict[str, LayerOverride]) -> Layer:
    """A layer of a component as a plain layer, with the overrides of the instance applied."""
    override = overrides.get(layer.node_id, NO_OVERRIDE)
    return replace(
        layer,
        is_hidden=layer.is_hidden if override.is_hidden is None else override.is_hidden,
        characters=layer.characters if override.characters is None else override.characters,
        main_component=override.swap or layer.main_component,
        overrides={} if override.swap else dict(layer.overrides),
        property_references={},
        children=[_detach_layer(child, overrides) for child in layer.children],
    )
