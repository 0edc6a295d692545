"""Snapshots: the counts of one state of a file, which stay when its nodes are replaced."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from figma_warehouse.source.documents.component_states import component_tables, definitions_hash
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.documents.packed_layers import pack_layers
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.schema import TABLES


def snapshot_tables(document: Row, flattened: Tables) -> Tables:
    """Return the snapshot tables of one state of a file, from its row of `documents` and its node tables.

    The components and sets that the state defines are there, too.
    """
    definitions = component_tables(document["file_key"], flattened)
    hashed = {"definitions_hash": definitions_hash(definitions["component_states"])}
    state = {name: document[name] for name in ("file_key", "version", "last_modified_at")}
    return {
        "file_snapshots": _one_row(state | _about(document) | _counts(flattened) | _packed(flattened) | hashed),
        "snapshot_components": _with_state("snapshot_components", state, _named(flattened)),
        "snapshot_styles": _with_state("snapshot_styles", state, _style_usage(flattened)),
        **definitions,
    }


def _about(document: Row) -> Row:
    return {name: document[name] for name in ("name", "loaded_at", "bytes", "content_hash")}


def _counts(flattened: Tables) -> Row:
    nodes, references = flattened["nodes"], _shown_references(flattened["node_styles"])
    types = {entry["values"]: entry["counts"] for entry in pc.value_counts(nodes["type"]).to_pylist()}
    return {
        "pages": types.get("CANVAS", 0),
        "nodes": nodes.num_rows,
        "visible_nodes": pc.sum(nodes["is_effectively_visible"]).as_py() or 0,
        "instances": types.get("INSTANCE", 0),
        "component_definitions": types.get("COMPONENT", 0),
        "component_sets": types.get("COMPONENT_SET", 0),
        "text_nodes": types.get("TEXT", 0),
        "styles": pc.count_distinct(references["style_key"]).as_py(),
        "style_references": references.num_rows,
    }


def _packed(flattened: Tables) -> Row:
    return {"layers": pack_layers(flattened["nodes"])}


def _named(flattened: Tables) -> pa.Table:
    """Return the usage of components with the names that the maps of the document give them."""
    usage = _component_usage(flattened["nodes"])
    maps = {"component": flattened["file_components"], "component_set": flattened["file_component_sets"]}
    for kind, mapped in maps.items():
        # a definition in the file is the authority on the name
        named = mapped.sort_by("is_remote") if kind == "component" else mapped
        places = pc.index_in(usage[f"{kind}_key"], value_set=named[f"{kind}_key"], skip_nulls=True)
        usage = usage.append_column(f"{kind}_name", named["name"].take(places))
    return usage


def _component_usage(nodes: pa.Table) -> pa.Table:
    """Count instances by component, as `docs/tables.md` defines the counts."""
    used = nodes.filter(pc.is_valid(nodes["component_key"]))
    is_outside = pc.is_null(used["definition_id"])
    is_direct = pc.and_(is_outside, pc.equal(used["instance_depth"], 0))
    is_shown = used["is_effectively_visible"]
    flags = {
        "instances": pa.repeat(True, used.num_rows),
        "direct": is_direct,
        "nested": pc.and_not(is_outside, is_direct),
        "in_definitions": pc.invert(is_outside),
        "hidden": pc.and_not(is_outside, is_shown),
        "usages": is_outside,
        "direct_visible": pc.and_(is_direct, is_shown),
    }
    return _summed(used.select(["component_key", "component_set_key"]), flags, ["component_key"], "component_set_key")


def _style_usage(flattened: Tables) -> pa.Table:
    references, nodes = _shown_references(flattened["node_styles"]), flattened["nodes"]
    references = references.filter(pc.is_valid(references["style_key"])).select(["node_id", "style_key"])
    owners = pc.index_in(references["node_id"], value_set=nodes["node_id"])
    shown = references.append_column("is_effectively_visible", nodes["is_effectively_visible"].take(owners))
    counts = shown.group_by("style_key", use_threads=False).aggregate(
        [("node_id", "count"), ("is_effectively_visible", "sum"), ("node_id", "count_distinct")]
    )
    names = {
        "node_id_count": "references",
        "is_effectively_visible_sum": "references_visible",
        "node_id_count_distinct": "nodes",
    }
    return counts.rename_columns([names.get(name, name) for name in counts.column_names])


def _shown_references(references: pa.Table) -> pa.Table:
    """Return what nodes show, one row per node, slot and style: as fill, fills and fill_range Figma may name one."""
    kind = pc.replace_substring_regex(references["slot"], "(_range|s)$", "")
    shown = references.append_column("kind", kind).filter(references["is_shown"])
    by_kind = shown.group_by(["node_id", "kind", "style_id"], use_threads=False).aggregate([("style_key", "first")])
    return by_kind.rename_columns({"style_key_first": "style_key"})


def _summed(keys: pa.Table, flags: dict[str, Any], by: list[str], first: str) -> pa.Table:
    for name, values in flags.items():
        keys = keys.append_column(name, pc.cast(values, pa.int32()))
    summed = keys.group_by(by, use_threads=False).aggregate(
        [(first, "first"), *((name, "sum") for name in flags)],
    )
    return summed.rename_columns([name.removesuffix("_sum").removesuffix("_first") for name in summed.column_names])


def _with_state(name: str, state: Row, counts: pa.Table) -> pa.Table:
    schema = TABLES[name].schema
    arrays = [
        pa.repeat(pa.scalar(state[field.name], field.type), counts.num_rows)
        if field.name in state
        else counts[field.name].combine_chunks().cast(field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _one_row(row: Row) -> pa.Table:
    return pa.Table.from_pylist([row], schema=TABLES["file_snapshots"].schema)
