"""What a designer does to an instance that lies there already: show another component, or detach it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.blueprints import Change, Component, Part, instance, number_parts, stack

if TYPE_CHECKING:
    from collections.abc import Iterator

UNCHANGED = Change()


@dataclass(frozen=True, eq=False)
class Swap:
    """The instance of that node id shows another component; it keeps its id and loses its overrides."""

    node_id: str
    component: Component


@dataclass(frozen=True, eq=False)
class Detachment:
    """A frame of a new id takes the instance's place, with all that was in it as layers of its own.

    `session` is the first half of the new ids: nothing else in the file has it.
    """

    node_id: str
    session: int

    @property
    def frame_id(self) -> str:
        """The id of the frame."""
        return f"{self.session}:1"


Alteration = Swap | Detachment


def alter(whole: Part, alteration: Alteration) -> None:
    """Change a tree whose ids are fixed. Raises StopIteration where it has no such instance."""
    parent, place = next((p, at) for p, at in instances_in(whole) if p.children[at].node_id == alteration.node_id)
    old = parent.children[place]
    made = _swapped(old, alteration) if isinstance(alteration, Swap) else _detached(old, alteration)
    parent.children[place] = made
    if parent.layout:
        stack(parent)


def instances_in(part: Part) -> Iterator[tuple[Part, int]]:
    """Every instance that a designer placed, as its parent and its index there."""
    for at, child in enumerate(part.children):
        if child.uses is not None:
            yield part, at
        yield from instances_in(child)


def _swapped(old: Part, swap: Swap) -> Part:
    return replace(instance(swap.component, x=old.x, y=old.y, hidden=old.hidden, extra=old.extra), node_id=old.node_id)


def _detached(old: Part, detachment: Detachment) -> Part:
    if old.uses is None:
        raise ValueError("only an instance can be detached")
    made = replace(
        old.uses.root,
        kind="FRAME",
        name=old.name,
        x=old.x,
        y=old.y,
        hidden=old.hidden,
        defines=None,
        children=[_loose(child, old.changes) for child in old.uses.root.children],
        extra=old.extra,
    )
    number_parts(made, detachment.session)
    return made


def _loose(part: Part, changes: dict[str, Change]) -> Part:
    """A layer of a component as a layer of nothing but its parent, with what the instance overrode on it."""
    change = changes.get(part.node_id, UNCHANGED)
    return replace(
        part,
        hidden=part.hidden if change.hidden is None else change.hidden,
        characters=part.characters if change.characters is None else change.characters,
        uses=change.swap or part.uses,
        changes={} if change.swap else dict(part.changes),
        binds={},
        children=[_loose(child, changes) for child in part.children],
    )
