"""The variables of the core library by name: two collections with three modes each, aliases between them, and copies.

Documents bind some of them. The palette only gives values to others, and nothing has the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.company.layers import make_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from figma_warehouse.sandbox.company.design_system import DesignSystem
    from figma_warehouse.sandbox.company.layers import Variable
    from figma_warehouse.sandbox.truth.tallies import BoundVariable

COLOR_MODES, SPACE_MODES = ("Light", "Dark", "High contrast"), ("Default", "Compact", "Spacious")
SPACES = {"Space/Small": 8, "Space/Medium": 16, "Space/Large": 24, "Radius/Medium": 8}
# what no document binds
PALETTE = {"Palette/Blue 500": "#3354f4", "Palette/Blue 300": "#8fa3ff", "Palette/Sand": "#e8dcc4"}
BASE_SPACES = {"Space/Base": 8, "Space/Huge": 64}
# by the name of a variable: the modes in which the other one gives its value
ALIASES: dict[str, dict[str, tuple[str, ...]]] = {
    "Border/Focus": {"Brand/Primary": COLOR_MODES},
    "Brand/Primary": {"Palette/Blue 500": ("Light", "High contrast"), "Palette/Blue 300": ("Dark",)},
    "Palette/Blue 500": {"Palette/Blue 300": ("High contrast",)},
    "Space/Small": {"Space/Base": SPACE_MODES},
}


@dataclass(frozen=True)
class SampleCollection:
    """A collection with its modes by name: their ids."""

    name: str
    key: str
    id: str
    modes: dict[str, str]
    is_color: bool


@dataclass(frozen=True)
class DefinedVariable:
    """A variable of the core library. `aliases` has the names of the variables that give its values, by mode."""

    name: str
    key: str
    id: str
    collection: SampleCollection
    value: str | float
    aliases: dict[str, str] = field(default_factory=dict)

    @property
    def resolved_type(self) -> str:
        """COLOR or FLOAT."""
        return "COLOR" if self.collection.is_color else "FLOAT"


def defined_variables(system: DesignSystem) -> list[DefinedVariable]:
    """All variables of the core library."""
    color = _collection(system, "Color", "1:2", COLOR_MODES, is_color=True)
    space = _collection(system, "Space", "1:80", SPACE_MODES, is_color=False)
    return [
        *_define(color, {name: (one, one.color) for name, one in system.color_variables.items()}),
        *_define_unbound(system, color, PALETTE, 60),
        *_define(space, dict(zip(SPACES, zip(system.spacing_variables, SPACES.values(), strict=True), strict=True))),
        *_define_unbound(system, space, BASE_SPACES, 98),
    ]


def local_variables(system: DesignSystem, is_core: bool, bound: Iterable[BoundVariable]) -> dict[str, Any]:
    """The `meta` of the variables of a file: what it defines, and copies of the library's variables that it binds."""
    known = defined_variables(system)
    by_name, by_key = ({getattr(one, by): one for one in known} for by in ("name", "key"))
    own = {f"VariableID:{one.id}": one for one in known if is_core}
    copies = {f"VariableID:{one.key}/{one.id}": by_key[one.key] for one in sorted(bound) if one.key}
    found = own | copies
    collections: dict[str, dict[str, Any]] = {}
    for id_, one in found.items():
        row = _collection_answer(one.collection, is_copy=id_ in copies)
        collections.setdefault(row["id"], row)["variableIds"].append(id_)
    return {
        "variables": {id_: _variable_answer(id_, one, by_name, is_copy=id_ in copies) for id_, one in found.items()},
        "variableCollections": collections,
    }


def _collection(
    system: DesignSystem, name: str, id_: str, modes: tuple[str, ...], *, is_color: bool
) -> SampleCollection:
    first = id_.partition(":")[2] if not is_color else "1"
    ids = {mode: f"{first}:{1 + position}" for position, mode in enumerate(modes)}
    return SampleCollection(name, make_key(system.seed, "collection", name), id_, ids, is_color)


def _define(
    collection: SampleCollection, variables: dict[str, tuple[Variable, str | float]]
) -> Iterator[DefinedVariable]:
    for name, (variable, value) in variables.items():
        yield DefinedVariable(name, variable.key, variable.id, collection, value, _aliases_of(name))


def _define_unbound(
    system: DesignSystem, collection: SampleCollection, values: dict[str, Any], first: int
) -> Iterator[DefinedVariable]:
    for position, (name, value) in enumerate(values.items()):
        key = make_key(system.seed, "variable", name)
        yield DefinedVariable(name, key, f"1:{first + position}", collection, value, _aliases_of(name))


def _aliases_of(name: str) -> dict[str, str]:
    return {mode: target for target, modes in ALIASES.get(name, {}).items() for mode in modes}


def _collection_answer(collection: SampleCollection, *, is_copy: bool) -> dict[str, Any]:
    prefix = f"{collection.key}/" if is_copy else ""
    return {
        "id": f"VariableCollectionId:{prefix}{collection.id}",
        "name": collection.name,
        "key": collection.key,
        "modes": [{"modeId": id_, "name": name} for name, id_ in collection.modes.items()],
        "defaultModeId": next(iter(collection.modes.values())),
        "remote": is_copy,
        "hiddenFromPublishing": is_copy,
        "variableIds": [],
    }


def _variable_answer(
    id_: str, variable: DefinedVariable, by_name: dict[str, DefinedVariable], *, is_copy: bool
) -> dict[str, Any]:
    values = {
        mode_id: _alias(by_name[variable.aliases[mode]], is_copy=is_copy)
        if mode in variable.aliases
        else _value(variable.value)
        for mode, mode_id in variable.collection.modes.items()
    }
    return {
        "id": id_,
        "name": variable.name,
        "key": variable.key,
        "variableCollectionId": _collection_answer(variable.collection, is_copy=is_copy)["id"],
        "resolvedType": variable.resolved_type,
        "valuesByMode": values,
        "remote": is_copy,
        "description": f"{variable.name} of the core library",
        "hiddenFromPublishing": is_copy,
        "scopes": ["ALL_SCOPES"],
        "codeSyntax": {"WEB": f"--{variable.name.lower().replace('/', '-').replace(' ', '-')}"},
    }


def _alias(target: DefinedVariable, *, is_copy: bool) -> dict[str, str]:
    prefix = f"{target.key}/" if is_copy else ""
    return {"type": "VARIABLE_ALIAS", "id": f"VariableID:{prefix}{target.id}"}


def _value(value: str | float) -> dict[str, float] | float:
    if not isinstance(value, str):
        return value
    channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return {**dict(zip("rgb", channels, strict=True)), "a": 1.0}
