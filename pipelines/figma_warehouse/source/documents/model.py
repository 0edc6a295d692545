"""What is read of `GET /v1/files/:key` and its `/nodes`, as msgspec types; everything else is skipped, never built.

Figma adds node types, properties and enum values without notice, and old or re-serialised answers hold numbers where
strings are meant. So enums are open strings, and an answer that the types refuse is read once more leniently.
"""

import json
import math
import sys
import threading
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import msgspec

from figma_warehouse.source.api.values import encodable, make_encodable
from figma_warehouse.source.documents.mending import mend

# frames on the C stack: some 6,500 levels of nodes, a third of what an 8 MB stack holds
DEEPEST_NESTING = 13_000
# U+0000 as JSON writes it, which the decoder accepts and no destination can store
NUL = b"\\u0000"


class BadDocument(ValueError):
    """The body is no answer of `GET file`: cut off, no JSON, or without a document."""


class _Part(msgspec.Struct, rename="camel", gc=False):
    """A part of an answer. Trees have no cycles, so the garbage collector need not know them."""


class Color(_Part):
    r: float = 0.0
    g: float = 0.0
    b: float = 0.0
    a: float = 1.0


class GradientStop(_Part):
    bound_variables: dict[str, Any] | None = None


class Paint(_Part):
    type: str | None = None
    color: Color | None = None
    opacity: float | None = None
    visible: bool = True
    image_ref: str | None = None
    bound_variables: dict[str, Any] | None = None
    gradient_stops: list[GradientStop] | None = None


class Vector(_Part):
    x: float | None = None
    y: float | None = None


class Effect(_Part):
    type: str | None = None
    visible: bool = True
    radius: float | None = None
    offset: Vector | None = None
    spread: float | None = None
    color: Color | None = None
    blend_mode: str | None = None
    bound_variables: dict[str, Any] | None = None


class Bound(_Part):
    """Anything of which only the bound variables matter: layout grids."""

    bound_variables: dict[str, Any] | None = None


class Counted(_Part):
    """Anything of which only the number matters."""


class Box(_Part):
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None


class Constraints(_Part):
    horizontal: str | None = None
    vertical: str | None = None


class StrokeWeights(_Part):
    top: float | None = None
    right: float | None = None
    bottom: float | None = None
    left: float | None = None


class TypeStyle(_Part):
    font_family: str | None = None
    font_size: float | None = None
    font_weight: float | None = None
    line_height_px: float | None = None
    letter_spacing: float | None = None
    bound_variables: dict[str, Any] | None = None


class RangeStyle(_Part):
    """What deviates in a part of a text or vector; it names the styles it takes its look from."""

    font_family: str | None = None
    font_size: float | None = None
    font_weight: float | None = None
    line_height_px: float | None = None
    letter_spacing: float | None = None
    fills: list[Paint] | None = None
    bound_variables: dict[str, Any] | None = None
    inherit_fill_style_id: str | None = None
    inherit_text_style_id: str | None = None


class ComponentProperty(_Part):
    type: str | None = None
    value: Any = None
    bound_variables: dict[str, Any] | None = None


class PropertyDefinition(_Part):
    type: str | None = None
    default_value: Any = None


class Override(_Part):
    id: str = ""
    overridden_fields: list[str] = []


class DevStatus(_Part):
    type: str | None = None


class ConditionalBlock(_Part):
    actions: list["Action | None"] | None = None


class Action(_Part):
    destination_id: str | None = None
    conditional_blocks: list[ConditionalBlock] | None = None


class Interaction(_Part):
    actions: list[Action | None] | None = None


class Node(_Part):
    """One node, as far as we read it. `visible` is only sent when false, `children` only by what can have any.

    What has no id is no node: without one it could have no row.
    """

    id: str
    type: str = ""
    name: str | None = None
    visible: bool = True
    locked: bool = False
    children: "list[Node] | None" = None
    component_id: str | None = None
    component_properties: dict[str, ComponentProperty] | None = None
    component_property_definitions: dict[str, PropertyDefinition] | None = None
    overrides: list[Override] | None = None
    styles: dict[str, str] | None = None
    fills: list[Paint] | None = None
    strokes: list[Paint] | None = None
    effects: list[Effect] | None = None
    layout_grids: list[Bound] | None = None
    bound_variables: dict[str, Any] | None = None
    explicit_variable_modes: dict[str, str] | None = None
    absolute_bounding_box: Box | None = None
    absolute_render_bounds: Box | None = None
    rotation: float | None = None
    opacity: float | None = None
    blend_mode: str | None = None
    layout_mode: str | None = None
    layout_wrap: str | None = None
    layout_sizing_horizontal: str | None = None
    layout_sizing_vertical: str | None = None
    primary_axis_sizing_mode: str | None = None
    counter_axis_sizing_mode: str | None = None
    primary_axis_align_items: str | None = None
    counter_axis_align_items: str | None = None
    padding_left: float | None = None
    padding_right: float | None = None
    padding_top: float | None = None
    padding_bottom: float | None = None
    item_spacing: float | None = None
    counter_axis_spacing: float | None = None
    layout_grow: float | None = None
    layout_align: str | None = None
    layout_positioning: str | None = None
    min_width: float | None = None
    max_width: float | None = None
    min_height: float | None = None
    max_height: float | None = None
    constraints: Constraints | None = None
    clips_content: bool | None = None
    scroll_behavior: str | None = None
    is_fixed: bool | None = None
    corner_radius: float | None = None
    rectangle_corner_radii: list[float] | None = None
    stroke_weight: float | None = None
    individual_stroke_weights: StrokeWeights | None = None
    stroke_align: str | None = None
    characters: str | None = None
    style: TypeStyle | None = None
    character_style_overrides: list[int] | None = None
    style_override_table: dict[str, RangeStyle | None] | None = None
    fill_override_table: dict[str, RangeStyle | None] | None = None
    is_mask: bool | None = None
    dev_status: DevStatus | None = None
    interactions: list[Interaction] | None = None
    transition_node_id: str | None = msgspec.field(default=None, name="transitionNodeID")
    export_settings: list[Counted] | None = None
    shared_plugin_data: Any = None


class DocumentationLink(_Part):
    uri: str | None = None


class MappedComponent(_Part):
    key: str | None = None
    name: str | None = None
    description: str | None = None
    remote: bool | None = None
    component_set_id: str | None = None
    documentation_links: list[DocumentationLink] | None = None


class MappedStyle(_Part):
    key: str | None = None
    name: str | None = None
    description: str | None = None
    style_type: str | None = None
    remote: bool | None = None


class Subtree(_Part):
    """A tree and the maps of what it refers to by id."""

    document: Node
    components: dict[str, MappedComponent] = {}
    component_sets: dict[str, MappedComponent] = {}
    styles: dict[str, MappedStyle] = {}


class Document(Subtree):
    """An answer of `GET file`."""

    name: str | None = None
    version: str = ""
    last_modified: str = ""
    editor_type: str | None = None
    main_file_key: str | None = None


class NodesAnswer(_Part):
    """An answer of `GET file nodes`: by the ids asked for, null where the file has no such node."""

    nodes: dict[str, Subtree | None]
    version: str = ""
    last_modified: str = ""


AnswerT = TypeVar("AnswerT", Document, NodesAnswer)

_decoder = msgspec.json.Decoder(Document)
_nodes_decoder = msgspec.json.Decoder(NodesAnswer)
# one at a time: the recursion limit is the whole process's, and decoding holds the interpreter anyway
_decoding = threading.Lock()


def decode_document(body: bytes) -> Document:
    """Read an answer of `GET file`.

    Raises BadDocument if the body is cut off, not JSON, nested beyond all measure, or carries no document, or if a node
    has children that are no nodes.
    """
    document = _decode(body, _decoder, Document)
    if not document.document.type:
        raise BadDocument("the answer holds no document")
    return document


def decode_nodes(body: bytes) -> NodesAnswer:
    """Read an answer of `GET file nodes`. Raises BadDocument as `decode_document` does."""
    return _decode(body, _nodes_decoder, NodesAnswer)


def encode_document(document: Document) -> bytes:
    """Write a document as an answer of `GET file` that reads as it does: what is not read of one is not in it."""
    with _decoding, _recursion_limit(DEEPEST_NESTING):
        return msgspec.json.encode(document)


def _decode(body: bytes, decoder: "msgspec.json.Decoder[AnswerT]", wanted: type[AnswerT]) -> AnswerT:
    with _decoding, _recursion_limit(DEEPEST_NESTING):
        try:
            return _decode_mended(body, decoder, wanted) if NUL in body else decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _decode_mended(body, decoder, wanted)
        except RecursionError as error:
            raise BadDocument("nested deeper than any design") from error


def _decode_mended(body: bytes, decoder: "msgspec.json.Decoder[AnswerT]", wanted: type[AnswerT]) -> AnswerT:
    """Read an odd answer as fast as any other if it can be mended, otherwise leniently."""
    try:
        return decoder.decode(mend(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_leniently(body, wanted)


def _decode_leniently(body: bytes, wanted: type[AnswerT]) -> AnswerT:
    """Read what fits of an odd answer: numbers for strings, lone surrogates, NaN."""
    try:
        answer = json.loads(body)
        with _recursion_limit(10 * DEEPEST_NESTING):
            read: AnswerT = _coerced(answer, wanted)
    except BadDocument:
        raise
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"no readable JSON: {error}") from error
    except _Unfit as error:
        raise BadDocument("the answer holds no document") from error
    return read


@contextmanager
def _recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Unfit(Exception):
    """A value that cannot stand for the type it should have."""


def _coerced(value: Any, wanted: Any) -> Any:
    """Return `value` as `wanted`, leaving out what does not fit; raise _Unfit when nothing is left."""
    origin = typing.get_origin(wanted)
    if wanted is Any:
        return make_encodable(value)
    if origin is types.UnionType or origin is typing.Union:
        return None if value is None else _coerced(value, _without_none(wanted))
    if origin is list and isinstance(value, list):
        return _fitting(value, typing.get_args(wanted)[0])
    if origin is dict and isinstance(value, dict):
        return _fitting_items(value, typing.get_args(wanted)[1])
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct) and isinstance(value, dict):
        return _coerced_struct(value, wanted)
    return _coerced_scalar(value, wanted)


def _without_none(union: Any) -> Any:
    return next(member for member in typing.get_args(union) if member is not type(None))


def _fitting(values: typing.Iterable[Any], wanted: Any) -> list[Any]:
    kept = []
    for value in values:
        try:
            kept.append(_coerced(value, wanted))
        except _Unfit:
            continue
    return kept


def _fitting_items(values: dict[str, Any], wanted: Any) -> dict[str, Any]:
    kept = {}
    for name, value in values.items():
        try:
            kept[encodable(name)] = _coerced(value, wanted)
        except _Unfit:
            continue
    return kept


def _coerced_struct(value: dict[str, Any], wanted: type[msgspec.Struct]) -> msgspec.Struct:
    if wanted is Node:
        _check_children(value)
    kept: dict[str, Any] = {}
    for field in _fields(wanted):
        if field.encode_name in value:
            try:
                kept[field.name] = _coerced(value[field.encode_name], field.type)
            except _Unfit:
                if field.required:
                    raise
        elif field.required:
            raise _Unfit(field.name)
    return wanted(**kept)


def _check_children(node: dict[str, Any]) -> None:
    """Raise BadDocument if a child is no node: without it, the file would look smaller than it is."""
    children = node.get("children")
    if children is None:
        return
    if not isinstance(children, list) or any(not isinstance(one, dict) or one.get("id") is None for one in children):
        raise BadDocument(f"node {node.get('id')} has children that are no nodes")


def _coerced_scalar(value: Any, wanted: Any) -> Any:
    if wanted is str and isinstance(value, (str, int, float)):
        return encodable(str(value))
    if wanted is float and isinstance(value, (int, float)) and not isinstance(value, bool) and _is_double(value):
        return float(value)
    if isinstance(value, bool) if wanted is bool else wanted is int and isinstance(value, int):
        return value
    raise _Unfit(wanted)


def _is_double(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(struct)


# raised if the rows of a document change, or if documents become readable: those that were not are requested again
FLATTENING = 3
