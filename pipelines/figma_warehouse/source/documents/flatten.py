"""A document as Arrow tables: one row per node, paint, effect, look, style reference, variable, property and map entry.

Pure: no HTTP, no dlt, no clock. The tree is walked once, by presence of `children`, never by a list of types; columns
are then read off the list of nodes one at a time, which is several times faster than building rows.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, repeat
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from figma_warehouse.source.documents.model import (
    Action,
    Box,
    Constraints,
    Document,
    Effect,
    Interaction,
    MappedComponent,
    MappedStyle,
    Node,
    Paint,
    RangeStyle,
    StrokeWeights,
    TypeStyle,
    Vector,
)
from figma_warehouse.source.documents.paint_values import PaintValues, alias_id, color_of
from figma_warehouse.source.documents.plugin_data import plugin_data_table
from figma_warehouse.source.documents.text_ranges import Base, Look, looks_of, shows
from figma_warehouse.source.resources import NODE_TABLES, PLUGIN_DATA
from figma_warehouse.source.schema import BOX, TABLES, TOMBSTONE

Tables = dict[str, pa.Table]
Columns = dict[str, "list[Any] | pa.Array | pa.ChunkedArray"]

DEFINITIONS = frozenset({"COMPONENT", "COMPONENT_SET"})
REMOTE_VARIABLE = re.compile(r"VariableID:([0-9a-f]{40})/")
HASHED_ROWS = 16_384

NOTHING: dict[str, Any] = {}
NO_OFFSET = Vector()
SIDES = ("top", "right", "bottom", "left")
# in the order of the radii in rectangleCornerRadii
CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
NO_RADII = (None,) * len(CORNERS)
# the bound fields of an effect, the most telling first
EFFECT_FIELDS = ("color", "radius", "spread", "offsetX", "offsetY")
FONT = ("font_family", "font_size", "font_weight", "line_height_px", "letter_spacing")

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
    "primary_axis_sizing_mode": "primary_axis_sizing_mode",
    "counter_axis_sizing_mode": "counter_axis_sizing_mode",
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
    "min_width": "min_width",
    "max_width": "max_width",
    "min_height": "min_height",
    "max_height": "max_height",
    "clips_content": "clips_content",
    "scroll_behavior": "scroll_behavior",
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
PARTS = {
    "absolute_bounding_box": (Box(), {name: name for name in BOX}),
    "absolute_render_bounds": (Box(), {f"render_{name}": name for name in BOX}),
    "constraints": (Constraints(), {"constraint_horizontal": "horizontal", "constraint_vertical": "vertical"}),
    "individual_stroke_weights": (StrokeWeights(), {f"stroke_weight_{side}": side for side in SIDES}),
    "style": (TypeStyle(), {name: name for name in FONT}),
}
LAYERS = {"fills": "fills", "strokes": "strokes", "effects": "effects", "layoutGrids": "layout_grids"}
ATTRIBUTES = (
    *PLAIN.values(),
    *COUNTED.values(),
    *PARTS,
    "dev_status",
    "opacity",
    "character_style_overrides",
    "rectangle_corner_radii",
    "is_mask",
    "is_fixed",
    "interactions",
    "transition_node_id",
    "styles",
    "style_override_table",
    "fill_override_table",
    "component_properties",
    "component_property_definitions",
    "overrides",
    "bound_variables",
    "explicit_variable_modes",
    "layout_grids",
)
# what a piece of a document cannot know: its table gets these columns when it is whole
OF_THE_WHOLE = ("file_key", "preorder", "descendant_count", TOMBSTONE)
NODES_AT_HAND = 1024
BINDING_HOMES = ("bound_variables", "style", "style_override_table", "fill_override_table", "component_properties")
GETTERS = {attribute: attrgetter(attribute) for attribute in ATTRIBUTES}
PIECE_SCHEMAS = {
    name: pa.schema([field for field in TABLES[name].schema if field.name not in OF_THE_WHOLE])
    for name in NODE_TABLES
    if not name.startswith("file_")
}


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


class Piece(NamedTuple):
    """Some nodes that follow each other in a walk; `read` has each of `ATTRIBUTES` as a list."""

    positions: list[int]
    above: list[Above]
    read: dict[str, list[Any]]


class Layers(NamedTuple):
    """All paints, effects or grids of some nodes, each with its node and its index there."""

    node_ids: list[str]
    positions: list[int]
    parts: list[Any]


class Keys(NamedTuple):
    """The keys that a document's maps give to the ids in its nodes."""

    components: dict[str, str | None]
    component_sets: dict[str, str | None]
    styles: dict[str, str | None]


def flatten_document(file_key: str, document: Document, namespaces: Collection[str] = ()) -> Tables:
    """Return one Arrow table per node table for one state of a file, each with the schema of `schema.TABLES`.

    Of nodes with the same id only the first in document order is there, and the document loses the others. With
    `namespaces`, the table of shared plugin data is there, too.
    """
    walk = _walk(document.document)
    if len(set(map(GETTERS["id"], walk.nodes))) < len(walk.nodes):
        _drop_repeated(walk)
        walk = _walk(document.document)
    nodes = walk.nodes
    columns = _node_tables(walk, _keys(document))
    columns["nodes"] |= {
        "preorder": pa.array(range(len(nodes)), pa.int32()),
        "descendant_count": _descendant_counts(_each(walk.above, "parent")),
    }
    columns |= {
        "file_components": _rows("file_components", _mapped_components(document)),
        "file_component_sets": _rows("file_component_sets", _mapped_sets(document.component_sets)),
        "file_styles": _rows("file_styles", _mapped_styles(document.styles)),
    }
    shared = {PLUGIN_DATA: plugin_data_table(file_key, nodes, namespaces)} if namespaces else {}
    return {name: _table(name, file_key, columns[name]) for name in NODE_TABLES} | shared


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


def concat_tables(several: Iterable[Tables]) -> Tables:
    """Return one table of each name, with the rows of all; a column that only some have is null in the others."""
    parts: dict[str, list[pa.Table]] = {}
    for tables in several:
        for name, table in tables.items():
            parts.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables, promote_options="default") for name, tables in parts.items()}


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


def _drop_repeated(walk: Walk) -> None:
    """Take each node whose id came before it out of its parent's children, with all that lies below it."""
    seen: set[str] = set()
    dropped: set[int] = set()
    repeats: dict[int, set[int]] = {}
    for index, (node, position, above) in enumerate(zip(*walk, strict=True)):
        if above.parent in dropped:
            dropped.add(index)
        elif node.id in seen:
            dropped.add(index)
            repeats.setdefault(above.parent, set()).add(position)
        else:
            seen.add(node.id)
    for parent, positions in repeats.items():
        children = enumerate(walk.nodes[parent].children or ())
        walk.nodes[parent].children = [child for position, child in children if position not in positions]


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


def _keys(document: Document) -> Keys:
    sets = {set_id: mapped.key or None for set_id, mapped in document.component_sets.items()}
    return Keys(
        {node_id: mapped.key or None for node_id, mapped in document.components.items()},
        {node_id: sets.get(mapped.component_set_id or "") for node_id, mapped in document.components.items()},
        {style_id: style.key or None for style_id, style in document.styles.items()},
    )


def _node_tables(walk: Walk, keys: Keys) -> dict[str, Columns]:
    """Return the columns of the tables of nodes, without those `OF_THE_WHOLE`.

    They are read some hundred nodes at a time, while these are at hand in the processor's cache.
    """
    batches: dict[str, list[pa.RecordBatch]] = {name: [] for name in PIECE_SCHEMAS}
    for start in range(0, len(walk.nodes), NODES_AT_HAND):
        piece = _piece(walk, slice(start, start + NODES_AT_HAND))
        for name, columns in _piece_columns(piece, keys).items():
            schema = PIECE_SCHEMAS[name]
            arrays = [pa.array(columns[field.name], field.type) for field in schema]
            batches[name].append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    tables = {name: pa.Table.from_batches(batches[name]).combine_chunks() for name in PIECE_SCHEMAS}
    return {name: dict(zip(table.column_names, table.columns, strict=True)) for name, table in tables.items()}


def _piece(walk: Walk, span: slice) -> Piece:
    nodes = walk.nodes[span]
    read = {attribute: list(map(get, nodes)) for attribute, get in GETTERS.items()}
    return Piece(walk.positions[span], walk.above[span], read)


def _piece_columns(piece: Piece, keys: Keys) -> dict[str, Columns]:
    layers = {name: _layers(piece.read, attribute) for name, attribute in LAYERS.items()}
    looks = _looks(piece.read)
    return {
        "nodes": _node_columns(piece, keys),
        "node_styles": _rows("node_styles", _style_references(piece.read, looks, keys.styles)),
        "node_paints": _paint_columns(layers["fills"], layers["strokes"]),
        "node_effects": _effect_columns(layers["effects"]),
        "node_variables": _rows("node_variables", _variables(piece.read, layers)),
        "node_properties": _rows("node_properties", _properties(piece.read)),
        "node_overrides": _rows("node_overrides", _overrides(piece.read)),
        "node_modes": _rows("node_modes", _modes(piece.read)),
        "text_ranges": _rows("text_ranges", _text_ranges(looks, keys.styles)),
    }


def _node_columns(piece: Piece, keys: Keys) -> Columns:
    read = piece.read
    columns: Columns = {column: read[attribute] for column, attribute in PLAIN.items()}
    columns |= {column: [len(parts) if parts else 0 for parts in read[name]] for column, name in COUNTED.items()}
    columns |= _place_columns(piece)
    columns["component_key"] = list(map(keys.components.get, read["component_id"]))
    columns["component_set_key"] = list(map(keys.component_sets.get, read["component_id"]))
    for attribute, (absent, parts) in PARTS.items():
        owners = [owner or absent for owner in read[attribute]]
        columns |= {column: _each(owners, part) for column, part in parts.items()}
    columns["dev_status"] = [status and status.type for status in read["dev_status"]]
    columns["opacity"] = [1.0 if value is None else value for value in read["opacity"]]
    columns["has_mixed_styles"] = [
        None if overrides is None else any(overrides) for overrides in read["character_style_overrides"]
    ]
    columns |= _corner_columns(read["rectangle_corner_radii"])
    columns["is_mask"] = list(map(bool, read["is_mask"]))
    columns["is_fixed"] = list(map(bool, read["is_fixed"]))
    columns["prototype_target_count"] = list(map(_prototype_targets, read["interactions"], read["transition_node_id"]))
    return columns


def _corner_columns(radii: list[list[float] | None]) -> Columns:
    """Columns of the four corners; a list of another length says nothing of any corner."""
    of_nodes = [own if own and len(own) == len(CORNERS) else NO_RADII for own in radii]
    return {f"corner_radius_{corner}": list(map(itemgetter(index), of_nodes)) for index, corner in enumerate(CORNERS)}


def _place_columns(piece: Piece) -> Columns:
    """Columns that say where in the document a node lies."""
    above, ids, types = piece.above, piece.read["id"], piece.read["type"]
    paired = list(zip(ids, types, above, strict=True))
    return {
        "parent_id": _each(above, "parent_id"),
        "page_id": [own if type_ == "CANVAS" else higher.page_id for own, type_, higher in paired],
        "position": piece.positions,
        "depth": _each(above, "depth"),
        "is_effectively_visible": [
            shown and higher.is_visible for shown, higher in zip(piece.read["visible"], above, strict=True)
        ],
        "instance_id": _each(above, "instance_id"),
        "instance_depth": _each(above, "instance_depth"),
        "source_node_id": [own.rpartition(";")[2] if ";" in own else None for own in ids],
        "definition_id": [own if type_ in DEFINITIONS else higher.definition_id for own, type_, higher in paired],
        "section_id": _each(above, "section_id"),
    }


def _descendant_counts(parents: list[int]) -> list[int]:
    counts = [0] * len(parents)
    for index in range(len(parents) - 1, 0, -1):
        counts[parents[index]] += counts[index] + 1
    return counts


def _prototype_targets(interactions: list[Interaction] | None, transition_node_id: str | None) -> int:
    if interactions is None:
        return 1 if transition_node_id else 0
    return sum(_targets(interaction.actions or []) for interaction in interactions)


def _targets(actions: list[Action | None]) -> int:
    return sum(
        bool(action.destination_id) + sum(_targets(block.actions or []) for block in action.conditional_blocks or [])
        for action in actions
        if action
    )


def _looks(read: dict[str, list[Any]]) -> dict[str, list[Look]]:
    """Return the looks of each node that has several, and of a text that shows another look than its base."""
    found: dict[str, list[Look]] = {}
    deviating = zip(read["character_style_overrides"], read["fill_override_table"], strict=True)
    for index, (overrides, regions) in enumerate(deviating):
        if overrides or regions:
            looks = looks_of(Base(*(read[name][index] for name in Base._fields)))
            if looks:
                found[read["id"][index]] = looks
    return found


def _text_ranges(looks: dict[str, list[Look]], keys: dict[str, str | None]) -> Iterator[tuple[Any, ...]]:
    for node_id, several in looks.items():
        for *look, text_style, fill_style, fills in several:
            styles = text_style, keys.get(text_style or ""), fill_style, keys.get(fill_style or "")
            for position, paint in enumerate(fills or [PaintValues()]):
                yield (node_id, look[0], position, *look[1:], *styles, *paint)


def _style_references(
    read: dict[str, list[Any]], looks: dict[str, list[Look]], keys: dict[str, str | None]
) -> Iterator[tuple[str, str, str, str | None, bool]]:
    ranges = zip(read["style_override_table"], read["fill_override_table"], strict=True)
    for node_id, styles, (of_texts, of_fills) in zip(read["id"], read["styles"], ranges, strict=True):
        if styles:
            several = looks.get(node_id)
            for slot, style_id in styles.items():
                yield node_id, slot, style_id, keys.get(style_id), several is None or shows(several, slot, style_id)
        if of_texts or of_fills:
            several = looks.get(node_id, [])
            for slot, style_id in _range_references(of_texts, of_fills):
                yield node_id, slot, style_id, keys.get(style_id), shows(several, slot, style_id)


def _range_references(*tables: dict[str, RangeStyle | None] | None) -> dict[tuple[str, str], None]:
    """Styles of parts of a text or vector; many parts may share one."""
    found: dict[tuple[str, str], None] = {}
    for table in tables:
        for part in (table or {}).values():
            if part and part.inherit_text_style_id:
                found["text_range", part.inherit_text_style_id] = None
            if part and part.inherit_fill_style_id:
                found["fill_range", part.inherit_fill_style_id] = None
    return found


def _layers(read: dict[str, list[Any]], attribute: str) -> Layers:
    layers = Layers([], [], [])
    for node_id, parts in zip(read["id"], read[attribute], strict=True):
        if parts:
            layers.node_ids.extend(repeat(node_id, len(parts)))
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
        "color": list(map(color_of, paints)),
        "opacity": [1.0 if paint.opacity is None else paint.opacity for paint in paints],
        "is_visible": _each(paints, "visible"),
        "image_ref": _each(paints, "image_ref"),
        "variable_id": [alias_id((bound or NOTHING).get("color")) for bound in _each(paints, "bound_variables")],
    }


def _effect_columns(found: Layers) -> Columns:
    effects: list[Effect] = found.parts
    offsets = [effect.offset or NO_OFFSET for effect in effects]
    return {
        "node_id": found.node_ids,
        "position": found.positions,
        "type": _each(effects, "type"),
        "is_visible": _each(effects, "visible"),
        "radius": _each(effects, "radius"),
        "offset_x": _each(offsets, "x"),
        "offset_y": _each(offsets, "y"),
        "spread": _each(effects, "spread"),
        "color": list(map(color_of, effects)),
        "blend_mode": _each(effects, "blend_mode"),
        "variable_id": [_variable_of_effect(bound) for bound in _each(effects, "bound_variables")],
    }


def _variable_of_effect(bound: dict[str, Any] | None) -> str | None:
    ids = (alias_id(bound.get(field)) for field in EFFECT_FIELDS) if bound else ()
    return next((id_ for id_ in ids if id_ is not None), None)


def _variables(read: dict[str, list[Any]], layers: dict[str, Layers]) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield a row for each binding, one home of bindings after the other: most nodes have none."""
    for node_id, bound, path in chain(_bound_layers(layers), _bound_nodes(read)):
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
            if paint.gradient_stops:
                yield from _bound_stops(node_id, paint, f"{name}/{position}")


def _bound_stops(node_id: str, paint: Paint, path: str) -> Iterator[tuple[str, Any, str]]:
    for stop, at in enumerate(paint.gradient_stops or ()):
        yield node_id, at.bound_variables or NOTHING, f"{path}/gradientStops/{stop}"


def _bound_ranges(node_id: str, table: str, ranges: dict[str, RangeStyle | None]) -> Iterator[tuple[str, Any, str]]:
    for name, part in ranges.items():
        if part:
            yield node_id, part.bound_variables or NOTHING, f"{table}/{name}"
            for position, paint in enumerate(part.fills or ()):
                yield node_id, paint.bound_variables or NOTHING, f"{table}/{name}/fills/{position}"
                yield from _bound_stops(node_id, paint, f"{table}/{name}/fills/{position}")


def _bound_nodes(read: dict[str, list[Any]]) -> Iterator[tuple[str, Any, str]]:
    homes = zip(*(read[name] for name in BINDING_HOMES), strict=True)
    for node_id, (bound, style, of_texts, of_fills, properties) in zip(read["id"], homes, strict=True):
        if bound:
            yield node_id, bound, ""
        if style and style.bound_variables:
            yield node_id, style.bound_variables, "style"
        for table, ranges in (("styleOverrideTable", of_texts), ("fillOverrideTable", of_fills)):
            if ranges:
                yield from _bound_ranges(node_id, table, ranges)
        if properties:
            for name, given in properties.items():
                yield node_id, given.bound_variables or NOTHING, f"componentProperties/{name}"


def _aliases(bound: Any, path: str) -> Iterator[tuple[str, str]]:
    alias = alias_id(bound)
    if alias is not None:
        yield path, alias
        return
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(bound, (dict, list)):
        items = bound.items() if isinstance(bound, dict) else enumerate(bound)
    for name, below in items:
        yield from _aliases(below, f"{path}/{name}" if path else str(name))


def _properties(read: dict[str, list[Any]]) -> Iterator[tuple[str, str, str | None, str | None]]:
    given_or_declared = zip(read["component_properties"], read["component_property_definitions"], strict=True)
    for node_id, (properties, definitions) in zip(read["id"], given_or_declared, strict=True):
        if properties:
            for name, given in properties.items():
                yield node_id, name, given.type, _as_text(given.value)
        elif definitions:
            for name, declared in definitions.items():
                yield node_id, name, declared.type, _as_text(declared.default_value)


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()


def _overrides(read: dict[str, list[Any]]) -> Iterator[tuple[str, str, str]]:
    for node_id, overrides in zip(read["id"], read["overrides"], strict=True):
        if overrides:
            fields = ((override.id, field) for override in overrides for field in override.overridden_fields)
            for target, field in dict.fromkeys(fields):
                yield node_id, target, field


def _modes(read: dict[str, list[Any]]) -> Iterator[tuple[str, str, str]]:
    for node_id, modes in zip(read["id"], read["explicit_variable_modes"], strict=True):
        if modes:
            for collection_id, mode_id in modes.items():
                yield node_id, collection_id, mode_id


def _mapped_components(document: Document) -> Iterator[tuple[Any, ...]]:
    sets = document.component_sets
    for node_id, mapped in sorted(document.components.items()):
        of = sets.get(mapped.component_set_id or "")
        set_key = (of and of.key) or None
        yield *_mapped(node_id, mapped), mapped.remote, mapped.component_set_id, set_key, _documentation_url(mapped)


def _mapped_sets(sets: dict[str, MappedComponent]) -> Iterator[tuple[Any, ...]]:
    for node_id, mapped in sorted(sets.items()):
        yield *_mapped(node_id, mapped), mapped.remote, _documentation_url(mapped)


def _mapped_styles(styles: dict[str, MappedStyle]) -> Iterator[tuple[Any, ...]]:
    for node_id, mapped in sorted(styles.items()):
        yield (*_mapped(node_id, mapped), mapped.style_type, mapped.remote)


def _mapped(node_id: str, mapped: MappedComponent | MappedStyle) -> tuple[Any, ...]:
    return node_id, mapped.key or None, mapped.name, mapped.description


def _documentation_url(mapped: MappedComponent) -> str | None:
    return next((link.uri for link in mapped.documentation_links or () if link.uri), None)


def _each(parts: Iterable[Any], attribute: str) -> list[Any]:
    return list(map(attrgetter(attribute), parts))


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
        constant[field.name]() if field.name in constant else _as_arrow(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _as_arrow(values: Any, type_: pa.DataType) -> Any:
    return values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, type_)


def _tombstone(name: str, file_key: str) -> pa.Table:
    table, blank = TABLES[name], {"string": "", "int32": 0, "bool": None}
    row = {field.name: None if field.nullable else blank[str(field.type)] for field in table.schema}
    return pa.Table.from_pylist([row | {str(table.replaced_by): file_key, TOMBSTONE: True}], schema=table.schema)
