"""The rows of every table of a document, by plain recursion over its JSON: slow and obvious.

Computes them from the answer of GET file as `json.loads` returns it. Rows are dicts with the names of the columns. It
reads no code that is under test.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
Row = dict[str, Any]
Rows = dict[str, list[Row]]

POSITION_COLUMNS = (
    "file_key",
    "node_id",
    "parent_id",
    "page_id",
    "position",
    "preorder",
    "descendant_count",
    "depth",
    "type",
    "is_visible",
    "is_effectively_visible",
    "instance_id",
    "instance_depth",
    "source_node_id",
    "definition_id",
    "section_id",
    "child_count",
)

FONT = ("fontFamily", "fontSize", "fontWeight")
# the properties that can have bound variables; in others an alias is the value of an action or a default
PROPERTIES_WITH_VARIABLES = (
    "boundVariables",
    "fills",
    "strokes",
    "effects",
    "layoutGrids",
    "style",
    "styleOverrideTable",
    "fillOverrideTable",
    "componentProperties",
)


@dataclass(frozen=True)
class PlacedNode:
    """A node, its ancestors from the DOCUMENT down, and its index among its siblings."""

    node: Json
    ancestors: tuple[Json, ...]
    position: int


def rows_of_file(file_key: str, answer: Json) -> Rows:
    """Return the rows of every node table for a regular answer of GET file."""
    answer = without_nul(answer)
    nodes = list(walk(answer["document"]))
    maps = (answer.get(name, {}) for name in ("componentSets", "components", "styles"))
    sets, components, styles = ({id_: known_key(entry) for id_, entry in entries.items()} for entries in maps)
    rows: Rows = {
        "nodes": [
            position_row(each, preorder) | appearance_row(each.node) | component_row(each.node, components, sets)
            for preorder, each in enumerate(nodes)
        ],
        "node_styles": [row for each in nodes for row in style_rows(each.node, styles)],
        "node_paints": [row for each in nodes for row in paint_rows(each.node)],
        "node_variables": [row for each in nodes for row in variable_rows(each.node)],
        "node_properties": [row for each in nodes for row in property_rows(each.node)],
        "node_overrides": [row for each in nodes for row in override_rows(each.node)],
        "node_effects": [row for each in nodes for row in effect_rows(each.node)],
        "node_modes": [row for each in nodes for row in mode_rows(each.node)],
        "text_ranges": [row for each in nodes for row in text_range_rows(each.node, styles)],
        "file_components": [
            map_entry_row(node_id, entry, "component_key")
            | {
                "component_set_id": entry.get("componentSetId"),
                "component_set_key": sets.get(entry.get("componentSetId") or "", {}).get("key"),
                "documentation_url": documentation_url(entry),
            }
            for node_id, entry in components.items()
        ],
        "file_component_sets": [
            map_entry_row(node_id, entry, "component_set_key") | {"documentation_url": documentation_url(entry)}
            for node_id, entry in sets.items()
        ],
        "file_styles": [
            map_entry_row(node_id, entry, "style_key") | {"style_type": enum_text(entry.get("styleType"))}
            for node_id, entry in styles.items()
        ],
    }
    for name in rows:
        rows[name] = [{"file_key": file_key, **row, "is_tombstone": None} for row in rows[name]]
    return rows


def position_rows_of_file(file_key: str, answer: Json) -> list[Row]:
    """Return the columns that say where each node is, also for answers with wrong values elsewhere."""
    nodes = enumerate(walk(answer["document"]))
    return [{"file_key": file_key, **position_row(each, preorder)} for preorder, each in nodes]


def walk(node: Json, ancestors: tuple[Json, ...] = (), position: int = 0) -> Iterator[PlacedNode]:
    """Visit a document depth first."""
    yield PlacedNode(node, ancestors, position)
    for index, child in enumerate(children_of(node)):
        yield from walk(child, (*ancestors, node), index)


def children_of(node: Json) -> list[Json]:
    children = node.get("children")
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


def count_descendants(node: Json) -> int:
    return sum(1 + count_descendants(child) for child in children_of(node))


def is_visible(node: Json) -> bool:
    return node.get("visible") is not False


def position_row(each: PlacedNode, preorder: int) -> Row:
    node, ancestors = each.node, each.ancestors
    node_id = str(node["id"])
    instances = [ancestor for ancestor in ancestors if ancestor["type"] == "INSTANCE"]
    return {
        "node_id": node_id,
        "parent_id": str(ancestors[-1]["id"]) if ancestors else None,
        "page_id": nearest_ancestor((*ancestors, node), "CANVAS"),
        "position": each.position,
        "preorder": preorder,
        "descendant_count": count_descendants(node),
        "depth": len(ancestors),
        "type": str(node["type"]),
        "is_visible": is_visible(node),
        "is_effectively_visible": all(is_visible(ancestor) for ancestor in (*ancestors, node)),
        "instance_id": nearest_ancestor(ancestors, "INSTANCE"),
        "instance_depth": len(instances),
        "source_node_id": node_id.split(";")[-1] if ";" in node_id else None,
        "definition_id": nearest_ancestor((*ancestors, node), "COMPONENT", "COMPONENT_SET"),
        "section_id": nearest_ancestor(ancestors, "SECTION"),
        "child_count": len(children_of(node)),
    }


def nearest_ancestor(path_: tuple[Json, ...], *types: str) -> str | None:
    ids = [str(node["id"]) for node in path_ if node["type"] in types]
    return ids[-1] if ids else None


def appearance_row(node: Json) -> Row:
    """Return all columns about the appearance of a node."""
    return drawing_row(node) | layout_row(node) | text_row(node)


def layout_row(node: Json) -> Row:
    constraints = node.get("constraints") or {}
    return {
        "layout_mode": enum_text(node.get("layoutMode")),
        "layout_wrap": enum_text(node.get("layoutWrap")),
        "layout_sizing_horizontal": enum_text(node.get("layoutSizingHorizontal")),
        "layout_sizing_vertical": enum_text(node.get("layoutSizingVertical")),
        "primary_axis_sizing_mode": enum_text(node.get("primaryAxisSizingMode")),
        "counter_axis_sizing_mode": enum_text(node.get("counterAxisSizingMode")),
        "primary_axis_align": enum_text(node.get("primaryAxisAlignItems")),
        "counter_axis_align": enum_text(node.get("counterAxisAlignItems")),
        "padding_left": node.get("paddingLeft"),
        "padding_right": node.get("paddingRight"),
        "padding_top": node.get("paddingTop"),
        "padding_bottom": node.get("paddingBottom"),
        "item_spacing": node.get("itemSpacing"),
        "counter_axis_spacing": node.get("counterAxisSpacing"),
        "layout_grow": node.get("layoutGrow"),
        "layout_align": enum_text(node.get("layoutAlign")),
        "layout_positioning": enum_text(node.get("layoutPositioning")),
        **{
            f"{bound}_{side}": node.get(f"{bound}{side.title()}")
            for bound in ("min", "max")
            for side in ("width", "height")
        },
        "clips_content": node.get("clipsContent"),
        "scroll_behavior": enum_text(node.get("scrollBehavior")),
        "is_fixed": node.get("isFixed") is True,
        "constraint_horizontal": enum_text(constraints.get("horizontal")),
        "constraint_vertical": enum_text(constraints.get("vertical")),
    }


def drawing_row(node: Json) -> Row:
    radii = node.get("rectangleCornerRadii") or []
    top_left, top_right, bottom_right, bottom_left = radii if len(radii) == 4 else [None] * 4
    box, render_box = (node.get(name) or {} for name in ("absoluteBoundingBox", "absoluteRenderBounds"))
    return {
        "name": node.get("name"),
        "is_locked": node.get("locked", False),
        "component_id": node.get("componentId"),
        **{side: box.get(side) for side in ("x", "y", "width", "height")},
        **{f"render_{side}": render_box.get(side) for side in ("x", "y", "width", "height")},
        "rotation": node.get("rotation"),
        "opacity": node.get("opacity", 1),
        "blend_mode": enum_text(node.get("blendMode")),
        "corner_radius": node.get("cornerRadius"),
        "corner_radius_top_left": top_left,
        "corner_radius_top_right": top_right,
        "corner_radius_bottom_right": bottom_right,
        "corner_radius_bottom_left": bottom_left,
        "stroke_weight": node.get("strokeWeight"),
        **{
            f"stroke_weight_{side}": (node.get("individualStrokeWeights") or {}).get(side)
            for side in ("top", "right", "bottom", "left")
        },
        "stroke_align": enum_text(node.get("strokeAlign")),
        "fill_count": len(node.get("fills") or []),
        "stroke_count": len(node.get("strokes") or []),
        "effect_count": len(node.get("effects") or []),
        "is_mask": node.get("isMask") is True,
        "dev_status": (node.get("devStatus") or {}).get("type"),
        "prototype_target_count": count_prototype_targets(node),
        "export_setting_count": len(node.get("exportSettings") or []),
    }


def text_row(node: Json) -> Row:
    style, overrides = node.get("style") or {}, node.get("characterStyleOverrides")
    return {
        "characters": node.get("characters"),
        "font_family": style.get("fontFamily"),
        "font_size": style.get("fontSize"),
        "font_weight": style.get("fontWeight"),
        "line_height_px": style.get("lineHeightPx"),
        "letter_spacing": style.get("letterSpacing"),
        "has_mixed_styles": None if overrides is None else overrides != [0] * len(overrides),
    }


def enum_text(value: Any) -> str | None:
    """Return the value of an enum. Some recordings have its number instead of its name."""
    return None if value is None else str(value)


def component_row(node: Json, components: Json, sets: Json) -> Row:
    component = components.get(node.get("componentId") or "", {})
    return {
        "component_key": component.get("key"),
        "component_set_key": sets.get(component.get("componentSetId") or "", {}).get("key"),
    }


def count_prototype_targets(node: Json) -> int:
    if node.get("interactions") is None:
        return int(bool(node.get("transitionNodeID")))
    return count_destinations(node["interactions"])


def count_destinations(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(count_destinations, value))
    if isinstance(value, dict):
        return int(bool(value.get("destinationId"))) + sum(map(count_destinations, value.values()))
    return 0


def style_rows(node: Json, styles: Json) -> list[Row]:
    references = list((node.get("styles") or {}).items())
    parts = [
        part
        for table in ("styleOverrideTable", "fillOverrideTable")
        for part in (node.get(table) or {}).values()
        if part is not None
    ]
    for slot, name in (("text_range", "inheritTextStyleId"), ("fill_range", "inheritFillStyleId")):
        references += sorted({(slot, part[name]) for part in parts if part.get(name)})
    looks = looks_of(node)
    shown = {
        slot: {look[f"{kind}_style_id"] for look in looks}
        for kind, slots in (("text", ("text", "text_range")), ("fill", ("fill", "fills", "fill_range")))
        for slot in slots
    }
    return [
        {
            "node_id": node["id"],
            "slot": slot,
            "style_id": style_id,
            "style_key": styles.get(style_id, {}).get("key"),
            "is_shown": style_id in shown[slot] if slot in shown and (looks or slot.endswith("_range")) else True,
        }
        for slot, style_id in references
    ]


def text_range_rows(node: Json, styles: Json) -> list[Row]:
    rows = []
    for look in looks_of(node):
        keys = {
            f"{kind}_style_key": styles.get(look[f"{kind}_style_id"] or "", {}).get("key") for kind in ("text", "fill")
        }
        columns = {name: value for name, value in look.items() if name != "fills"} | keys
        none = dict.fromkeys(("type", "color", "opacity", "is_visible", "image_ref", "variable_id"))
        paints = look["fills"] or [none | {"position": 0}]
        rows += [
            {"node_id": node["id"], **columns, **{name: paint[name] for name in ("position", *none)}}
            for paint in paints
        ]
    return rows


def looks_of(node: Json) -> list[Row]:
    """Return the looks of a text or vector whose parts differ, by the lowest override that gives each."""
    overrides, characters = node.get("characterStyleOverrides") or [], node.get("characters") or ""
    counts: dict[int, int | None]
    if any(overrides):
        table = node.get("styleOverrideTable") or {}
        of_each = override_of_each_character(characters, overrides) or [0]
        shown = [override if table.get(str(override)) is not None else 0 for override in of_each]
        counts = {override: shown.count(override) if characters else 0 for override in sorted(set(shown))}
    else:
        table = {
            name: part
            for name, part in (node.get("fillOverrideTable") or {}).items()
            if part is not None and name.isdigit()
        }
        counts = dict.fromkeys([0, *sorted(int(name) for name in table)]) if table else {}
    looks: list[Row] = []
    for override, count in counts.items():
        look = look_of(node, table.get(str(override)) if override else {})
        same = [other for other in looks if all(other[name] == look[name] for name in look)]
        if not same:
            looks.append({"look": override, "characters": count} | look)
        elif count is not None:
            same[0]["characters"] += count
    return looks


def override_of_each_character(characters: str, overrides: list[int]) -> list[int]:
    """Return one override per code point; the list counts UTF-16 units, and lacks zeros at its end."""
    units = [index for index, each in enumerate(characters) for _ in range(len(each.encode("utf-16-le")) // 2)]
    by_unit = [*overrides, *[0] * len(units)]
    return [by_unit[units.index(index)] for index in range(len(characters))]


def look_of(node: Json, part: Json | None) -> Row:
    """Return what a part of a node shows: its own values, otherwise those of the node."""
    part, base, styles = part or {}, node.get("style") or {}, node.get("styles") or {}
    own_font = any(
        part.get(name) is not None for name in ("fontFamily", "fontSize", "fontWeight", "lineHeightPx", "letterSpacing")
    )
    own_fills = part.get("fills") is not None
    values = {name: base.get(name) if part.get(name) is None else part[name] for name in FONT}
    return {
        "font_family": values["fontFamily"],
        "font_size": values["fontSize"],
        "font_weight": values["fontWeight"],
        "font_family_variable_id": font_variable(node, part, "fontFamily"),
        "font_size_variable_id": font_variable(node, part, "fontSize"),
        "text_style_id": part.get("inheritTextStyleId") or (None if own_font else styles.get("text")),
        "fill_style_id": part.get("inheritFillStyleId")
        or (None if own_fills else styles.get("fill") or styles.get("fills")),
        "fills": paint_rows({"id": node["id"], "fills": (part["fills"] if own_fills else node.get("fills")) or []}),
    }


def font_variable(node: Json, part: Json, name: str) -> str | None:
    """Return the variable of a part's family or size; those of the base are listed with those of all parts."""

    def bound(style: Json) -> str | None:
        alias = (style.get("boundVariables") or {}).get(name)
        return str(alias["id"]) if isinstance(alias, dict) and "id" in alias else None

    if bound(part) or part.get(name) is not None:
        return bound(part)
    base = node.get("style") or {}
    if bound(base):
        return bound(base)
    listed = (node.get("boundVariables") or {}).get(name) or []
    ids = [str(alias["id"]) for alias in (listed if isinstance(listed, list) else [listed])]
    of_parts = {bound(each): each.get(name) for each in (node.get("styleOverrideTable") or {}).values() if each}
    same_value = [one for one in ids if of_parts.get(one) == base.get(name)]
    found = [*(one for one in ids if one not in of_parts), *same_value]
    return found[0] if found else None


def paint_rows(node: Json) -> list[Row]:
    return [
        {
            "node_id": node["id"],
            "role": role,
            "position": position,
            "type": enum_text(paint.get("type")),
            "color": hex_color(paint.get("color")),
            "opacity": paint.get("opacity", 1),
            "is_visible": paint.get("visible", True),
            "image_ref": paint.get("imageRef"),
            "variable_id": (paint.get("boundVariables") or {}).get("color", {}).get("id"),
        }
        for role in ("fill", "stroke")
        for position, paint in enumerate(node.get(f"{role}s") or [])
    ]


def effect_rows(node: Json) -> list[Row]:
    return [
        {
            "node_id": node["id"],
            "position": position,
            "type": enum_text(effect.get("type")),
            "is_visible": effect.get("visible", True),
            "radius": effect.get("radius"),
            "offset_x": (effect.get("offset") or {}).get("x"),
            "offset_y": (effect.get("offset") or {}).get("y"),
            "spread": effect.get("spread"),
            "color": hex_color(effect.get("color")),
            "blend_mode": enum_text(effect.get("blendMode")),
            "variable_id": variable_of_effect(effect.get("boundVariables") or {}),
        }
        for position, effect in enumerate(node.get("effects") or [])
    ]


def variable_of_effect(bound: Json) -> str | None:
    for field in ("color", "radius", "spread", "offsetX", "offsetY"):
        if field in bound:
            return str(bound[field]["id"])
    return None


def mode_rows(node: Json) -> list[Row]:
    modes = node.get("explicitVariableModes") or {}
    return [{"node_id": node["id"], "collection_id": collection, "mode_id": mode} for collection, mode in modes.items()]


def hex_color(color: Json | None) -> str | None:
    if color is None:
        return None
    channels = [Decimal(repr(color.get(name, 1 if name == "a" else 0))) for name in "rgba"]
    bytes_ = [int((channel * 255).to_integral_value(ROUND_HALF_UP)) for channel in channels]
    return "#" + bytes(max(0, min(value, 255)) for value in bytes_).hex()


def variable_rows(node: Json) -> list[Row]:
    nodes = [
        ("/".join(part for part in path if part != "boundVariables"), variable_id)
        for property_ in PROPERTIES_WITH_VARIABLES
        for path, variable_id in aliases(node.get(property_), (property_,))
    ]
    return [
        {
            "node_id": node["id"],
            "property": path,
            "variable_id": variable_id,
            "variable_key": variable_id[len("VariableID:") :].split("/")[0] if "/" in variable_id else None,
        }
        for path, variable_id in nodes
    ]


def aliases(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find the variable aliases in a value. They bind a property only under `boundVariables`."""
    if isinstance(value, dict) and value.get("type") == "VARIABLE_ALIAS" and "boundVariables" in path:
        yield path, value["id"]
    elif isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, child in items:
            yield from aliases(child, (*path, str(name)))


def property_rows(node: Json) -> list[Row]:
    values_, definitions = node.get("componentProperties"), node.get("componentPropertyDefinitions")
    values = "value" if values_ else "defaultValue"
    return [
        {"node_id": node["id"], "name": name, "type": each.get("type"), "value": value_text(each.get(values))}
        for name, each in (values_ or definitions or {}).items()
    ]


def value_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def override_rows(node: Json) -> list[Row]:
    fields = {(each["id"], field) for each in node.get("overrides") or [] for field in each["overriddenFields"]}
    return [{"node_id": node["id"], "target_node_id": target, "field": field} for target, field in sorted(fields)]


def without_nul(value: Any) -> Any:
    """Return a JSON value with a question mark for each U+0000, which not every database can store."""
    if isinstance(value, dict):
        return {without_nul(name): without_nul(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_nul(part) for part in value]
    return value.replace("\0", "?") if isinstance(value, str) else value


def known_key(entry: Json) -> Json:
    """Return an entry of a map. An empty key is none."""
    return {**entry, "key": entry.get("key") or None}


def documentation_url(entry: Json) -> str | None:
    addresses = [link["uri"] for link in entry.get("documentationLinks") or () if link.get("uri")]
    return addresses[0] if addresses else None


def map_entry_row(node_id: str, entry: Json, key_column: str) -> Row:
    return {
        "node_id": node_id,
        key_column: entry.get("key"),
        "name": entry.get("name"),
        "description": entry.get("description"),
        "is_remote": entry.get("remote"),
    }
