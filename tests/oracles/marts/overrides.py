"""What instances change of their components: component_overrides."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tests.oracles.marts.components import Components
from tests.oracles.marts.documents import Instance, State
from tests.oracles.marts.facts import Facts, OneOf, Row, url

FILL = ("background", "backgroundColor", "fillOverrideTable", "fills", "inheritFillStyleId")
TEXT = (
    *("characters", "characterStyleOverrides", "styleOverrideTable", "lineTypes", "lineIndentations", "hyperlink"),
    *("fontFamily", "fontPostScriptName", "fontSize", "fontStyle", "fontWeight", "italic", "letterSpacing"),
    *("lineHeightPercent", "lineHeightPercentFontSize", "lineHeightPx", "lineHeightUnit", "inheritTextStyleId"),
    *("text", "textAlignHorizontal", "textAlignVertical", "textAutoResize", "textCase", "textDecoration"),
    *("textDecorationSkipInk", "textTruncation", "maxLines", "paragraphIndent", "paragraphSpacing", "listSpacing"),
    "opentypeFlags",
)
SIZE = (
    *("width", "height", "size", "minWidth", "maxWidth", "minHeight", "maxHeight", "primaryAxisSizingMode"),
    *("counterAxisSizingMode", "layoutSizingHorizontal", "layoutSizingVertical", "layoutGrow", "layoutAlign"),
)
GROUPS = {"text": TEXT, "fill": FILL, "size": SIZE, "visibility": ("visible",), "swap": ("componentId",)}
SIZING = {"width": "layoutSizingHorizontal", "height": "layoutSizingVertical"}


@dataclass(frozen=True)
class Override:
    """One field that a placement overrides, in itself or in a layer inside it."""

    state: State
    placement: Instance
    field: str
    is_own: bool

    @property
    def place(self) -> tuple[str, str]:
        return self.state.file_key, self.placement.layer.id

    @property
    def group(self) -> str:
        return next((group for group, fields in GROUPS.items() if self.field in fields), "other")


class Overrides:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, components: Components) -> None:
        self.facts = facts
        self.components = components

    @cached_property
    def component_overrides(self) -> list[Row]:
        found: dict[str, list[Override]] = defaultdict(list)
        for state in self.facts.main_states:
            for one in state.instances:
                if one.is_placed and one.component_key and self.facts.home_of(one.component_key) != state.file_key:
                    found[one.component_key] += _overrides(state, one)
        return [
            self._row(key, field, overrides)
            for key, overrides in found.items()
            for field in sorted({one.field for one in overrides})
        ]

    def _row(self, key: str, field: str, overrides: list[Override]) -> Row:
        same = [one for one in overrides if one.field == field]
        placements = sum(row["placements"] for row in self.components.component_usage if row["component_key"] == key)
        return {
            "component_key": key,
            "field": field,
            "field_group": same[0].group,
            **self.facts.of_component(key),
            "library_file_key": self.facts.library_of("components", key),
            "is_published": self.facts.is_published("components", key),
            "placements": placements,
            "placements_overriding": _count(same),
            "override_share": _count(same) / placements,
            "placements_overriding_own": _count(one for one in same if one.is_own),
            "placements_overriding_layers": _count(one for one in same if not one.is_own),
            "placements_overriding_group": _count(one for one in overrides if one.group == same[0].group),
            "placements_overriding_any": _count(overrides),
            "files_overriding": len({one.state.file_key for one in same}),
            "sample_url": OneOf(url(*one.place) for one in same),
        }


def _count(overrides: "Iterator[Override] | list[Override]") -> int:
    return len({one.place for one in overrides})


def _overrides(state: State, placement: Instance) -> Iterator[Override]:
    for entry in placement.layer.node.get("overrides") or ():
        target = state.by_id.get(entry["id"])
        for field in entry["overriddenFields"]:
            sizing = target.node.get(SIZING[field]) if target and field in SIZING else None
            if sizing not in ("HUG", "FILL"):
                yield Override(state, placement, field, entry["id"] == placement.layer.id)
