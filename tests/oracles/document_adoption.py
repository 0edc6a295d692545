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
    slots = [
        [bound for looks in _looks(layer.node) for at, _, bound in _shown_fills(looks) if at == position]
        for layer in layers
        for position in sorted({at for looks in _looks(layer.node) for at, _, _ in _shown_fills(looks)})
    ]
    return {
        "visible_layers": len(layers),
        "library_layers": sum(layer.is_in_library for layer in layers),
        "text_slots": sum(layer.node["type"] == "TEXT" for layer in layers),
        "fill_slots": len(slots),
        "bound_fill_slots": sum(map(all, slots)),
    }


def hardcoded_colors(layers: list[VisibleLayer]) -> dict[str, tuple[int, int]]:
    """Fills and strokes by color, outside of library instances; a fill counts once for all looks that show it."""
    counts: dict[str, Counter[str]] = {}
    for node, is_in_library in layers:
        if is_in_library:
            continue
        looks = [look for look in _looks(node) if not look["fill_style"]]
        fills = {(at, color) for look in looks for at, color, is_bound in _shown_fills(look) if not is_bound}
        has_style = {"stroke", "strokes"} & (node.get("styles") or {}).keys()
        strokes = [] if has_style else [paint for paint in _solid_paints(node, "strokes") if not _is_bound(paint)]
        for role, colors in (("fill", [color for _, color in fills]), ("stroke", map(_hex_color, strokes))):
            for color in colors:
                counts.setdefault(color, Counter())[role] += 1
    return {color: (layer["fill"], layer["stroke"]) for color, layer in counts.items()}


def hardcoded_fonts(layers: list[VisibleLayer]) -> dict[Font, int]:
    """Texts by family, size and weight, outside of library instances; a text counts once for each font it shows."""
    texts = [layer.node for layer in layers if layer.node["type"] == "TEXT" and not layer.is_in_library]
    return Counter(
        font
        for node in texts
        for font in {look["font"] for look in _looks(node) if not look["text_style"] and not look["has_font_variable"]}
    )


def _looks(node: Json) -> list[Json]:
    """What each character of a text shows, or the node itself if it has one look."""
    styles, base = node.get("styles") or {}, node.get("style") or {}
    overrides, characters = node.get("characterStyleOverrides") or [], node.get("characters") or ""
    table = node.get("styleOverrideTable") or {}
    parts: list[Json] = [{}]
    if any(overrides):
        padded = [*overrides, *[0] * len(characters)][: len(characters)]
        parts = [table.get(str(override)) or {} for override in sorted(set(padded))] or [{}]
    bound_in_node = {**(node.get("boundVariables") or {}), **(base.get("boundVariables") or {})}
    looks = []
    for part in parts:
        own = {**base, **{name: value for name, value in part.items() if value is not None}}
        has_own_font = any(name in part for name in ("fontFamily", "fontSize", "fontWeight", "lineHeightPx"))
        has_own_fills = part.get("fills") is not None
        bindings = [
            (part.get("boundVariables") or {}).get(name) or (bound_in_node.get(name) if name not in part else None)
            for name in ("fontFamily", "fontSize")
        ]
        base_fill = styles.get("fill") or styles.get("fills")
        looks.append(
            {
                "font": (own.get("fontFamily"), own.get("fontSize"), own.get("fontWeight")),
                "has_font_variable": any(bindings),
                "text_style": part.get("inheritTextStyleId") or (None if has_own_font else styles.get("text")),
                "fill_style": part.get("inheritFillStyleId") or (None if has_own_fills else base_fill),
                "fills": part["fills"] if has_own_fills else node.get("fills") or (),
            }
        )
    return looks


def _shown_fills(look: Json) -> list[tuple[int, str, bool]]:
    """Index, color and whether a variable gives it, of each fill of a look that shows a solid color."""
    fills = [
        (at, fill) for at, fill in enumerate(look["fills"]) if fill["type"] == "SOLID" and fill.get("visible", True)
    ]
    colors = [(at, _hex_color(fill), _is_bound(fill)) for at, fill in fills]
    return [one for one in colors if one[1][7:] != "00"]


def _is_bound(paint: Json) -> bool:
    return "color" in (paint.get("boundVariables") or {})


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
