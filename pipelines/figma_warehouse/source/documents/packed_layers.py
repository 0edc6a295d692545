"""Packs the layers by which two states of a file are compared, so that a past state can be compared later.

The layers are the instances, the frames outside instances, and every node that contains an instance: some kilobytes per
state. They are an Arrow stream, compressed with zstd, in Base64: dlt cannot load binary columns of Arrow tables into
Postgres.
"""

from base64 import b64decode, b64encode

import pyarrow as pa
import pyarrow.compute as pc
import zstandard

from figma_warehouse.source.schema import BOX, LAYER_COLUMNS, TABLES

LEVEL = 3
LAYERS = pa.schema([TABLES["nodes"].schema.field(name).remove_metadata() for name in LAYER_COLUMNS])
REPEATED = tuple(field.name for field in LAYERS if pa.types.is_string(field.type) and field.name != "node_id")


def pack_layers(nodes: pa.Table) -> str:
    """Pack the layers of one file, from its rows of `nodes`. Equal layers give equal texts."""
    layers = _without_nested_boxes(_layers(nodes)).combine_chunks()
    for name in REPEATED:
        layers = _replaced(layers, name, pc.dictionary_encode(layers[name]))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, layers.schema) as stream:
        stream.write_table(layers)
    return b64encode(zstandard.ZstdCompressor(LEVEL).compress(sink.getvalue())).decode()


def unpack_layers(packed: str) -> pa.Table:
    """Return the packed layers in document order, with LAYER_COLUMNS. Boxes inside instances are null."""
    with pa.ipc.open_stream(zstandard.ZstdDecompressor().decompress(b64decode(packed))) as stream:
        return stream.read_all().cast(LAYERS)


def _layers(nodes: pa.Table) -> pa.Table:
    needed = nodes.select([*LAYER_COLUMNS, "preorder", "descendant_count"]).sort_by("preorder")
    is_instance = pc.equal(needed["type"], "INSTANCE")
    count = pc.cast(is_instance, pa.int32())
    so_far = pc.cumulative_sum(count)
    last = pc.add(needed["preorder"], needed["descendant_count"])
    # the instances of a subtree, its root included
    inside = pc.add(pc.subtract(so_far.take(last), so_far), count)
    is_frame = pc.and_(pc.equal(needed["type"], "FRAME"), pc.equal(needed["instance_depth"], 0))
    return needed.filter(pc.or_(is_frame, pc.greater(inside, 0))).select(list(LAYER_COLUMNS)).cast(LAYERS)


def _without_nested_boxes(layers: pa.Table) -> pa.Table:
    """Only an instance outside instances can be detached, so no other box is compared."""
    is_direct = pc.equal(layers["instance_depth"], 0)
    for name in BOX:
        layers = _replaced(layers, name, pc.if_else(is_direct, layers[name], None))
    return layers


def _replaced(layers: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return layers.set_column(layers.schema.get_field_index(name), name, column)
