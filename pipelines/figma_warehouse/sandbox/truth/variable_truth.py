"""What the marts about variables hold once their names are loaded: names, unused variables, aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from figma_warehouse.sandbox.company.variable_collections import DefinedVariable
    from figma_warehouse.sandbox.truth.tallies import BoundVariable, FileTally


class VariableName(NamedTuple):
    """The name of a variable, that of its collection, its type, the number of modes, and what gives the first value."""

    variable_name: str
    collection_name: str
    resolved_type: str
    collection_modes: int
    default_value: str | None
    default_alias_name: str | None


def variable_names(defined: Sequence[DefinedVariable], core_key: str) -> dict[tuple[str | None, str], VariableName]:
    """Names by (None, key of the variable) and by (file key, local id)."""
    names = {one.key: _name(one) for one in defined}
    return {(None, key): name for key, name in names.items()} | {
        (core_key, f"VariableID:{one.id}"): names[one.key] for one in defined
    }


def unused_variables(defined: Sequence[DefinedVariable], core_key: str, files: Sequence[FileTally]) -> frozenset[str]:
    """Keys of variables that no file binds and that give no other variable its value."""
    bound = {
        (variable.key, "") if variable.key else (file.key, variable.id) for file in files for variable in _bound(file)
    }
    targets = {name for one in defined for name in one.aliases.values()}
    return frozenset(
        one.key for one in defined if one.name not in targets and not {(one.key, ""), (core_key, one.id)} & bound
    )


def variable_aliases(defined: Sequence[DefinedVariable]) -> dict[tuple[str, str], int]:
    """The fewest steps from each variable to each that gives it a value, by their keys."""
    keys = {one.name: one.key for one in defined}
    targets = {one.name: set(one.aliases.values()) for one in defined}
    return {(keys[name], keys[end]): steps for name in keys for end, steps in _reached(name, targets).items()}


def _name(variable: DefinedVariable) -> VariableName:
    modes, value = list(variable.collection.modes), variable.value
    target = variable.aliases.get(modes[0])
    shown = f"{value}ff" if isinstance(value, str) else f"{value:g}"
    about = (variable.name, variable.collection.name, variable.resolved_type)
    return VariableName(*about, len(modes), None if target else shown, target)


def _reached(name: str, targets: Mapping[str, set[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    ends, steps = {name}, 0
    while ends:
        ends, steps = {end for start in ends for end in targets[start]} - found.keys() - {name}, steps + 1
        found |= dict.fromkeys(ends, steps)
    return found


def _bound(file: FileTally) -> set[BoundVariable]:
    return {variable for variable, _ in file.tally.bindings}
