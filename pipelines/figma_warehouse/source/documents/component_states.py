"""The components and sets that one state of a file defines: their properties and layers, by which states are compared.

Rows are stored under a hash of their content. Equal states share them, in whatever order states are loaded.
"""

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from figma_warehouse.source.documents.flatten import DEFINITIONS, Tables
from figma_warehouse.source.documents.text_hash import hash_texts
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.schema import as_table

LAYER_COLUMNS = ("node_id", "parent_id", "definition_id", "type", "name", "width", "height", "preorder")
KINDS = {"COMPONENT": ("component", "file_components"), "COMPONENT_SET": ("component_set", "file_component_sets")}
# what tells two states of a component apart
COMPARED = ("node_id", "kind", "item_key", "set_node_id", "name", "description", "width", "height", "parts_hash")
PART_COLUMNS = ("part", "part_id", "name", "path", "type", "value")

Parts = dict[str, list[Row]]


def definitions_hash(states: pa.Table) -> str:
    """Return a hash of the rows of `component_states` of one state of a file."""
    return hash_texts(*([str(row[name]) for name in COMPARED] for row in states.to_pylist()))


def component_tables(file_key: str, flattened: Tables) -> Tables:
    """Return the rows of `component_states` and `component_parts` of one state of a file.

    The layers inside instances are not parts of a component. The hash of the state is in each row of the states.
    """
    layers = _layers(flattened["nodes"])
    parts = _parts(layers, flattened)
    hashes = {node_id: _hash_of(rows) for node_id, rows in parts.items()}
    states = as_table("component_states", list(_states(file_key, layers, flattened, parts, hashes)))
    hash_column = pa.array([definitions_hash(states)] * states.num_rows, pa.string())
    index = states.schema.get_field_index("definitions_hash")
    rows = {hashes[node_id]: rows for node_id, rows in parts.items()}
    return {
        "component_states": states.set_column(index, states.schema.field(index), hash_column),
        "component_parts": as_table(
            "component_parts",
            [
                row | {"parts_hash": parts_hash, "position": position}
                for parts_hash, some in rows.items()
                for position, row in enumerate(some)
            ],
        ),
    }


def _layers(nodes: pa.Table) -> list[Row]:
    is_own = pc.and_(pc.is_valid(nodes["definition_id"]), pc.is_null(nodes["instance_id"]))
    own: list[Row] = nodes.filter(is_own).select(list(LAYER_COLUMNS)).sort_by("preorder").to_pylist()
    return own


def _states(
    file_key: str, layers: list[Row], flattened: Tables, parts: Parts, hashes: Mapping[str, str]
) -> Iterator[Row]:
    maps = {name: {row["node_id"]: row for row in flattened[name].to_pylist()} for _, name in KINDS.values()}
    sets = {layer["node_id"] for layer in layers if layer["type"] == "COMPONENT_SET"}
    for layer in layers:
        if layer["type"] in DEFINITIONS:
            kind, map_name = KINDS[layer["type"]]
            mapped = maps[map_name].get(layer["node_id"], {})
            yield {
                "file_key": file_key,
                "definitions_hash": "",
                "node_id": layer["node_id"],
                "kind": kind,
                "item_key": mapped.get(f"{kind}_key"),
                "set_node_id": layer["parent_id"] if layer["parent_id"] in sets else None,
                "name": layer["name"],
                "description": mapped.get("description"),
                "width": layer["width"],
                "height": layer["height"],
                "layers": sum(part["part"] == "layer" for part in parts[layer["node_id"]]),
                "parts_hash": hashes[layer["node_id"]],
            }


def _parts(layers: list[Row], flattened: Tables) -> Parts:
    """Return the properties and layers of each definition by its node id, the definition itself first."""
    bindings = _bindings(flattened, {layer["node_id"] for layer in layers})
    parts: Parts = {layer["node_id"]: [] for layer in layers if layer["type"] in DEFINITIONS}
    paths: dict[str, str] = {}
    for layer in layers:
        node_id, definition = layer["node_id"], layer["definition_id"]
        above = paths.get(layer["parent_id"], "")
        paths[node_id] = "" if node_id == definition else f"{above} / {layer['name']}" if above else layer["name"] or ""
        parts[definition].append(
            {
                "part": "layer",
                "part_id": node_id,
                "name": layer["name"],
                "path": paths[node_id],
                "type": layer["type"],
                "value": "\n".join(sorted(bindings.get(node_id, ()))),
            }
        )
    for definition, properties in _properties(flattened["node_properties"], parts).items():
        parts[definition] += properties
    return parts


def _bindings(flattened: Tables, owners: set[str]) -> dict[str, list[str]]:
    """Return the styles and variables of each layer: its slot or property, and the key, or the id of a local one."""
    found: dict[str, list[str]] = {}
    value_set = pa.array(sorted(owners), pa.string())
    for name, place, target in (("node_styles", "slot", "style"), ("node_variables", "property", "variable")):
        table = flattened[name].filter(pc.is_in(flattened[name]["node_id"], value_set=value_set))
        for row in table.select(["node_id", place, f"{target}_id", f"{target}_key"]).to_pylist():
            key = row[f"{target}_key"] or row[f"{target}_id"]
            found.setdefault(row["node_id"], []).append(f"{row[place]}: {target} {key}")
    return found


def _properties(properties: pa.Table, parts: Parts) -> Parts:
    """Return the properties that definitions declare. A renamed property keeps its id, the end of its name."""
    found: Parts = {}
    declared = properties.filter(pc.is_in(properties["node_id"], value_set=pa.array(list(parts), pa.string())))
    for row in declared.to_pylist():
        name, mark, id_ = row["name"].rpartition("#")
        rows = found.setdefault(row["node_id"], [])
        part_id = f"#{id_}" if mark and f"#{id_}" not in {other["part_id"] for other in rows} else row["name"]
        shown = name if mark else row["name"]
        rows.append({"part": "property", "part_id": part_id, "name": shown, "type": row["type"], "value": row["value"]})
    return found


def _hash_of(rows: list[Row]) -> str:
    return hash_texts(*([str(row.get(name)) for name in PART_COLUMNS] for row in rows))
