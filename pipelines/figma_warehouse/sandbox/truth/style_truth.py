"""What the marts about styles must hold: references, orphaned and shadow styles, hard-coded values, adoption."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from figma_warehouse.sandbox.truth.component_truth import UsageTruth
    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts, StyleFacts
    from figma_warehouse.sandbox.truth.tallies import FileTally, Tally, VisibleSlot

# the roles of a value in which a style of the type can be used
ROLES = {"FILL": ("fill", "text", "stroke"), "TEXT": ("font",)}
# kinds of hard-coded values that are neither colors nor fonts
LENGTHS = ("radius", "spacing", "stroke_weight")


@dataclass(frozen=True)
class StyleTruth:
    """References to one style from one slot in one file, and those of effectively visible nodes."""

    references: int
    visible: int


@dataclass(frozen=True)
class DanglingStyle:
    """References to a style that is neither published nor defined in their file, and the files with references."""

    references: int
    files: int


@dataclass(frozen=True)
class OrphanedStyles:
    """Keys of styles without references, and styles that are referred to but not defined."""

    unused: frozenset[str]
    dangling: dict[str, DanglingStyle]


class ShadowedStyle(NamedTuple):
    """The published style that a local style repeats."""

    published_style_key: str
    has_same_name: bool
    has_same_value: bool


class HardcodedCounts(NamedTuple):
    """How often a value is hard-coded."""

    fills: int = 0
    strokes: int = 0
    texts: int = 0
    occurrences: int = 0


class PaletteEntry(NamedTuple):
    """The styles and variables with one value: their number, and the styles' names, most used in the role first."""

    candidates: int
    names: tuple[str, ...]


class SlotOffer(NamedTuple):
    """The variables, or effect styles, with one value: the first with its uses, their number and the styles' names."""

    key: str
    uses: int
    candidates: int
    names: tuple[str, ...]


class Adoption(NamedTuple):
    """The figures of the mart `adoption`, in its columns' names."""

    visible_layers: int = 0
    library_layers: int = 0
    library_placements: int = 0
    local_placements: int = 0
    text_slots: int = 0
    bound_text_slots: int = 0
    fill_slots: int = 0
    bound_fill_slots: int = 0
    files_left_out: int = 0


def style_usage(files: Iterable[FileTally]) -> dict[tuple[str, str, str], StyleTruth]:
    """References by style key, file key and slot."""
    return {
        (key, file.key, slot): StyleTruth(*counts)
        for file in files
        for (key, slot), counts in file.tally.styles.items()
    }


def orphaned_styles(files: Sequence[FileTally], published: frozenset[str]) -> OrphanedStyles:
    """Styles without references, and references without a style; `published` are style keys."""
    referred = {key for file in files for key, _ in file.tally.styles}
    defined = published.union(*(file.style_keys for file in files))
    references: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file in files:
        for (key, _), (count, _) in file.tally.styles.items():
            if key not in published and key not in file.style_keys:
                references[key][file.key] += count
    dangling = {key: DanglingStyle(sum(by_file.values()), len(by_file)) for key, by_file in references.items()}
    return OrphanedStyles(frozenset(defined - referred), dangling)


def branch_references(branches: Iterable[Tally]) -> dict[str, int]:
    """References on branches by style key."""
    counts: Counter[str] = Counter()
    for tally in branches:
        for (key, _), (references, _) in tally.styles.items():
            counts[key] += references
    return dict(counts)


def shadow_styles(files: Sequence[FileTally], facts: LibraryFacts) -> Iterator[tuple[tuple[str, str], ShadowedStyle]]:
    """By file and style key: the nearest published style that a local one repeats. Yields pairs."""
    published = {style.key for style in facts.published_styles}
    referred = {key for file in files for key, _ in file.tally.styles}
    for file in files:
        for style in file.styles:
            same_type = [other for other in facts.published_styles if other.type == style.type]
            found = [(other.name, _compare(style, other, referred)) for other in same_type]
            found = [(name, shadow) for name, shadow in found if shadow.has_same_name or shadow.has_same_value]
            if style.key not in published and found:
                yield (file.key, style.key), min(found, key=_distance)[1]


def hardcoded_values(
    files: Sequence[FileTally], published: frozenset[str]
) -> dict[tuple[str, str, str], HardcodedCounts]:
    """Counts by file key, kind and value; `published` are component keys."""
    counts: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for file in filter(attrgetter("is_design"), files):
        for slot, count in file.tally.slots.items():
            if _is_hardcoded(slot, published):
                kind = "font" if _role_of(slot) == "font" else "color"
                counts[file.key, kind, slot.value]["text" if kind == "font" else slot.role] += count
        for slot, count in file.tally.other_slots.items():
            if slot.role in (*LENGTHS, "effect") and _is_hardcoded(slot, published):
                counts[file.key, slot.role, slot.value]["other"] += count
    return {
        grain: HardcodedCounts(roles["fill"], roles["stroke"], roles["text"], roles.total())
        for grain, roles in counts.items()
    }


def main_roles(files: Sequence[FileTally], published: frozenset[str]) -> dict[str, str]:
    """The role that each hard-coded value has most often: fill, text (the fill of one), stroke or font."""
    roles: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for file in filter(attrgetter("is_design"), files):
        for slot, count in file.tally.slots.items():
            if _is_hardcoded(slot, published):
                roles[slot.value][_role_of(slot)] += count
    return {value: _main_role(counts) for value, counts in roles.items()}


def palette(files: Sequence[FileTally], facts: LibraryFacts) -> dict[tuple[str, str], PaletteEntry]:
    """What published styles and library variables offer, by value and role."""
    uses: Counter[tuple[str, str]] = Counter()
    for file in files:
        for slot, count in file.tally.slots.items():
            uses[slot.style_key, _role_of(slot)] += count
    referred = {key for file in files for key, _ in file.tally.styles}
    offers: defaultdict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
    for style in facts.published_styles:
        for role in ROLES.get(style.type, ()) if style.key in referred else ():
            in_any_role = sum(uses[style.key, each] for each in ROLES[style.type])
            offers[style.value, role].append((-uses[style.key, role], -in_any_role, style.name))
    variables = {variable for file in files for variable in file.tally.variables.items()}
    colors = Counter((color, role) for _, color in variables for role in ROLES["FILL"])
    return {
        place: PaletteEntry(len(offers[place]) + colors[place], tuple(name for *_, name in sorted(offers[place])))
        for place in offers.keys() | colors.keys()
    }


def slot_palette(files: Sequence[FileTally], facts: LibraryFacts) -> dict[tuple[str, str], SlotOffer]:
    """What library variables and effect styles offer, by slot kind and value.

    A variable gives the value that most slots of the kind show. An effect style has the value that its library shows.
    """
    shown: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    uses: Counter[tuple[str, str]] = Counter()
    for file in files:
        for slot, count in file.tally.other_slots.items():
            key = slot.style_key if slot.role == "effect" else slot.variable_key
            uses[slot.role, key] += count
            if key and slot.role in (*LENGTHS, "effect"):
                shown[slot.role, key][slot.value] += count
    effects = {style.key: style.name for style in facts.published_styles if style.type == "EFFECT"}
    found: defaultdict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
    for (kind, key), values in shown.items():
        if kind != "effect" or key in effects:
            value = min(values, key=lambda one: (-values[one], one if kind == "effect" else float(one)))
            found[kind, value].append((-uses[kind, key], effects.get(key, ""), key))
    return {
        place: SlotOffer(min(offers)[2], -min(offers)[0], len(offers), tuple(name for _, name, _ in sorted(offers)))
        for place, offers in found.items()
    }


def adoption(
    files: Sequence[FileTally], usage: dict[tuple[str, str], UsageTruth], facts: LibraryFacts
) -> dict[tuple[str, str], Adoption]:
    """Adoption by level and id, for each file, folder and team with a design file, and for the organisation.

    A FigJam board adds no layers and no slots.
    """
    styles = frozenset(style.key for style in facts.published_styles)
    sums: defaultdict[tuple[str, str], Adoption] = defaultdict(Adoption)
    with_design: set[tuple[str, str]] = set()
    for file in files:
        figures = _file_adoption(file, usage, frozenset(facts.publishing_files), styles)
        grains = (
            ("file", file.key),
            ("folder", file.folder_id),
            ("team", file.team_id),
            ("organisation", "organisation"),
        )
        with_design |= {*grains} if file.is_design else set()
        for grain in grains:
            sums[grain] = Adoption(*(one + more for one, more in zip(sums[grain], figures, strict=True)))
    return {grain: figures for grain, figures in sums.items() if grain in with_design}


def _file_adoption(
    file: FileTally, usage: dict[tuple[str, str], UsageTruth], published: frozenset[str], styles: frozenset[str]
) -> Adoption:
    tally = file.tally
    placements = {key: usage[key, file.key].placements for key in tally.components}
    of_library = sum(count for key, count in placements.items() if key in published)
    local = sum(count for key, count in placements.items() if key not in published and key in tally.definitions)
    if not file.is_design:
        return Adoption(library_placements=of_library, local_placements=local, files_left_out=1)
    texts = [(slot, count) for slot, count in tally.slots.items() if slot.role == "text"]
    fills = [(slot, count) for slot, count in tally.slots.items() if slot.role == "fill"]
    return Adoption(
        sum(tally.layers.values()),
        sum(count for component_keys, count in tally.layers.items() if component_keys & published),
        of_library,
        local,
        sum(count for _, count in texts),
        sum(count for slot, count in texts if slot.style_key in styles),
        sum(count for _, count in fills),
        sum(count for slot, count in fills if slot.style_key in styles or slot.has_variable),
    )


def _compare(style: StyleFacts, other: StyleFacts, referred: set[str]) -> ShadowedStyle:
    has_value = {style.key, other.key} <= referred and style.type in ROLES
    return ShadowedStyle(other.key, style.name.lower() == other.name.lower(), has_value and style.value == other.value)


def _distance(found: tuple[str, ShadowedStyle]) -> tuple[bool, bool, str, str]:
    name, shadow = found
    return not shadow.has_same_name, not shadow.has_same_value, name, shadow.published_style_key


def _is_hardcoded(slot: VisibleSlot, published: frozenset[str]) -> bool:
    return not slot.style_key and not slot.has_variable and not slot.component_keys & published


def _main_role(counts: Counter[str]) -> str:
    if counts["font"]:
        return "font"
    if counts["stroke"] > counts["fill"] + counts["text"]:
        return "stroke"
    return "text" if counts["text"] > counts["fill"] else "fill"


def _role_of(slot: VisibleSlot) -> str:
    if slot.role in ("text", "text_part"):
        return "font"
    return "text" if slot.role == "fill" and slot.is_on_text else slot.role
