"""Adoption and hard-coded values of one document, by plain recursion over its JSON.

Computes them from the answer of GET file and the keys of published components. It reads no code that is under test.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

Json = dict[str, Any]
Font = tuple[str | None, float | None, float | None]


class VisibleLayer(NamedTuple):
    """A visible layer, and whether it is, or lies in, an instance of a published component."""

    node: Json
    is_in_library: bool


def visible_layers(answer: Json, published: frozenset[str]) -> list[VisibleLayer]:
    """All visible layers, in any order; `published` are keys of components."""
    return list(_walk(answer["document"], answer.get("components") or {}, published, in_library=False))


def count_slots(layers: list[VisibleLayer]) -> dict[str, int]:
    """The columns of the mart `adoption` that need no list of styles."""
    fills = [fill for layer in layers for fill in _solid_paints(layer.node, "fills")]
    return {
        "visible_layers": len(layers),
        "library_layers": sum(layer.is_in_library for layer in layers),
        "text_slots": sum(layer.node["type"] == "TEXT" for layer in layers),
        "fill_slots": len(fills),
        "bound_fill_slots": sum("color" in (fill.get("boundVariables") or {}) for fill in fills),
    }


def hardcoded_colors(layers: list[VisibleLayer]) -> dict[str, tuple[int, int]]:
    """Fills and strokes by color, outside of library instances."""
    counts: dict[str, Counter[str]] = {}
    for node, is_in_library in layers:
        for role in () if is_in_library else ("fill", "stroke"):
            if {role, f"{role}s"} & (node.get("styles") or {}).keys():
                continue
            for paint in _solid_paints(node, f"{role}s"):
                if "color" not in (paint.get("boundVariables") or {}):
                    counts.setdefault(_hex_color(paint), Counter())[role] += 1
    return {color: (layer["fill"], layer["stroke"]) for color, layer in counts.items()}


def hardcoded_fonts(layers: list[VisibleLayer]) -> dict[Font, int]:
    """Texts by family, size and weight, outside of library instances."""
    texts = [layer.node for layer in layers if layer.node["type"] == "TEXT" and not layer.is_in_library]
    styles = [node.get("style") or {} for node in texts if "text" not in (node.get("styles") or {})]
    return Counter((style.get("fontFamily"), style.get("fontSize"), style.get("fontWeight")) for style in styles)


def _walk(node: Json, components: Json, published: frozenset[str], *, in_library: bool) -> Iterator[VisibleLayer]:
    if not node.get("visible", True):
        return
    if node["type"] == "INSTANCE":
        component = components.get(node.get("componentId", "")) or {}
        in_library = in_library or component.get("key", "") in published
    if node["type"] not in ("DOCUMENT", "CANVAS"):
        yield VisibleLayer(node, in_library)
    for child in node.get("children") or ():
        yield from _walk(child, components, published, in_library=in_library)


def _solid_paints(node: Json, paints: str) -> list[Json]:
    solid = [paint for paint in node.get(paints) or () if paint["type"] == "SOLID" and paint.get("visible", True)]
    return [paint for paint in solid if _hex_color(paint)[7:] != "00"]


def _hex_color(paint: Json) -> str:
    channels = [_round(Decimal(repr(paint["color"].get(name, 0))) * 255) for name in "rgb"]
    alpha = _round(Decimal(repr(paint["color"].get("a", 1))) * 255) * Decimal(repr(paint.get("opacity", 1)))
    return "#" + bytes([*channels, _round(alpha)]).hex()


def _round(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))
