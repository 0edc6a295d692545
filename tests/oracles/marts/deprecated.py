"""Who still uses what is deprecated: deprecated_usage."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tests.oracles.marts.components import Components
from tests.oracles.marts.facts import Facts, OneOf, Published, Row, url
from tests.oracles.marts.styles import Styles

WORDS = ("deprecated", "obsolete", "legacy", "do not use", "sunset")
SIGNS = ("⛔", "🚫")
SINGULAR = {"components": "component", "component_sets": "component_set", "styles": "style"}


def is_deprecation(text: str | None) -> bool:
    """Whether a text has one of the signs, or one of the words with no letter beside it."""
    low = (text or "").lower()
    found = (
        (low[: start.start()][-1:], low[start.end() :][:1])
        for word in WORDS
        for start in re.finditer(re.escape(word), low)
    )
    return any(sign in low for sign in SIGNS) or any(not any("a" <= beside <= "z" for beside in pair) for pair in found)


@dataclass(frozen=True)
class Item:
    """Something published that is deprecated."""

    kind: str
    one: Published
    named_in: str
    set_key: str | None


class Deprecated:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, components: Components, styles: Styles) -> None:
        self.facts = facts
        self.components = components
        self.styles = styles

    @cached_property
    def deprecated_usage(self) -> list[Row]:
        return [row for item in self._items for row in self._rows(item)]

    @cached_property
    def _items(self) -> list[Item]:
        found = (self._item(kind, one) for kind in SINGULAR for one in self._now(kind))
        return [item for item in found if item]

    @cached_property
    def _deprecated_sets(self) -> set[str]:
        return {one.key for one in self._now("component_sets") if self._item("component_sets", one)}

    def _now(self, kind: str) -> Iterator[Published]:
        return (one for one in self.facts.published[kind].values() if one.is_now)

    def _item(self, kind: str, one: Published) -> Item | None:
        set_key = self.facts.set_of(one.key) if kind == "components" else None
        frame = one.row.get("containing_frame") or {}
        texts = {
            "name": one.row["name"],
            "set": f"{self.facts.set_name(set_key) or ''}\n{self._set_description(set_key)}",
            "page": frame.get("pageName"),
            "frame": frame.get("name"),
            "description": one.row["description"],
        }
        named_in = next((place for place, text in texts.items() if is_deprecation(text)), None)
        return Item(kind, one, named_in, set_key) if named_in else None

    def _set_description(self, set_key: str | None) -> str:
        published = self.facts.published["component_sets"].get(set_key or "")
        return str(published.row["description"] or "") if published else ""

    def _rows(self, item: Item) -> Iterator[Row]:
        key, home = item.one.key, item.one.row["file_key"]
        used: dict[str, list[Row]] = {}
        if item.kind == "styles":
            rows = [row for row in self.styles.style_usage if row["style_key"] == key]
        else:
            name = "component_key" if item.kind == "components" else "component_set_key"
            rows = [row for row in self.components.component_usage if row[name] == key]
        for row in rows:
            used.setdefault(row["file_key"], []).append(row)
        for file_key, found in used.items():
            yield {
                "kind": SINGULAR[item.kind],
                "item_key": key,
                "file_key": file_key,
                "item_name": item.one.row["name"],
                "component_set_key": item.set_key,
                "component_set_name": self.facts.set_name(item.set_key),
                "library_file_key": home,
                "library_file_name": self.facts.name_of(home),
                "named_in": item.named_in,
                **self._replacement(item),
                **self.facts.place(file_key),
                **(_references(found, home) if item.kind == "styles" else _usages(found)),
                "is_at_home": file_key == home,
                "figma_url": url(home, item.one.row["node_id"]),
                "sample_url": OneOf(value for row in found for value in row["sample_url"].values),
                "is_in_deprecated_set": item.set_key in self._deprecated_sets,
            }

    def _replacement(self, item: Item) -> Row:
        words = _words(f"{item.one.row['description'] or ''} {self._set_description(item.set_key)}")
        kinds = ("styles",) if item.kind == "styles" else ("component_sets", "components")
        others = [
            one
            for kind in kinds
            for one in self._now(kind)
            if not (kind == "components" and self.facts.set_of(one.key))
            and self._item(kind, one) is None
            and f" {' '.join(_words(one.row['name']))} " in f" {' '.join(words)} "
            and _words(one.row["name"])
        ]
        library = item.one.row["file_key"]
        best = min(
            others,
            key=lambda one: (-len(one.row["name"]), one.row["file_key"] != library, one.key),
            default=None,
        )
        return {
            "replacement_key": best.key if best else None,
            "replacement_name": best.row["name"] if best else None,
        }


def _words(text: str) -> list[str]:
    return re.sub(r"""[.,;:!?()\[\]{}"'`“”‘’„«»→*]""", " ", text).split()


def _usages(found: list[Row]) -> Row:
    return {name: sum(row[name] for row in found) for name in ("usages", "placements", "in_definitions")}


def _references(found: list[Row], home: str) -> Row:
    visible = sum(row["references_visible"] for row in found)
    return {
        "usages": sum(row["style_references"] for row in found),
        "placements": 0 if found[0]["file_key"] == home else visible,
        "in_definitions": None,
    }
