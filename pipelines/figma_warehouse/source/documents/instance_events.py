"""Finds the instances that were inserted, removed, swapped or detached between two states of a file. Pure functions.

Node ids prove the first three. A detachment is inferred: an instance is gone, and a new frame has the same parent, the
same name and nearly the same box. Instances that lay in the detached instance and now lie in the frame have no event.
"""

from collections.abc import Container, Iterator, Mapping

import polars as pl
import pyarrow as pa

from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.schema import BOX, LAYER_COLUMNS, TABLES

# how far a frame may have moved or been resized after the detachment: px, or a share of the side; at most MOST_PX
NEAR_PX, NEAR_SHARE, MOST_PX = 4.0, 0.1, 40.0
PROVEN, SAME_BOX, NEAR_BOX = 1.0, 0.95, 0.7


def instance_events(before: Row, after: Row, layers_before: pa.Table, nodes_after: pa.Table) -> pa.Table:
    """Return the rows of `instance_events` between two states of a file; no rows if no instance differs.

    `before` and `after` are its rows of `file_snapshots`. The node tables need LAYER_COLUMNS. Only INSTANCE and FRAME
    nodes have events; other nodes of `nodes_after` tell only which frame contains what.
    """
    old, new = _layers(layers_before), _layers(nodes_after)
    old_instances, new_instances = _instances(old), _instances(new)
    gone = old_instances.join(new_instances, on="node_id", how="anti")
    detached = _detachments(gone, _frames(new).join(_frames(old), on="node_id", how="anti"))
    removed = gone.join(detached, on="node_id", how="anti")
    inserted = new_instances.join(old_instances, on="node_id", how="anti")
    stayed = _stayed(removed, inserted, detached, nodes_after)
    events = pl.concat(
        [
            _event_after(inserted.join(stayed, left_on="node_id", right_on="inserted_id", how="anti"), "insertion"),
            _event_before(removed.join(stayed, on="node_id", how="anti"), "removal"),
            _swaps(old_instances, new_instances),
            _event_before(gone.join(detached, on="node_id"), "detachment"),
        ],
        how="diagonal_relaxed",
    )
    return _as_table(before, after, events)


def _layers(nodes: pa.Table) -> pl.DataFrame:
    layers = pl.DataFrame(pl.from_arrow(nodes.select(list(LAYER_COLUMNS))))
    is_frame = (pl.col("type") == "FRAME") & (pl.col("instance_depth") == 0)
    return layers.filter((pl.col("type") == "INSTANCE") | is_frame)


def _instances(layers: pl.DataFrame) -> pl.DataFrame:
    return layers.filter(pl.col("type") == "INSTANCE")


def _frames(layers: pl.DataFrame) -> pl.DataFrame:
    return layers.filter(pl.col("type") == "FRAME")


def _event_before(instances: pl.DataFrame, event: str) -> pl.DataFrame:
    names = {name: f"{name}_before" for name in ("component_key", "component_set_key")}
    return instances.rename(names).with_columns(event=pl.lit(event))


def _event_after(instances: pl.DataFrame, event: str) -> pl.DataFrame:
    names = {name: f"{name}_after" for name in ("component_key", "component_set_key")}
    return instances.rename(names).with_columns(event=pl.lit(event))


def _swaps(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the instances whose component changed. It did not if only its key appeared in or left the file's map."""
    old_components = old.select(
        "node_id", pl.col("component_id", "component_key", "component_set_key").name.suffix("_before")
    )
    pairs = _event_after(new, "swap").join(old_components, on="node_id")
    after, before = pl.col("component_key_after"), pl.col("component_key_before")
    is_same = pl.col("component_id").eq_missing(pl.col("component_id_before"))
    return pairs.filter(after.ne_missing(before) & ~(is_same & (after.is_null() | before.is_null())))


def _detachments(gone: pl.DataFrame, frames: pl.DataFrame) -> pl.DataFrame:
    """Return node_id, frame_id and confidence of each instance that a new frame replaces. A frame replaces only one."""
    direct = gone.filter(pl.col("instance_depth") == 0)
    same_node = direct.select("node_id").join(frames.select("node_id"), on="node_id")
    proven = same_node.with_columns(frame_id=pl.col("node_id"), confidence=pl.lit(PROVEN))
    near = _near_frames(direct.join(proven, on="node_id", how="anti"), frames.join(proven, on="node_id", how="anti"))
    schema = {"node_id": pl.String, "frame_id": pl.String, "confidence": pl.Float64}
    return pl.concat([proven, pl.DataFrame(list(_one_to_one(near)), schema=schema, orient="row")])


def _stayed(
    removed: pl.DataFrame, inserted: pl.DataFrame, detached: pl.DataFrame, nodes_after: pa.Table
) -> pl.DataFrame:
    """Pair what lay in a detached instance with what lies in its frame, by component and in order.

    The columns are node_id, before, and inserted_id, after: the same instances under new ids, which came and went
    nowhere.
    """
    frames = dict(detached.select("frame_id", "node_id").iter_rows())
    parents = dict(zip(*(nodes_after[name].to_pylist() for name in ("node_id", "parent_id")), strict=True))
    homes = [frames.get(_nearest(frames, parents, node_id)) if frames else None for node_id in inserted["node_id"]]
    came = inserted.select(inserted_id="node_id", component_id="component_id", home=pl.Series(homes, dtype=pl.String))
    # the id of a copy inside an instance begins with that of the instance
    home = pl.col("node_id").str.strip_prefix("I").str.split(";").list.first()
    went = removed.select("node_id", "component_id", home=home).filter(
        pl.col("home").is_in(detached["node_id"].implode())
    )
    turn = pl.int_range(pl.len()).over("home", "component_id").alias("turn")
    on = ["home", "component_id", "turn"]
    return went.with_columns(turn).join(came.filter(pl.col("home").is_not_null()).with_columns(turn), on=on)


def _nearest(frames: Container[str], parents: Mapping[str, str | None], node_id: str) -> str:
    """Return the id of the innermost of these frames around a node, an empty one if it lies in none."""
    above = parents.get(node_id)
    while above is not None and above not in frames:
        above = parents.get(above)
    return above or ""


def _near_frames(gone: pl.DataFrame, frames: pl.DataFrame) -> pl.DataFrame:
    """Pair instances with new frames of the same parent and name. `distance` is 0 for equal boxes, at most 1."""
    pairs = gone.join(frames, on=["parent_id", "name"], suffix="_frame")
    moved = pl.max_horizontal(
        (pl.col(edge) - pl.col(f"{edge}_frame")).abs() / _tolerance(side)
        for edge, side in (("x", "width"), ("width", "width"), ("y", "height"), ("height", "height"))
    )
    has_boxes = pl.all_horizontal(pl.col(name).is_not_null() for edge in BOX for name in (edge, f"{edge}_frame"))
    near = pairs.filter(has_boxes).with_columns(distance=moved).filter(pl.col("distance") <= 1)
    return near.select("node_id", frame_id="node_id_frame", distance="distance").sort("distance", "node_id", "frame_id")


def _tolerance(side: str) -> pl.Expr:
    return pl.max_horizontal(pl.lit(NEAR_PX), pl.col(side) * NEAR_SHARE).clip(upper_bound=MOST_PX)


def _one_to_one(near: pl.DataFrame) -> Iterator[tuple[str, str, float]]:
    taken: set[str] = set()
    for node_id, frame_id, distance in near.iter_rows():
        if node_id not in taken and frame_id not in taken:
            taken |= {node_id, frame_id}
            yield node_id, frame_id, SAME_BOX - (SAME_BOX - NEAR_BOX) * distance


def _as_table(before: Row, after: Row, events: pl.DataFrame) -> pa.Table:
    schema = TABLES["instance_events"].schema
    complete = events.with_columns(
        file_key=pl.lit(after["file_key"]),
        is_nested=pl.col("instance_depth") > 0,
        is_in_definition=pl.col("definition_id").is_not_null(),
        confidence=pl.col("confidence").fill_null(PROVEN),
        is_tombstone=pl.lit(None, pl.Boolean),
        **{f"from_{name}": pl.lit(before[name]) for name in ("version", "last_modified_at")},
        **{f"to_{name}": pl.lit(after[name]) for name in ("version", "last_modified_at")},
    )
    return complete.select(schema.names).to_arrow().cast(schema)
