"""Shares and values set by hand, by plain recursion over a document's JSON: without a line of the product's code."""

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

Json = dict[str, Any]
Font = tuple[str | None, float | None, float | None]


class Seen(NamedTuple):
    """A visible layer, and whether it is or lies within an instance of a published component."""

    node: Json
    is_in_library: bool


def visible_layers(answer: Json, published: frozenset[str]) -> list[Seen]:
    """All of them, in any order; `published` are keys of components."""
    return list(_descend(answer["document"], answer.get("components") or {}, published, in_library=False))


def slots(layers: list[Seen]) -> dict[str, int]:
    """The counts of the mart adoption that need no list of styles, in its columns' names."""
    fills = [fill for seen in layers for fill in _solid(seen.node, "fills")]
    return {
        "visible_layers": len(layers),
        "library_layers": sum(seen.is_in_library for seen in layers),
        "text_slots": sum(seen.node["type"] == "TEXT" for seen in layers),
        "fill_slots": len(fills),
        "bound_fill_slots": sum("color" in (fill.get("boundVariables") or {}) for fill in fills),
    }


def colors_set_by_hand(layers: list[Seen]) -> dict[str, tuple[int, int]]:
    """Fills and strokes by color, outside the library."""
    counts: dict[str, Counter[str]] = {}
    for node, is_in_library in layers:
        for role in () if is_in_library else ("fill", "stroke"):
            if {role, f"{role}s"} & (node.get("styles") or {}).keys():
                continue
            for paint in _solid(node, f"{role}s"):
                if "color" not in (paint.get("boundVariables") or {}):
                    counts.setdefault(_shown(paint), Counter())[role] += 1
    return {color: (seen["fill"], seen["stroke"]) for color, seen in counts.items()}


def fonts_set_by_hand(layers: list[Seen]) -> dict[Font, int]:
    """Texts by family, size and weight, outside the library."""
    texts = [seen.node for seen in layers if seen.node["type"] == "TEXT" and not seen.is_in_library]
    plain = [node.get("style") or {} for node in texts if "text" not in (node.get("styles") or {})]
    return Counter((style.get("fontFamily"), style.get("fontSize"), style.get("fontWeight")) for style in plain)


def _descend(node: Json, components: Json, published: frozenset[str], *, in_library: bool) -> Iterator[Seen]:
    if not node.get("visible", True):
        return
    if node["type"] == "INSTANCE":
        component = components.get(node.get("componentId", "")) or {}
        in_library = in_library or component.get("key", "") in published
    if node["type"] not in ("DOCUMENT", "CANVAS"):
        yield Seen(node, in_library)
    for child in node.get("children") or ():
        yield from _descend(child, components, published, in_library=in_library)


def _solid(node: Json, paints: str) -> list[Json]:
    solid = [paint for paint in node.get(paints) or () if paint["type"] == "SOLID" and paint.get("visible", True)]
    return [paint for paint in solid if _shown(paint)[7:] != "00"]


def _shown(paint: Json) -> str:
    channels = [_whole(Decimal(repr(paint["color"].get(name, 0))) * 255) for name in "rgb"]
    alpha = _whole(Decimal(repr(paint["color"].get("a", 1))) * 255) * Decimal(repr(paint.get("opacity", 1)))
    return "#" + bytes([*channels, _whole(alpha)]).hex()


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))
