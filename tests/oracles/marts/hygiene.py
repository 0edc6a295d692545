"""What is wrong with what libraries publish: library_hygiene."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from tests.oracles.marts.components import Components
from tests.oracles.marts.facts import KINDS, Facts, Published, Row, url
from tests.oracles.marts.variants import Variants, variant_values


class Hygiene:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, components: Components, variants: Variants) -> None:
        self.facts = facts
        self.components = components
        self.variants = variants

    @cached_property
    def library_hygiene(self) -> list[Row]:
        return [
            self._row(one, problem, property_, alike)
            for one in self._items
            for problem, property_, alike in self._problems(one)
        ]

    @cached_property
    def _items(self) -> list[Published]:
        return [one for kind in KINDS for one in self.facts.published[kind].values() if one.is_now]

    def _problems(self, one: Published) -> Iterator[tuple[str, str | None, int | None]]:
        """Yield problem, property, and how many others are alike."""
        name = one.row["name"]
        if not _is_variant(one) and not (one.row["description"] or "").strip():
            yield "no_description", None, None
        if not _is_variant(one) and self._link(one) == [] and one.row["file_key"] in self._documented:
            yield "no_documentation_link", None, None
        if any(unicodedata.category(letter) == "Cc" for letter in name):
            yield "control_characters", None, None
        if "  " in name:
            yield "doubled_spaces", None, None
        if not _is_variant(one) and self._names[_among(one)] > 1:
            yield "same_name", None, self._names[_among(one)] - 1
        if _is_variant(one) and self._looks[self._look(one)] > 1 and variant_values(name):
            yield "indistinct_variants", None, self._looks[self._look(one)] - 1
        if one.kind == "component_sets":
            yield from (("unused_property", name, None) for name in self._unused_properties(one.key))

    def _link(self, one: Published) -> list[str] | None:
        """The documentation links of a component or set in its library; None if the library's document lacks it."""
        state = self.facts.current(one.row["file_key"])
        maps = {"components": "components", "component_sets": "componentSets"}
        entry = state.mapped(maps[one.kind], one.row["node_id"]) if state and one.kind in maps else None
        return None if entry is None else [link["uri"] for link in entry.get("documentationLinks") or ()]

    @cached_property
    def _documented(self) -> set[str]:
        """Libraries with a link on anything that they publish but variants."""
        return {one.row["file_key"] for one in self._items if not _is_variant(one) and self._link(one)}

    @cached_property
    def _names(self) -> Counter[tuple[str, ...]]:
        return Counter(_among(one) for one in self._items if not _is_variant(one))

    @cached_property
    def _looks(self) -> Counter[tuple[str | None, frozenset[tuple[str, str]]]]:
        return Counter(self._look(one) for one in self._items if _is_variant(one))

    def _look(self, one: Published) -> tuple[str | None, frozenset[tuple[str, str]]]:
        return self.facts.set_of(one.key), frozenset(variant_values(one.row["name"]))

    def _unused_properties(self, set_key: str) -> Iterator[str]:
        """Properties of which every placement tells the value, and every value is the default."""
        (reach,) = [row for row in self.components.component_set_reach if row["component_set_key"] == set_key]
        values = [row for row in self.variants.variant_usage if row["component_set_key"] == set_key]
        for name in {row["property"] for row in values}:
            default = sum(row["placements"] for row in values if row["property"] == name and row["is_default"])
            told = sum(row["placements"] for row in values if row["property"] == name)
            if 0 < default == told == reach["placements"]:
                yield name

    def _row(self, one: Published, problem: str, property_: str | None, alike: int | None) -> Row:
        file_key = one.row["file_key"]
        place = self.facts.place(file_key)
        set_key = self.facts.set_of(one.key) if one.kind == "components" else None
        return {
            "kind": KINDS[one.kind],
            "item_key": one.key,
            "problem": problem,
            "property": property_,
            "alike": alike,
            "item_name": one.row["name"],
            **self.facts.of_set(set_key),
            "library_file_key": file_key,
            "library_file_name": place.pop("file_name"),
            **place,
            "figma_url": url(file_key, one.row["node_id"]),
            **self.facts.scan(),
        }


def _is_variant(one: Published) -> bool:
    return bool((one.row.get("containing_frame") or {}).get("containingComponentSet"))


def _among(one: Published) -> tuple[str, ...]:
    """What the name is compared with: the assets panel shows components and sets together, styles by type."""
    return one.row["file_key"], one.row.get("style_type", ""), one.row["name"]
