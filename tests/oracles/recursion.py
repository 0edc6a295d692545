"""The rows of a file's tables by plain recursion over its JSON: slow, obvious, and without a line of the loader's code.

Every function takes what `json.loads` gives; rows come as dicts, whole, in the columns' own names.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
Row = dict[str, Any]
Rows = dict[str, list[Row]]

PLACE_COLUMNS = (
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

# where a node carries bound variables; elsewhere an alias is a value that an action or a default refers to
VARIABLE_HOMES = ("boundVariables", "fills", "strokes", "effects", "layoutGrids", "style", "componentProperties")


@dataclass(frozen=True)
class Placed:
    """A node, its ancestors from the DOCUMENT down, and its index among its siblings."""

    node: Json
    ancestors: tuple[Json, ...]
    position: int


def rows_of_file(file_key: str, answer: Json) -> Rows:
    """Return the rows of every node table for a regular answer of `GET file`."""
    found = list(placed(answer["document"]))
    sets, components, styles = (answer.get(name, {}) for name in ("componentSets", "components", "styles"))
    rows: Rows = {
        "nodes": [
            node_place(each, preorder) | node_looks(each.node) | component_keys(each.node, components, sets)
            for preorder, each in enumerate(found)
        ],
        "node_styles": [row for each in found for row in style_rows(each.node, styles)],
        "node_paints": [row for each in found for row in paint_rows(each.node)],
        "node_variables": [row for each in found for row in variable_rows(each.node)],
        "node_properties": [row for each in found for row in property_rows(each.node)],
        "node_overrides": [row for each in found for row in override_rows(each.node)],
        "file_components": [
            mapped_row(node_id, entry, "component_key")
            | {
                "component_set_id": entry.get("componentSetId"),
                "component_set_key": sets.get(entry.get("componentSetId") or "", {}).get("key"),
            }
            for node_id, entry in components.items()
        ],
        "file_component_sets": [mapped_row(node_id, entry, "component_set_key") for node_id, entry in sets.items()],
        "file_styles": [
            mapped_row(node_id, entry, "style_key") | {"style_type": word(entry.get("styleType"))}
            for node_id, entry in styles.items()
        ],
    }
    for name in rows:
        rows[name] = [{"file_key": file_key, **row, "is_tombstone": None} for row in rows[name]]
    return rows


def places_of_file(file_key: str, answer: Json) -> list[Row]:
    """Return what says where each node lies, for any answer, however odd the rest of it is."""
    found = enumerate(placed(answer["document"]))
    return [{"file_key": file_key, **node_place(each, preorder)} for preorder, each in found]


def placed(node: Json, ancestors: tuple[Json, ...] = (), position: int = 0) -> Iterator[Placed]:
    """Go through a document depth first."""
    yield Placed(node, ancestors, position)
    for index, child in enumerate(children_of(node)):
        yield from placed(child, (*ancestors, node), index)


def children_of(node: Json) -> list[Json]:
    children = node.get("children")
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


def count_below(node: Json) -> int:
    return sum(1 + count_below(child) for child in children_of(node))


def is_shown(node: Json) -> bool:
    return node.get("visible") is not False


def node_place(each: Placed, preorder: int) -> Row:
    node, ancestors = each.node, each.ancestors
    own_id = str(node["id"])
    instances = [above for above in ancestors if above["type"] == "INSTANCE"]
    return {
        "node_id": own_id,
        "parent_id": str(ancestors[-1]["id"]) if ancestors else None,
        "page_id": nearest((*ancestors, node), "CANVAS"),
        "position": each.position,
        "preorder": preorder,
        "descendant_count": count_below(node),
        "depth": len(ancestors),
        "type": str(node["type"]),
        "is_visible": is_shown(node),
        "is_effectively_visible": all(is_shown(above) for above in (*ancestors, node)),
        "instance_id": nearest(ancestors, "INSTANCE"),
        "instance_depth": len(instances),
        "source_node_id": own_id.split(";")[-1] if ";" in own_id else None,
        "definition_id": nearest((*ancestors, node), "COMPONENT", "COMPONENT_SET"),
        "section_id": nearest(ancestors, "SECTION"),
        "child_count": len(children_of(node)),
    }


def nearest(line: tuple[Json, ...], *types: str) -> str | None:
    ids = [str(node["id"]) for node in line if node["type"] in types]
    return ids[-1] if ids else None


def node_looks(node: Json) -> Row:
    """Return all that a node's columns say of its looks."""
    return node_drawing(node) | node_layout(node) | node_text(node)


def node_layout(node: Json) -> Row:
    held = node.get("constraints") or {}
    return {
        "layout_mode": word(node.get("layoutMode")),
        "layout_wrap": word(node.get("layoutWrap")),
        "layout_sizing_horizontal": word(node.get("layoutSizingHorizontal")),
        "layout_sizing_vertical": word(node.get("layoutSizingVertical")),
        "primary_axis_align": word(node.get("primaryAxisAlignItems")),
        "counter_axis_align": word(node.get("counterAxisAlignItems")),
        "padding_left": node.get("paddingLeft"),
        "padding_right": node.get("paddingRight"),
        "padding_top": node.get("paddingTop"),
        "padding_bottom": node.get("paddingBottom"),
        "item_spacing": node.get("itemSpacing"),
        "counter_axis_spacing": node.get("counterAxisSpacing"),
        "layout_grow": node.get("layoutGrow"),
        "layout_align": word(node.get("layoutAlign")),
        "layout_positioning": word(node.get("layoutPositioning")),
        "constraint_horizontal": word(held.get("horizontal")),
        "constraint_vertical": word(held.get("vertical")),
    }


def node_drawing(node: Json) -> Row:
    box, drawn = (node.get(name) or {} for name in ("absoluteBoundingBox", "absoluteRenderBounds"))
    return {
        "name": node.get("name"),
        "is_locked": node.get("locked", False),
        "component_id": node.get("componentId"),
        **{side: box.get(side) for side in ("x", "y", "width", "height")},
        **{f"render_{side}": drawn.get(side) for side in ("x", "y", "width", "height")},
        "rotation": node.get("rotation"),
        "opacity": node.get("opacity", 1),
        "blend_mode": word(node.get("blendMode")),
        "corner_radius": node.get("cornerRadius"),
        "stroke_weight": node.get("strokeWeight"),
        "stroke_align": word(node.get("strokeAlign")),
        "fill_count": len(node.get("fills") or []),
        "stroke_count": len(node.get("strokes") or []),
        "effect_count": len(node.get("effects") or []),
        "is_mask": node.get("isMask") is True,
        "dev_status": (node.get("devStatus") or {}).get("type"),
        "prototype_target_count": prototype_targets(node),
        "export_setting_count": len(node.get("exportSettings") or []),
    }


def node_text(node: Json) -> Row:
    style, deviations = node.get("style") or {}, node.get("characterStyleOverrides")
    return {
        "characters": node.get("characters"),
        "font_family": style.get("fontFamily"),
        "font_size": style.get("fontSize"),
        "font_weight": style.get("fontWeight"),
        "line_height_px": style.get("lineHeightPx"),
        "letter_spacing": style.get("letterSpacing"),
        "has_mixed_styles": None if deviations is None else deviations != [0] * len(deviations),
    }


def word(value: Any) -> str | None:
    """Return an enum's value; some who wrote answers down again wrote its number."""
    return None if value is None else str(value)


def component_keys(node: Json, components: Json, sets: Json) -> Row:
    component = components.get(node.get("componentId") or "", {})
    return {
        "component_key": component.get("key"),
        "component_set_key": sets.get(component.get("componentSetId") or "", {}).get("key"),
    }


def prototype_targets(node: Json) -> int:
    if node.get("interactions") is None:
        return int(bool(node.get("transitionNodeID")))
    return destinations(node["interactions"])


def destinations(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(destinations, value))
    if isinstance(value, dict):
        return int(bool(value.get("destinationId"))) + sum(map(destinations, value.values()))
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
    return [
        {
            "node_id": node["id"],
            "slot": slot,
            "style_id": style_id,
            "style_key": styles.get(style_id, {}).get("key"),
        }
        for slot, style_id in references
    ]


def paint_rows(node: Json) -> list[Row]:
    return [
        {
            "node_id": node["id"],
            "role": role,
            "position": position,
            "type": word(paint.get("type")),
            "color": hex_color(paint.get("color")),
            "opacity": paint.get("opacity", 1),
            "is_visible": paint.get("visible", True),
            "image_ref": paint.get("imageRef"),
            "variable_id": (paint.get("boundVariables") or {}).get("color", {}).get("id"),
        }
        for role in ("fill", "stroke")
        for position, paint in enumerate(node.get(f"{role}s") or [])
    ]


def hex_color(color: Json | None) -> str | None:
    if color is None:
        return None
    channels = [Decimal(repr(color.get(name, 1 if name == "a" else 0))) for name in "rgba"]
    whole = [int((channel * 255).to_integral_value(ROUND_HALF_UP)) for channel in channels]
    return "#" + bytes(max(0, min(value, 255)) for value in whole).hex()


def variable_rows(node: Json) -> list[Row]:
    found = [
        ("/".join(part for part in path if part != "boundVariables"), variable_id)
        for home in VARIABLE_HOMES
        for path, variable_id in aliases(node.get(home), (home,))
    ]
    return [
        {
            "node_id": node["id"],
            "property": path,
            "variable_id": variable_id,
            "variable_key": variable_id[len("VariableID:") :].split("/")[0] if "/" in variable_id else None,
        }
        for path, variable_id in found
    ]


def aliases(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find the variable aliases in a value; only under `boundVariables` do they bind a property."""
    if isinstance(value, dict) and value.get("type") == "VARIABLE_ALIAS" and "boundVariables" in path:
        yield path, value["id"]
    elif isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, below in items:
            yield from aliases(below, (*path, str(name)))


def property_rows(node: Json) -> list[Row]:
    given, declared = node.get("componentProperties"), node.get("componentPropertyDefinitions")
    values = "value" if given else "defaultValue"
    return [
        {"node_id": node["id"], "name": name, "type": each.get("type"), "value": as_text(each.get(values))}
        for name, each in (given or declared or {}).items()
    ]


def as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def override_rows(node: Json) -> list[Row]:
    fields = {(each["id"], field) for each in node.get("overrides") or [] for field in each["overriddenFields"]}
    return [{"node_id": node["id"], "target_node_id": target, "field": field} for target, field in sorted(fields)]


def mapped_row(node_id: str, entry: Json, key_column: str) -> Row:
    return {
        "node_id": node_id,
        key_column: entry.get("key"),
        "name": entry.get("name"),
        "description": entry.get("description"),
        "is_remote": entry.get("remote"),
    }
