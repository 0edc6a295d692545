"""A document as Arrow tables: one row per node, paint, style reference, variable, property, override and map entry.

Pure: no HTTP, no dlt, no clock. The tree is walked once, by presence of `children`, never by a list of types; columns
are then read off the list of nodes one at a time, which is several times faster than building rows.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from pipelines.figma.model import (
    Action,
    Box,
    Color,
    Constraints,
    Document,
    MappedComponent,
    MappedStyle,
    Node,
    Paint,
    TypeStyle,
)
from pipelines.figma.schema import NODE_TABLES, TABLES, TOMBSTONE

Tables = dict[str, pa.Table]
Columns = dict[str, "list[Any] | pa.Array"]

DEFINITIONS = frozenset({"COMPONENT", "COMPONENT_SET"})
REMOTE_VARIABLE = re.compile(r"VariableID:([0-9a-f]{40})/")
HASHED_ROWS = 16_384

NOTHING: dict[str, Any] = {}
NO_BOX = Box()
NO_CONSTRAINTS = Constraints()
NO_TEXT_STYLE = TypeStyle()

# columns that are node attributes as they are
PLAIN = {
    "node_id": "id",
    "type": "type",
    "name": "name",
    "is_visible": "visible",
    "is_locked": "locked",
    "component_id": "component_id",
    "rotation": "rotation",
    "blend_mode": "blend_mode",
    "layout_mode": "layout_mode",
    "layout_wrap": "layout_wrap",
    "layout_sizing_horizontal": "layout_sizing_horizontal",
    "layout_sizing_vertical": "layout_sizing_vertical",
    "primary_axis_align": "primary_axis_align_items",
    "counter_axis_align": "counter_axis_align_items",
    "padding_left": "padding_left",
    "padding_right": "padding_right",
    "padding_top": "padding_top",
    "padding_bottom": "padding_bottom",
    "item_spacing": "item_spacing",
    "counter_axis_spacing": "counter_axis_spacing",
    "layout_grow": "layout_grow",
    "layout_align": "layout_align",
    "layout_positioning": "layout_positioning",
    "corner_radius": "corner_radius",
    "stroke_weight": "stroke_weight",
    "stroke_align": "stroke_align",
    "characters": "characters",
}
COUNTED = {
    "fill_count": "fills",
    "stroke_count": "strokes",
    "effect_count": "effects",
    "child_count": "children",
    "export_setting_count": "export_settings",
}
ATTRIBUTES = (
    *PLAIN.values(),
    *COUNTED.values(),
    "absolute_bounding_box",
    "absolute_render_bounds",
    "constraints",
    "style",
    "dev_status",
    "opacity",
    "character_style_overrides",
    "is_mask",
)
LAYERS = {"fills": "fills", "strokes": "strokes", "effects": "effects", "layoutGrids": "layout_grids"}
NODES_AT_HAND = 512
BOX = ("x", "y", "width", "height")
FONT = ("font_family", "font_size", "font_weight", "line_height_px", "letter_spacing")


class Above(NamedTuple):
    """What the children of one node share: all that their ancestors decide."""

    parent: int = -1
    parent_id: str | None = None
    page_id: str | None = None
    depth: int = 0
    is_visible: bool = True
    instance_id: str | None = None
    instance_depth: int = 0
    definition_id: str | None = None
    section_id: str | None = None


class Walk(NamedTuple):
    """A document's nodes depth first, each with its index among its siblings and what lies above it."""

    nodes: list[Node]
    positions: list[int]
    above: list[Above]


class Layers(NamedTuple):
    """All paints, effects or grids of a document's nodes, each with its node and its index there."""

    node_ids: list[str]
    positions: list[int]
    parts: list[Any]


def flatten_document(file_key: str, document: Document) -> Tables:
    """Return one Arrow table per node table for one state of a file, each with the schema of `schema.TABLES`."""
    walk = _walk(document.document)
    layers = {name: _layers(walk.nodes, attribute) for name, attribute in LAYERS.items()}
    columns: dict[str, Columns] = {
        "nodes": _node_columns(walk, document),
        "node_styles": _style_columns(walk.nodes, document.styles),
        "node_paints": _paint_columns(layers["fills"], layers["strokes"]),
        "node_variables": _rows("node_variables", _variables(walk.nodes, layers)),
        "node_properties": _rows("node_properties", _properties(walk.nodes)),
        "node_overrides": _rows("node_overrides", _overrides(walk.nodes)),
        "file_components": _rows("file_components", _mapped_components(document)),
        "file_component_sets": _rows("file_component_sets", _mapped_sets(document.component_sets)),
        "file_styles": _rows("file_styles", _mapped_styles(document.styles)),
    }
    return {name: _table(name, file_key, columns[name]) for name in NODE_TABLES}


def tombstones(file_key: str, names: Iterable[str] = NODE_TABLES) -> Tables:
    """Return one row per table that says the file has no rows there: a load deletes what was, and stores nothing."""
    return {name: _tombstone(name, file_key) for name in names}


def with_tombstones(file_key: str, tables: Tables) -> Tables:
    """Return the tables with a tombstone in place of each empty one: no row at all would leave the old rows."""
    return {name: table if table.num_rows else _tombstone(name, file_key) for name, table in tables.items()}


def hash_content(tables: Tables) -> str:
    """Return a hash of all rows: equal exactly when nothing that is stored of the file differs."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(tables):
        digest.update(name.encode())
        for batch in _in_one_piece(tables[name]).to_batches(max_chunksize=HASHED_ROWS):
            digest.update(batch.serialize())
    return digest.hexdigest()


def _in_one_piece(table: pa.Table) -> pa.Table:
    return table.combine_chunks() if any(column.num_chunks > 1 for column in table.columns) else table


def _walk(root: Node) -> Walk:
    walk = Walk([], [], [])
    stack: list[tuple[Node, int, Above]] = [(root, 0, Above())]
    pop, extend = stack.pop, stack.extend
    add_node, add_position, add_above = walk.nodes.append, walk.positions.append, walk.above.append
    index = 0
    while stack:
        node, position, above = pop()
        add_node(node)
        add_position(position)
        add_above(above)
        children = node.children
        if children:
            last = len(children) - 1
            extend(zip(reversed(children), range(last, -1, -1), repeat(_below(index, node, above)), strict=False))
        index += 1
    return walk


def _below(index: int, node: Node, above: Above) -> Above:
    is_instance = node.type == "INSTANCE"
    return Above(
        index,
        node.id,
        node.id if node.type == "CANVAS" else above.page_id,
        above.depth + 1,
        above.is_visible and node.visible,
        node.id if is_instance else above.instance_id,
        above.instance_depth + is_instance,
        node.id if node.type in DEFINITIONS else above.definition_id,
        node.id if node.type == "SECTION" else above.section_id,
    )


def _node_columns(walk: Walk, document: Document) -> Columns:
    nodes = walk.nodes
    read = _read_attributes(nodes)
    columns: Columns = {column: read[attribute] for column, attribute in PLAIN.items()}
    columns |= {column: [len(parts) if parts else 0 for parts in read[name]] for column, name in COUNTED.items()}
    columns |= _place_columns(walk, columns)
    columns |= _component_columns(columns["component_id"], document)
    columns |= _parts(read["absolute_bounding_box"], NO_BOX, BOX)
    columns |= _parts(read["absolute_render_bounds"], NO_BOX, BOX, prefix="render_")
    columns |= _parts(read["constraints"], NO_CONSTRAINTS, ("horizontal", "vertical"), prefix="constraint_")
    columns |= _parts(read["style"], NO_TEXT_STYLE, FONT)
    columns["dev_status"] = [status and status.type for status in read["dev_status"]]
    columns["opacity"] = [1.0 if value is None else value for value in read["opacity"]]
    columns["has_mixed_styles"] = [
        None if overrides is None else any(overrides) for overrides in read["character_style_overrides"]
    ]
    columns["is_mask"] = list(map(bool, read["is_mask"]))
    columns["prototype_target_count"] = list(map(_prototype_targets, nodes))
    return columns


def _read_attributes(nodes: list[Node]) -> dict[str, list[Any]]:
    """Read columns off the nodes a few hundred nodes at a time, while these are at hand in the processor's cache."""
    read: dict[str, list[Any]] = {attribute: [] for attribute in ATTRIBUTES}
    steps = [(values.extend, attrgetter(attribute)) for attribute, values in read.items()]
    for start in range(0, len(nodes), NODES_AT_HAND):
        some = nodes[start : start + NODES_AT_HAND]
        for extend, get in steps:
            extend(map(get, some))
    return read


def _place_columns(walk: Walk, columns: Columns) -> Columns:
    """Columns that say where in the document a node lies."""
    nodes, above = walk.nodes, walk.above
    paired = list(zip(columns["node_id"], columns["type"], above, strict=True))
    return {
        "parent_id": _each(above, "parent_id"),
        "page_id": [own if type_ == "CANVAS" else higher.page_id for own, type_, higher in paired],
        "position": walk.positions,
        "preorder": pa.array(range(len(nodes)), pa.int32()),
        "descendant_count": _descendant_counts(_each(above, "parent")),
        "depth": _each(above, "depth"),
        "is_effectively_visible": [
            shown and higher.is_visible for shown, higher in zip(columns["is_visible"], above, strict=True)
        ],
        "instance_id": _each(above, "instance_id"),
        "instance_depth": _each(above, "instance_depth"),
        "source_node_id": [own.rpartition(";")[2] if ";" in own else None for own in columns["node_id"]],
        "definition_id": [own if type_ in DEFINITIONS else higher.definition_id for own, type_, higher in paired],
        "section_id": _each(above, "section_id"),
    }


def _descendant_counts(parents: list[int]) -> list[int]:
    counts = [0] * len(parents)
    for index in range(len(parents) - 1, 0, -1):
        counts[parents[index]] += counts[index] + 1
    return counts


def _component_columns(component_ids: Any, document: Document) -> Columns:
    sets = {set_id: mapped.key for set_id, mapped in document.component_sets.items()}
    keys = {node_id: mapped.key for node_id, mapped in document.components.items()}
    set_keys = {node_id: sets.get(mapped.component_set_id or "") for node_id, mapped in document.components.items()}
    return {
        "component_key": list(map(keys.get, component_ids)),
        "component_set_key": list(map(set_keys.get, component_ids)),
    }


def _prototype_targets(node: Node) -> int:
    if node.interactions is None:
        return 1 if node.transition_node_id else 0
    return sum(_targets(interaction.actions or []) for interaction in node.interactions)


def _targets(actions: list[Action | None]) -> int:
    return sum(
        bool(action.destination_id) + sum(_targets(block.actions or []) for block in action.conditional_blocks or [])
        for action in actions
        if action
    )


def _style_columns(nodes: list[Node], styles: dict[str, MappedStyle]) -> Columns:
    columns = _rows("node_styles", _style_references(nodes))
    keys = {style_id: style.key for style_id, style in styles.items()}
    columns["style_key"] = list(map(keys.get, columns["style_id"]))
    return columns


def _style_references(nodes: list[Node]) -> Iterator[tuple[str, str, str, None]]:
    for node in nodes:
        if node.styles:
            for slot, style_id in node.styles.items():
                yield node.id, slot, style_id, None
        if node.style_override_table or node.fill_override_table:
            for slot, style_id in _range_references(node):
                yield node.id, slot, style_id, None


def _range_references(node: Node) -> dict[tuple[str, str], None]:
    """Styles of parts of a text or vector; many parts may share one."""
    found: dict[tuple[str, str], None] = {}
    for table in (node.style_override_table, node.fill_override_table):
        for part in (table or {}).values():
            if part and part.inherit_text_style_id:
                found["text_range", part.inherit_text_style_id] = None
            if part and part.inherit_fill_style_id:
                found["fill_range", part.inherit_fill_style_id] = None
    return found


def _layers(nodes: list[Node], attribute: str) -> Layers:
    layers = Layers([], [], [])
    for node, parts in zip(nodes, _each(nodes, attribute), strict=True):
        if parts:
            layers.node_ids.extend(repeat(node.id, len(parts)))
            layers.positions.extend(range(len(parts)))
            layers.parts.extend(parts)
    return layers


def _paint_columns(fills: Layers, strokes: Layers) -> Columns:
    paints: list[Paint] = fills.parts + strokes.parts
    return {
        "node_id": fills.node_ids + strokes.node_ids,
        "role": ["fill"] * len(fills.parts) + ["stroke"] * len(strokes.parts),
        "position": fills.positions + strokes.positions,
        "type": _each(paints, "type"),
        "color": _hex_colors(paints),
        "opacity": [1.0 if paint.opacity is None else paint.opacity for paint in paints],
        "is_visible": _each(paints, "visible"),
        "image_ref": _each(paints, "image_ref"),
        "variable_id": [_alias_id((bound or NOTHING).get("color")) for bound in _each(paints, "bound_variables")],
    }


def _hex_colors(paints: list[Paint]) -> list[str | None]:
    known: dict[tuple[float, float, float, float], str] = {}

    def hex_color(color: Color) -> str:
        channels = (color.r, color.g, color.b, color.a)
        if channels not in known:
            known[channels] = "#" + "".join(f"{int(min(1.0, max(0.0, c)) * 255 + 0.5):02x}" for c in channels)
        return known[channels]

    return [hex_color(paint.color) if paint.color else None for paint in paints]


def _alias_id(alias: Any) -> str | None:
    return alias["id"] if isinstance(alias, dict) and isinstance(alias.get("id"), str) else None


def _variables(nodes: list[Node], layers: dict[str, Layers]) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield a row for each binding, one home of bindings after the other: most nodes have none."""
    for node_id, bound, path in chain(_bound_layers(layers), _bound_nodes(nodes)):
        for name, variable_id in _aliases(bound, path):
            remote = REMOTE_VARIABLE.match(variable_id)
            yield node_id, name, variable_id, remote and remote[1]


def _bound_layers(layers: dict[str, Layers]) -> Iterator[tuple[str, Any, str]]:
    for name, found in layers.items():
        for node_id, position, part in zip(*found, strict=True):
            if part.bound_variables:
                yield node_id, part.bound_variables, f"{name}/{position}"
    for name in ("fills", "strokes"):
        for node_id, position, paint in zip(*layers[name], strict=True):
            for stop, at in enumerate(paint.gradient_stops or ()):
                yield node_id, at.bound_variables or NOTHING, f"{name}/{position}/gradientStops/{stop}"


def _bound_nodes(nodes: list[Node]) -> Iterator[tuple[str, Any, str]]:
    for node in nodes:
        if node.bound_variables:
            yield node.id, node.bound_variables, ""
        if node.style and node.style.bound_variables:
            yield node.id, node.style.bound_variables, "style"
        if node.style_override_table:
            for name, deviation in node.style_override_table.items():
                yield node.id, (deviation and deviation.bound_variables) or NOTHING, f"styleOverrideTable/{name}"
        if node.component_properties:
            for name, given in node.component_properties.items():
                yield node.id, given.bound_variables or NOTHING, f"componentProperties/{name}"


def _aliases(bound: Any, path: str) -> Iterator[tuple[str, str]]:
    alias = _alias_id(bound)
    if alias is not None:
        yield path, alias
        return
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(bound, (dict, list)):
        items = bound.items() if isinstance(bound, dict) else enumerate(bound)
    for name, below in items:
        yield from _aliases(below, f"{path}/{name}" if path else str(name))


def _properties(nodes: list[Node]) -> Iterator[tuple[str, str, str | None, str | None]]:
    for node in nodes:
        for name, given in (node.component_properties or {}).items():
            yield node.id, name, given.type, _as_text(given.value)


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()


def _overrides(nodes: list[Node]) -> Iterator[tuple[str, str, str]]:
    for node in nodes:
        if node.overrides:
            fields = ((override.id, field) for override in node.overrides for field in override.overridden_fields)
            for target, field in dict.fromkeys(fields):
                yield node.id, target, field


def _mapped_components(document: Document) -> Iterator[tuple[Any, ...]]:
    sets = document.component_sets
    for node_id, mapped in document.components.items():
        of = sets.get(mapped.component_set_id or "")
        yield (*_mapped(node_id, mapped), mapped.remote, mapped.component_set_id, of and of.key)


def _mapped_sets(sets: dict[str, MappedComponent]) -> Iterator[tuple[Any, ...]]:
    for node_id, mapped in sets.items():
        yield (*_mapped(node_id, mapped), mapped.remote)


def _mapped_styles(styles: dict[str, MappedStyle]) -> Iterator[tuple[Any, ...]]:
    for node_id, mapped in styles.items():
        yield (*_mapped(node_id, mapped), mapped.style_type, mapped.remote)


def _mapped(node_id: str, mapped: MappedComponent | MappedStyle) -> tuple[Any, ...]:
    return node_id, mapped.key, mapped.name, mapped.description


def _each(parts: Iterable[Any], attribute: str) -> list[Any]:
    return list(map(attrgetter(attribute), parts))


def _parts(owners: list[Any], absent: Any, attributes: Iterable[str], prefix: str = "") -> Columns:
    there = [owner or absent for owner in owners]
    return {prefix + attribute: _each(there, attribute) for attribute in attributes}


def _rows(name: str, rows: Iterable[tuple[Any, ...]]) -> Columns:
    """Turn rows, each with the table's columns between the file's key and the tombstone, into columns."""
    names = [field.name for field in TABLES[name].schema if field.name not in ("file_key", TOMBSTONE)]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {column: list(values) for column, values in zip(names, columns, strict=True)}


def _table(name: str, file_key: str, columns: Columns) -> pa.Table:
    schema = TABLES[name].schema
    length = len(columns["node_id"])
    constant: dict[str, Callable[[], pa.Array]] = {
        "file_key": lambda: pa.repeat(pa.scalar(file_key), length),
        TOMBSTONE: lambda: pa.nulls(length, pa.bool_()),
    }
    arrays = [
        constant[field.name]() if field.name in constant else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _tombstone(name: str, file_key: str) -> pa.Table:
    blank = {"string": "", "int32": 0, "bool": None}
    row = {field.name: None if field.nullable else blank[str(field.type)] for field in TABLES[name].schema}
    return pa.Table.from_pylist([row | {"file_key": file_key, TOMBSTONE: True}], schema=TABLES[name].schema)
