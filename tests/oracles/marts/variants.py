"""How often each value of a set's properties is used: variant_usage."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.oracles.marts.components import Components
from tests.oracles.marts.documents import Instance, Json, State
from tests.oracles.marts.facts import Facts, OneOf, Row, url

Place = tuple[str, str, str | None]


@dataclass
class Value:
    """A value of a property: who declares it, and the usages that have it."""

    type: str
    is_declared: bool = False
    uses: list[tuple[str, Instance]] = field(default_factory=list)


class Variants:
    """The mart as a list of rows; a place is set key, property and value."""

    def __init__(self, facts: Facts, components: Components) -> None:
        self.facts = facts
        self.components = components

    @cached_property
    def variant_usage(self) -> list[Row]:
        return [self._row(place, value) for place, value in sorted(self._values.items(), key=lambda item: str(item[0]))]

    @cached_property
    def _values(self) -> dict[Place, Value]:
        values: dict[Place, Value] = {}
        for set_key in self._sets:
            for property_, type_, value in self._declared(set_key):
                values.setdefault((set_key, property_, value), Value(type_)).is_declared = True
        for state in self.facts.main_states:
            for one in state.instances:
                of_set = self.facts.set_of(one.component_key)
                if of_set is None or not one.is_usage:
                    continue
                for property_, type_, value in self._given(state, one):
                    place = (of_set, property_, self._as_declared(of_set, property_, type_, value))
                    values.setdefault(place, Value(type_)).uses.append((state.file_key, one))
        return values

    @cached_property
    def _sets(self) -> list[str]:
        """Sets that are published or defined in a main file, or that have an instance."""
        reached = {row["component_set_key"] for row in self.components.component_set_reach}
        return sorted(reached | self._nodes.keys())

    @cached_property
    def _nodes(self) -> dict[str, tuple[State, Json]]:
        """The node of each set, in its library if that is loaded."""
        found: dict[str, tuple[State, Json]] = {}
        for state in self.facts.main_states:
            for layer in state.layers:
                key = state.definition_key(layer.node) if layer.type == "COMPONENT_SET" else None
                library = self.facts.library_of("component_sets", key)
                if key and (key not in found or state.file_key == library):
                    found[key] = (state, layer.node)
        return found

    @cached_property
    def _variants(self) -> dict[str, set[str]]:
        """Names of the variants of each set that are published now, or that a main file defines."""
        found: dict[str, set[str]] = defaultdict(set)
        keys = {one.key for one in self.facts.published["components"].values() if one.is_now}
        keys |= self.components.defined_in.keys()
        for key in keys:
            set_key = self.facts.set_of(key)
            if set_key:
                found[set_key].add(self.facts.component_name(key) or "")
        return dict(found)

    def _definitions(self, set_key: str) -> tuple[State | None, Json]:
        state, node = self._nodes.get(set_key, (None, {}))
        return state, node.get("componentPropertyDefinitions") or {}

    def _declared(self, set_key: str) -> Iterator[tuple[str, str, str | None]]:
        for name in self._variants.get(set_key, ()):
            for property_, value in variant_values(name):
                yield property_, "VARIANT", value
        state, definitions = self._definitions(set_key)
        for name, defined in definitions.items():
            if defined["type"] == "BOOLEAN":
                yield name, "BOOLEAN", "true"
                yield name, "BOOLEAN", "false"
            elif defined["type"] in ("TEXT", "INSTANCE_SWAP"):
                yield name, defined["type"], _text(state, defined["type"], defined.get("defaultValue"))

    def _given(self, state: State, one: Instance) -> Iterator[tuple[str, str, str | None]]:
        for property_, value in variant_values(self.facts.component_name(one.component_key) or ""):
            yield property_, "VARIANT", value
        properties = one.layer.node.get("componentProperties")
        for name, given in (properties if isinstance(properties, dict) else {}).items():
            if isinstance(given, dict) and given["type"] != "VARIANT":
                yield name, given["type"], _text(state, given["type"], given.get("value"))

    def _as_declared(self, set_key: str, property_: str, type_: str, value: str | None) -> str | None:
        """A text that is not the default, and what lies in a slot, have no value of their own."""
        if type_ not in ("TEXT", "SLOT"):
            return value
        _, definitions = self._definitions(set_key)
        return value if type_ == "TEXT" and value == (definitions.get(property_) or {}).get("defaultValue") else None

    def _row(self, place: Place, value: Value) -> Row:
        set_key, property_, text = place
        keys = {one.component_key: self.facts.home_of(one.component_key) for _, one in value.uses}
        away = [(file_key, one) for file_key, one in value.uses if keys[one.component_key] != file_key]
        files = {file_key for file_key, _ in away}
        return {
            "component_set_key": set_key,
            "property": property_,
            "property_type": value.type,
            "value": text,
            "component_set_name": self.facts.set_name(set_key),
            "library_file_key": self.facts.library_of("component_sets", set_key),
            "is_published": self.facts.is_published("component_sets", set_key),
            "property_name": property_.partition("#")[0] if value.type != "VARIANT" else property_,
            "value_name": self._value_name(value.type, text),
            "is_declared": value.is_declared,
            "is_default": self._is_default(place, value),
            "usages": len(value.uses),
            "placements": sum(one.is_placed for _, one in away),
            "files_using": len(files),
            "is_unused": value.is_declared and not files,
            "sample_url": OneOf(url(key, one.layer.id) for key, one in value.uses) if value.uses else None,
            **self.facts.scan(),
        }

    def _value_name(self, type_: str, text: str | None) -> Any:
        if type_ != "INSTANCE_SWAP" or text is None:
            return text
        name, set_name = self.facts.component_name(text), self.facts.set_name(self.facts.set_of(text))
        return f"{set_name}: {name}" if set_name else name

    def _is_default(self, place: Place, value: Value) -> bool | None:
        set_key, property_, text = place
        if not value.is_declared or set_key not in self._nodes:
            return None
        state, definitions = self._definitions(set_key)
        defined = definitions.get(property_)
        return _text(state, defined["type"], defined.get("defaultValue")) == text if defined else None


def variant_values(name: str) -> list[tuple[str, str]]:
    """What the name of a variant says: `Kind=Primary, Size=Large`."""
    parts = [part.partition("=") for part in name.split(",")]
    return [(property_.strip(), value.strip()) for property_, sign, value in parts if sign]


def _text(state: State | None, type_: str, value: Any) -> str | None:
    if type_ == "INSTANCE_SWAP" and state:
        return state.key_of("components", value) or value
    return str(value).lower() if isinstance(value, bool) else value
