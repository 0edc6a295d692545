"""What the marts beyond usage should hold, from the tallies kept while the organisation was built."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from figma_warehouse.sandbox.truth.tallies import UsageTruth, Uses, usage_of
from figma_warehouse.sandbox.truth.value_names import font_name, value_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from figma_warehouse.sandbox.company.blueprints import ComponentSet, Style
    from figma_warehouse.sandbox.truth.tallies import FileTally, Look

    Usage = dict[tuple[str, str], UsageTruth]
    Keys = frozenset[str]


OFFERED_AS = {"FILL": ("fill", "text", "stroke"), "TEXT": ("font",)}


@dataclass(frozen=True)
class Facts:
    """What the libraries publish now: `homes` by component key; `owners` maps each variant made to its set."""

    homes: dict[str, str]
    styles: list[Style]
    published_sets: frozenset[str]
    sets: list[ComponentSet]
    owners: dict[str, str]


class Adoption(NamedTuple):
    """Numerators and denominators of the shares, and boards that add no layers or slots, in the columns' names."""

    visible_layers: int = 0
    library_layers: int = 0
    library_placements: int = 0
    local_placements: int = 0
    text_slots: int = 0
    bound_text_slots: int = 0
    fill_slots: int = 0
    bound_fill_slots: int = 0
    files_left_out: int = 0


class Shadow(NamedTuple):
    """The published style that a local one stands in front of."""

    published_style_key: str
    has_same_name: bool
    has_same_value: bool


class Hardcoded(NamedTuple):
    """How often a value is set by hand."""

    fills: int = 0
    strokes: int = 0
    texts: int = 0


class Offer(NamedTuple):
    """How many styles and variables have a value, and the styles' names, most used in a role first."""

    candidates: int
    names: tuple[str, ...]


class Impact(NamedTuple):
    """What changing a component touches."""

    direct_dependants: int
    dependants: int
    files_touched: int
    folders_touched: int
    teams_touched: int
    placements_touched: int


class SetReach(NamedTuple):
    """Where the variants of a set are used."""

    usages: int
    placements: int
    files_using: int
    variants_used: int


class ValueUse(NamedTuple):
    """How often one value of a set's property is used."""

    is_declared: bool
    usages: int
    placements: int
    files_using: int


@dataclass(frozen=True)
class Findings:
    """The marts by their grain, over readable main files.

    `adoption` by (level, id), where there is a file of design; `lost_components` by (file key, component key, empty
    where the map has none); `shadow_styles` by (file key, style key); `hardcoded_values` by (file key, kind, value),
    with `palette`, what published styles and library variables offer, by (value, role), and `mostly`, the role that
    each value set by hand mostly has: fill, text (the fill of one), stroke or font; `component_dependencies` by
    (component key, needed key), with direct and nested instances; `component_impact` by component key;
    `component_set_reach` by set key; `variant_usage` by (set key, property, type, value), the value None for texts that
    are not the default.
    """

    adoption: dict[tuple[str, str], Adoption]
    lost_components: dict[tuple[str, str], tuple[str, UsageTruth]]
    shadow_styles: dict[tuple[str, str], Shadow]
    hardcoded_values: dict[tuple[str, str, str], Hardcoded]
    palette: dict[tuple[str, str], Offer]
    mostly: dict[str, str]
    component_dependencies: dict[tuple[str, str], tuple[int, int]]
    component_impact: dict[str, Impact]
    component_set_reach: dict[str, SetReach]
    variant_usage: dict[tuple[str, str, str, str | None], ValueUse]


def find(files: Sequence[FileTally], usage: Usage, facts: Facts) -> Findings:
    """All findings at one moment; `files` are the readable main files."""
    needs = _needs(files)
    return Findings(
        adoption=_adoption(files, usage, facts),
        lost_components=dict(_lost(files, facts)),
        shadow_styles=dict(_shadows(files, facts)),
        hardcoded_values=_hardcoded(files, frozenset(facts.homes)),
        palette=_palette(files, facts),
        mostly=_mostly(files, frozenset(facts.homes)),
        component_dependencies=needs,
        component_impact=_impact(files, usage, needs, facts),
        component_set_reach=_set_reach(usage, facts),
        variant_usage=_variants(files, facts),
    )


def _adoption(files: Sequence[FileTally], usage: Usage, facts: Facts) -> dict[tuple[str, str], Adoption]:
    styles = frozenset(style.key for style in facts.styles)
    sums: defaultdict[tuple[str, str], Adoption] = defaultdict(Adoption)
    designed: set[tuple[str, str]] = set()
    for file in files:
        here = _file_adoption(file, usage, frozenset(facts.homes), styles)
        if not file.is_design:
            here = Adoption(
                library_placements=here.library_placements, local_placements=here.local_placements, files_left_out=1
            )
        places = (
            ("file", file.key),
            ("folder", file.folder_id),
            ("team", file.team_id),
            ("organisation", "organisation"),
        )
        designed |= {*places} if file.is_design else set()
        for place in places:
            sums[place] = Adoption(*(one + more for one, more in zip(sums[place], here, strict=True)))
    return {place: figures for place, figures in sums.items() if place in designed}


def _file_adoption(file: FileTally, usage: Usage, published: Keys, styles: Keys) -> Adoption:
    looks = file.tally.looks.items()
    texts = [(look, count) for look, count in looks if look.role == "text"]
    fills = [(look, count) for look, count in looks if look.role == "fill"]
    placements = {key: usage[key, file.key].placements for key in file.tally.components}
    return Adoption(
        sum(file.tally.layers.values()),
        sum(count for within, count in file.tally.layers.items() if within & published),
        sum(count for key, count in placements.items() if key in published),
        sum(count for key, count in placements.items() if key not in published and key in file.tally.definitions),
        sum(count for _, count in texts),
        sum(count for look, count in texts if look.style in styles),
        sum(count for _, count in fills),
        sum(count for look, count in fills if look.style in styles or look.has_variable),
    )


def _lost(files: Sequence[FileTally], facts: Facts) -> Iterator[tuple[tuple[str, str], tuple[str, UsageTruth]]]:
    defined = frozenset[str]().union(*(file.tally.definitions for file in files))
    for file in files:
        if file.tally.lost != Uses():
            yield (file.key, ""), ("missing", usage_of(file.tally.lost, at_home=False))
        for key, uses in file.tally.components.items():
            if key not in facts.homes and key not in file.tally.definitions:
                status = "unpublished" if key in defined else "unknown library"
                yield (file.key, key), (status, usage_of(uses, at_home=False))


def _shadows(files: Sequence[FileTally], facts: Facts) -> Iterator[tuple[tuple[str, str], Shadow]]:
    published = {style.key for style in facts.styles}
    shown = {key for file in files for key, _ in file.tally.styles}
    for file in files:
        for style in file.styles:
            found = [_compare(style, other, shown) for other in facts.styles if other.kind == style.kind]
            found = [(name, shadow) for name, shadow in found if shadow.has_same_name or shadow.has_same_value]
            if style.key not in published and found:
                yield (file.key, style.key), min(found, key=_nearness)[1]


def _compare(style: Style, other: Style, shown: set[str]) -> tuple[str, Shadow]:
    are_known = {style.key, other.key} <= shown and style.kind in ("FILL", "TEXT")
    is_same = are_known and _value_of(style) == _value_of(other)
    return other.name, Shadow(other.key, style.name.lower() == other.name.lower(), is_same)


def _nearness(found: tuple[str, Shadow]) -> tuple[bool, bool, str, str]:
    name, shadow = found
    return not shadow.has_same_name, not shadow.has_same_value, name, shadow.published_style_key


def _value_of(style: Style) -> str:
    return f"{style.value}ff" if style.kind == "FILL" else font_name(style.value)


def _hardcoded(files: Sequence[FileTally], published: Keys) -> dict[tuple[str, str, str], Hardcoded]:
    counts: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for file in filter(attrgetter("is_design"), files):
        for look, count in file.tally.looks.items():
            if _is_by_hand(look, published):
                counts[file.key, "font" if look.role == "text" else "color", look.value][look.role] += count
    return {place: Hardcoded(seen["fill"], seen["stroke"], seen["text"]) for place, seen in counts.items()}


def _is_by_hand(look: Look, published: Keys) -> bool:
    return not look.style and not look.has_variable and not look.within & published


def _mostly(files: Sequence[FileTally], published: Keys) -> dict[str, str]:
    roles: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for file in filter(attrgetter("is_design"), files):
        for look, count in file.tally.looks.items():
            if _is_by_hand(look, published):
                roles[look.value][_role_of(look)] += count
    return {value: _main_role(seen) for value, seen in roles.items()}


def _main_role(seen: Counter[str]) -> str:
    if seen["font"]:
        return "font"
    if seen["stroke"] > seen["fill"] + seen["text"]:
        return "stroke"
    return "text" if seen["text"] > seen["fill"] else "fill"


def _role_of(look: Look) -> str:
    if look.role == "text":
        return "font"
    return "text" if look.role == "fill" and look.is_text else look.role


def _palette(files: Sequence[FileTally], facts: Facts) -> dict[tuple[str, str], Offer]:
    uses: Counter[tuple[str, str]] = Counter()
    for file in files:
        for look, count in file.tally.looks.items():
            uses[look.style, _role_of(look)] += count
    shown = {key for file in files for key, _ in file.tally.styles}
    offers: defaultdict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
    for style in facts.styles:
        for role in OFFERED_AS.get(style.kind, ()) if style.key in shown else ():
            in_any = sum(uses[style.key, each] for each in OFFERED_AS[style.kind])
            offers[_value_of(style), role].append((-uses[style.key, role], -in_any, style.name))
    variables = {place for file in files for place in file.tally.variables.items()}
    colors = Counter((color, role) for _, color in variables for role in OFFERED_AS["FILL"])
    return {
        place: Offer(len(offers[place]) + colors[place], tuple(name for *_, name in sorted(offers[place])))
        for place in offers.keys() | colors.keys()
    }


def _needs(files: Sequence[FileTally]) -> dict[tuple[str, str], tuple[int, int]]:
    return {pair: (direct, nested) for file in files for pair, (direct, nested) in file.tally.needs.items()}


def _impact(
    files: Sequence[FileTally], usage: Usage, needs: dict[tuple[str, str], tuple[int, int]], facts: Facts
) -> dict[str, Impact]:
    places = {file.key: (file.folder_id, file.team_id) for file in files}
    above: defaultdict[str, set[str]] = defaultdict(set)
    for component, needed in needs:
        above[needed].add(component)
    keys = {*facts.homes, *(key for key, _ in usage), *(component for component, _ in needs)}
    directly = Counter(needed for (_, needed), (direct, _) in needs.items() if direct)
    touching: defaultdict[str, list[tuple[str, UsageTruth]]] = defaultdict(list)
    for (key, file), seen in usage.items():
        if _touches(key, file, seen, facts):
            touching[key].append((file, seen))
    impacts = {}
    for key in keys:
        changed = _reachable(key, above)
        rows = [row for one in changed for row in touching.get(one, ())]
        touched = {file for file, _ in rows}
        folders, teams = ({places[file][at] for file in touched} for at in (0, 1))
        placements = sum(seen.placements for _, seen in rows)
        impacts[key] = Impact(directly[key], len(changed) - 1, len(touched), len(folders), len(teams), placements)
    return impacts


def _reachable(key: str, above: dict[str, set[str]]) -> set[str]:
    found, waiting = {key}, [key]
    while waiting:
        more = above.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found


def _touches(key: str, file: str, seen: UsageTruth, facts: Facts) -> bool:
    return seen.usages > 0 and facts.homes.get(key) != file


def _set_reach(usage: Usage, facts: Facts) -> dict[str, SetReach]:
    rows: defaultdict[str, list[tuple[str, str, UsageTruth]]] = defaultdict(list)
    for (key, file), seen in usage.items():
        if key in facts.owners:
            rows[facts.owners[key]].append((key, file, seen))
    return {owner: _reach_of(rows[owner], facts) for owner in facts.published_sets | rows.keys()}


def _reach_of(rows: list[tuple[str, str, UsageTruth]], facts: Facts) -> SetReach:
    away = [(key, file) for key, file, seen in rows if _touches(key, file, seen, facts)]
    return SetReach(
        sum(seen.usages for _, _, seen in rows),
        sum(seen.placements for _, _, seen in rows),
        len({file for _, file in away}),
        len({key for key, _ in away}),
    )


def _variants(files: Sequence[FileTally], facts: Facts) -> dict[tuple[str, str, str, str | None], ValueUse]:
    declared = {(owner.key, *value) for owner in facts.sets for value in _declared(owner)}
    uses: defaultdict[tuple[str, str, str, str | None], list[tuple[str, bool, int, int]]] = defaultdict(list)
    for file in files:
        for (key, name, kind, value), (usages, visible) in file.tally.values.items():
            place = facts.owners[key], name, kind, value
            is_other = kind == "TEXT" and place not in declared
            at_home = facts.homes.get(key) == file.key
            uses[(*place[:3], None) if is_other else place].append((file.key, at_home, usages, visible))
    return {
        place: ValueUse(
            place in declared,
            sum(usages for _, _, usages, _ in uses[place]),
            sum(visible for _, at_home, _, visible in uses[place] if not at_home),
            len({file for file, at_home, _, _ in uses[place] if not at_home}),
        )
        for place in declared | uses.keys()
    }


def _declared(owner: ComponentSet) -> Iterator[tuple[str, str, str]]:
    for option, values in owner.options.items():
        yield from ((option, "VARIANT", value) for value in values)
    for each in owner.properties:
        yield each.name, each.type, value_name(each.default)
        if isinstance(each.default, bool):
            yield each.name, each.type, value_name(not each.default)
