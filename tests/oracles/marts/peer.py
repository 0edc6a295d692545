"""What pinterest/figma-calculations says of the layers of a document: the peer_ columns of adoption.

Each check of a layer is full, partial, none or skipped. A partial match needs colors that no document tells, so that
what would be partial or none is none here. Two checks, of the style and of the variable, tell of a stroke.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from enum import Enum

from tests.oracles.marts.documents import Json

# the type of a shape with corners, and of whatever has strokes
SHAPES = frozenset(("INSTANCE", "POLYGON", "REGULAR_POLYGON", "RECTANGLE", "STAR", "VECTOR"))
STROKED = SHAPES | {"ELLIPSE", "LINE", "TEXT"}
CORNERS = ("topLeftRadius", "topRightRadius", "bottomLeftRadius", "bottomRightRadius")
SPACINGS = ("itemSpacing", "paddingBottom", "paddingLeft", "paddingRight", "paddingTop")
COLUMNS = tuple(f"peer_{check}_{count}" for check in ("rounding", "spacing", "stroke") for count in ("slots", "bound"))

PublishedStyle = Callable[[str], bool]


class Match(Enum):
    """What a check says of a layer."""

    FULL = "full"
    NONE = "none"
    SKIP = "skip"


def peer_counts(nodes: Iterator[Json], keys: Callable[[str], str | None], is_published: PublishedStyle) -> Counter[str]:
    """The columns, of visible nodes outside library instances; `keys` gives the key of a style id."""
    counts: Counter[str] = Counter()
    for node in nodes:
        style, variable = _stroke(node, keys, is_published)
        matches = {"rounding": [_rounding(node)], "spacing": [_spacing(node)], "stroke": [style, variable]}
        for check, found in matches.items():
            # outside of the system is only what every check of the two says
            is_counted = Match.FULL in found or set(found) == {Match.NONE}
            counts[f"peer_{check}_slots"] += is_counted
            counts[f"peer_{check}_bound"] += Match.FULL in found
    return counts


def _rounding(node: Json) -> Match:
    if node["type"] not in SHAPES or not _is_rounded(node):
        return Match.SKIP
    bound = node.get("boundVariables") or {}
    is_bound = _is_known(bound.get("cornerRadius")) or all(_is_known(bound.get(corner)) for corner in CORNERS)
    return Match.FULL if is_bound else Match.NONE


def _is_rounded(node: Json) -> bool:
    if "cornerRadius" in node:
        return bool(node["cornerRadius"] != 0)
    return any(radius > 0 for radius in node.get("rectangleCornerRadii") or ())


def _spacing(node: Json) -> Match:
    if node["type"] not in ("FRAME", "INSTANCE") or node.get("layoutMode") not in ("HORIZONTAL", "VERTICAL"):
        return Match.SKIP
    bound = node.get("boundVariables") or {}
    across = bound.get("counterAxisSpacing")
    is_whole = _is_known(across) or (across is None and node.get("layoutWrap") != "WRAP")
    return Match.FULL if is_whole and all(_is_known(bound.get(name)) for name in SPACINGS) else Match.NONE


def _stroke(node: Json, keys: Callable[[str], str | None], is_published: PublishedStyle) -> tuple[Match, Match]:
    """The check of the style and that of the variable."""
    strokes = node.get("strokes") or []
    if node["type"] not in STROKED or not strokes or any(paint.get("visible") is False for paint in strokes):
        return Match.SKIP, Match.SKIP
    style = keys((node.get("styles") or {}).get("stroke", ""))
    if style:
        variable = Match.SKIP
    else:
        bound = (node.get("boundVariables") or {}).get("strokes") or [None]
        variable = Match.FULL if _is_known(bound[0]) else Match.NONE
    if any("color" in (paint.get("boundVariables") or {}) for paint in strokes):
        return Match.SKIP, variable
    return Match.FULL if style and is_published(style) else Match.NONE, variable


def _is_known(alias: Json | None) -> bool:
    """Whether it names a variable of a library, all of which are known."""
    return bool(alias and re.match(r"VariableID:\w+/", alias["id"]))
