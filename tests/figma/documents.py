"""Answers of `GET file` for tests: drawn by hypothesis, or nested as deep as asked."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st

from tests.figma.recursion import Json

REMOTE_KEY = "0123456789abcdef0123456789abcdef01234567"
KNOWN_TYPES = (
    *("FRAME", "GROUP", "SECTION", "COMPONENT", "COMPONENT_SET", "INSTANCE", "INSTANCE", "TEXT", "RECTANGLE", "SLOT"),
    *("BOOLEAN_OPERATION", "VECTOR", "STICKY", "TABLE_CELL", "WIDGET", "CANVAS"),
)
UNKNOWN_TYPES = ("HOLOGRAM", "", "frame", "スロット")

short_text = st.text(max_size=6)
flags = st.booleans()
numbers = st.one_of(st.integers(-(2**40), 2**40), st.floats(-1e6, 1e6))
shares = st.one_of(st.integers(0, 1), st.integers(0, 1000).map(lambda part: part / 1000))
map_ids = st.sampled_from(["1:1", "1:2", "S:1,"])
ids = st.one_of(map_ids, st.sampled_from(["9:9", ""]))
variables = st.sampled_from(["VariableID:1:2", f"VariableID:{REMOTE_KEY}/7:8"]).map(
    lambda variable_id: {"type": "VARIABLE_ALIAS", "id": variable_id}
)
json_values = st.recursive(
    st.one_of(st.none(), flags, numbers, short_text),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(short_text, inner, max_size=2)),
    max_leaves=4,
)


def some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with any of these keys, none of them sure, and sometimes one that nobody knows."""
    return st.fixed_dictionaries({}, optional={**optional, "notKnownYet": json_values})


def bound(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Bound variables: nothing else is in them."""
    return st.fixed_dictionaries({}, optional=optional)


boxes = some(x=numbers, y=numbers, width=numbers, height=numbers)
colors = some(r=shares, g=shares, b=shares, a=shares)
paints = some(
    type=st.sampled_from(["SOLID", "GRADIENT_LINEAR", "IMAGE", "VIDEO"]),
    color=colors,
    opacity=shares,
    visible=flags,
    imageRef=short_text,
    boundVariables=bound(color=variables),
    gradientStops=st.lists(some(color=colors, boundVariables=bound(color=variables)), max_size=2),
)
bound_parts = st.lists(some(type=short_text, boundVariables=bound(radius=variables, offsetX=variables)), max_size=2)
styles = some(
    fontFamily=short_text,
    fontSize=numbers,
    fontWeight=numbers,
    lineHeightPx=numbers,
    letterSpacing=numbers,
    boundVariables=bound(fontSize=variables, fontFamily=st.lists(variables, max_size=2)),
)
ranges = st.dictionaries(
    st.sampled_from("123"), st.one_of(st.none(), some(inheritTextStyleId=ids, inheritFillStyleId=ids)), max_size=3
)
actions: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), some(type=short_text, destinationId=st.one_of(st.none(), ids))),
    lambda inner: some(conditionalBlocks=st.lists(some(actions=st.lists(inner, max_size=2)), max_size=2)),
    max_leaves=4,
)
properties = st.dictionaries(
    short_text,
    some(
        type=st.sampled_from(["VARIANT", "BOOLEAN", "TEXT", "INSTANCE_SWAP", "SLOT"]),
        value=st.one_of(short_text, flags, st.none(), st.lists(short_text, max_size=2)),
        boundVariables=bound(value=variables),
    ),
    max_size=2,
)
definitions = st.dictionaries(
    short_text,
    some(type=st.sampled_from(["VARIANT", "BOOLEAN", "TEXT", "SLOT"]), defaultValue=st.one_of(short_text, flags)),
    max_size=2,
)
words = st.sampled_from(["NONE", "HORIZONTAL", "FILL", "CENTER", "NOT_KNOWN_YET"])
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "name": short_text,
    "visible": flags,
    "locked": flags,
    "componentId": ids,
    "componentProperties": properties,
    "componentPropertyDefinitions": definitions,
    "overrides": st.lists(
        st.fixed_dictionaries({"id": ids, "overriddenFields": st.lists(words, max_size=3)}), max_size=2
    ),
    "styles": st.dictionaries(st.sampled_from(["fill", "stroke", "text", "fills"]), ids, max_size=2),
    "fills": st.lists(paints, max_size=3),
    "strokes": st.lists(paints, max_size=2),
    "effects": bound_parts,
    "layoutGrids": bound_parts,
    "boundVariables": bound(
        opacity=variables,
        fills=st.lists(variables, max_size=2),
        size=bound(x=variables, y=variables),
        componentProperties=st.dictionaries(short_text, variables, max_size=1),
    ),
    "absoluteBoundingBox": st.one_of(st.none(), boxes),
    "absoluteRenderBounds": st.one_of(st.none(), boxes),
    "constraints": some(horizontal=words, vertical=words),
    "characters": short_text,
    "style": styles,
    "characterStyleOverrides": st.lists(st.integers(0, 2), max_size=3),
    "styleOverrideTable": ranges,
    "fillOverrideTable": ranges,
    "isMask": flags,
    "devStatus": some(type=words),
    "interactions": st.lists(some(trigger=json_values, actions=st.lists(actions, max_size=2)), max_size=2),
    "transitionNodeID": st.one_of(st.none(), ids),
    "exportSettings": st.lists(some(suffix=short_text), max_size=2),
    "notKnownYet": json_values,
    "opacity": shares,
    **dict.fromkeys(
        (
            *("rotation", "paddingLeft", "paddingRight", "paddingTop", "paddingBottom", "itemSpacing"),
            *("counterAxisSpacing", "layoutGrow", "cornerRadius", "strokeWeight"),
        ),
        numbers,
    ),
    **dict.fromkeys(
        (
            *("blendMode", "layoutMode", "layoutWrap", "layoutSizingHorizontal", "layoutSizingVertical"),
            *("primaryAxisAlignItems", "counterAxisAlignItems", "layoutAlign", "layoutPositioning", "strokeAlign"),
        ),
        words,
    ),
}
MAP_ENTRIES = some(
    key=short_text, name=short_text, description=short_text, remote=flags, componentSetId=ids, styleType=words
)
MAPS: dict[str, st.SearchStrategy[Any]] = {
    name: st.dictionaries(map_ids, MAP_ENTRIES, max_size=3) for name in ("components", "componentSets", "styles")
}
FACTS: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(
    ("name", "version", "lastModified", "editorType", "role"), short_text
)

# what an API may send one day, or a tool that wrote an answer down again
odd_values = st.one_of(
    st.none(),
    flags,
    st.integers(),
    st.floats(-1e6, 1e6),
    st.just(float("nan")),
    short_text,
    st.sampled_from([[], {}, [None], [None, {}], [{}, 7], {"id": None}, {"1": None}, [[None]]]),
    json_values,
)


@st.composite
def looks(draw: st.DrawFn, *, odd: bool) -> Json:
    """Some properties of a node: a few at a time, so that a document of many nodes stays small."""
    names = draw(st.lists(st.sampled_from(sorted(OPTIONAL)), max_size=8, unique=True))
    return {name: spoiled(draw, draw(OPTIONAL[name])) if odd else draw(OPTIONAL[name]) for name in names}


def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """Put an odd value in the place of one in four, at any depth."""
    if draw(st.integers(0, 3)) == 0:
        return draw(odd_values)
    if isinstance(value, dict):
        return {name: spoiled(draw, below) for name, below in value.items()}
    return [spoiled(draw, below) for below in value] if isinstance(value, list) else value


@st.composite
def trees(draw: st.DrawFn, *, odd: bool, depth: int = 5) -> Json:
    types = st.sampled_from([*KNOWN_TYPES, *UNKNOWN_TYPES, *([7, 1.5] if odd else [])])
    node: Json = {"type": draw(types), **draw(looks(odd=odd))}
    if depth and draw(st.integers(0, 3)):
        node["children"] = draw(st.lists(trees(odd=odd, depth=depth - 1), max_size=4))
        if odd and draw(flags):
            node["children"].insert(draw(st.integers(0, 4)), draw(st.sampled_from([None, 3, "text", [], [None]])))
    elif odd and draw(flags):
        node["children"] = draw(st.sampled_from([None, {}, "text", 3]))
    return node


def numbered(node: Json, numbers: Iterator[int], instance_id: str | None = None, *, odd: bool = False) -> Json:
    """Give every node an id as Figma does: a copy inside an instance carries the way to it."""
    number = next(numbers)
    if odd and number % 3 == 0 and instance_id is None:
        node["id"] = number
    elif instance_id is None:
        node["id"] = f"1:{number}"
    else:
        node["id"] = f"I{instance_id.removeprefix('I')};1:{number}"
    children = node.get("children")
    for child in children if isinstance(children, list) else []:
        if isinstance(child, dict):
            numbered(child, numbers, str(node["id"]) if node["type"] == "INSTANCE" else instance_id, odd=odd)
    return node


@st.composite
def answers(draw: st.DrawFn, *, odd: bool = False) -> Json:
    """A whole answer; an odd one has the wrong kind of value anywhere but in ids and types."""
    pages = draw(st.lists(trees(odd=odd), max_size=3))
    for page in pages:
        page["type"] = "CANVAS"
    root = {"type": "DOCUMENT", **draw(looks(odd=odd)), "children": pages}
    names = draw(st.lists(st.sampled_from(sorted({**MAPS, **FACTS})), unique=True))
    rest = {name: draw({**MAPS, **FACTS}[name]) for name in names}
    if odd:
        rest = {name: spoiled(draw, value) for name, value in rest.items()}
    return {**rest, "document": numbered(root, count(), odd=odd)}


def body_of(answer: Json, *, ascii_only: bool = True) -> bytes:
    return json.dumps(answer, ensure_ascii=ascii_only).encode()


def nested_body(levels: int, name: Any = "deep") -> bytes:
    """A body of FRAMEs and INSTANCEs, each inside the one before, with as many nodes as levels."""
    opened = "".join(
        f'{{"id":"1:{level}","type":"{"INSTANCE" if level % 2 else "FRAME"}","name":{json.dumps(name)},"children":['
        for level in range(levels)
    )
    return f'{{"document":{opened}{"]}" * levels}}}'.encode()
