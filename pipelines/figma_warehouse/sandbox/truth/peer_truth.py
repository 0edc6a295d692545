"""What adoption must hold of another tool, pinterest/figma-calculations: its checks of corners, spacing and strokes.

The tool checks a layer once, whatever the number of its corners, sides and strokes. It knows the variables of
libraries, so a binding to a local variable counts as none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from figma_warehouse.sandbox.truth.tallies import PeerCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts
    from figma_warehouse.sandbox.truth.tallies import FileTally

ROUNDED_TYPES = ("INSTANCE", "POLYGON", "REGULAR_POLYGON", "RECTANGLE", "STAR", "VECTOR")
CORNERS = ("topLeftRadius", "topRightRadius", "bottomRightRadius", "bottomLeftRadius")
SPACINGS = ("itemSpacing", "paddingTop", "paddingRight", "paddingBottom", "paddingLeft")


class PeerCounts(NamedTuple):
    """The peer columns of the mart `adoption`, in its columns' names."""

    peer_rounding_slots: int = 0
    peer_rounding_bound: int = 0
    peer_spacing_slots: int = 0
    peer_spacing_bound: int = 0
    peer_stroke_slots: int = 0
    peer_stroke_bound: int = 0


def peer_checks(node: dict[str, Any], stroke_style: str) -> Iterator[PeerCheck]:
    """Yield the checks of one node; `stroke_style` is the key of its stroke style, or empty."""
    aliases = node.get("boundVariables", {})
    bound = {name for name in (*CORNERS, *SPACINGS) if "/" in aliases.get(name, {}).get("id", "")}
    radii = [node["cornerRadius"]] if "cornerRadius" in node else node.get("rectangleCornerRadii", [])
    # no layer of the sandbox binds one radius for all its corners, wraps its children, or has a stroke from a variable
    if node["type"] in ROUNDED_TYPES and any(radii):
        yield PeerCheck("rounding", bound.issuperset(CORNERS))
    if node["type"] in ("FRAME", "INSTANCE") and node.get("layoutMode") in ("HORIZONTAL", "VERTICAL"):
        yield PeerCheck("spacing", bound.issuperset(SPACINGS))
    if node["strokes"] and node["type"] in (*ROUNDED_TYPES, "ELLIPSE", "LINE", "TEXT"):
        yield PeerCheck("stroke", False, stroke_style)


def peer_adoption(files: Sequence[FileTally], facts: LibraryFacts) -> dict[tuple[str, str], PeerCounts]:
    """The counts by level and id, for each file, folder and team with a design file, and for the organisation."""
    published = frozenset(facts.publishing_files)
    color_styles = {style.key for style in facts.published_styles if style.type == "FILL"}
    sums: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for file in filter(attrgetter("is_design"), files):
        counts = _count(file, published, color_styles)
        for place in (("file", file.key), ("folder", file.folder_id), ("team", file.team_id)):
            sums[place].update(counts)
        sums["organisation", "organisation"].update(counts)
    return {place: PeerCounts(**counts) for place, counts in sums.items()}


def _count(file: FileTally, published: frozenset[str], color_styles: set[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (check, component_keys), layers in file.tally.peer_checks.items():
        # a stroke whose style nobody published passes one of the tool's two checks of it and counts as neither
        if component_keys & published or (check.style_key and check.style_key not in color_styles):
            continue
        counts[f"peer_{check.name}_slots"] += layers
        counts[f"peer_{check.name}_bound"] += layers * (check.has_variables or bool(check.style_key))
    return counts
