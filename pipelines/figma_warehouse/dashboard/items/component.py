"""The page of one component or set: what it is, who uses it and how, and what happened to it.

The rows of a set are those of all its variants.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from figma_warehouse.dashboard import definitions, published_file, tables
from figma_warehouse.dashboard.item_links import item_name
from figma_warehouse.dashboard.items import component_queries as queries
from figma_warehouse.dashboard.items import line_chart
from figma_warehouse.dashboard.items.item_page import Head
from figma_warehouse.dashboard.items.sections import Section, number_of, single_row
from figma_warehouse.dashboard.known_items import COMPONENT, FILE, components, files
from figma_warehouse.dashboard.page import Figure
from figma_warehouse.dashboard.templating import counted, macros, named

Row = Mapping[str, Any]


def _with_pictures(variants: pl.DataFrame) -> pl.DataFrame:
    return definitions.with_links(definitions.with_pictures(variants, each_variant=True))


def _history(rows: pl.DataFrame) -> Markup:
    sums = rows.select("insertions", "removals", "swaps_in", "swaps_out", "detachments").sum().row(0, named=True)
    moved = named(
        f"In these weeks {counted(sums['insertions'], 'instance')} inserted, {sums['removals']:,} removed, "
        f"{sums['swaps_in']:,} swapped in, {sums['swaps_out']:,} swapped out and {sums['detachments']:,} detached, "
        "as far as known."
    )
    lines = [line_chart.Series(name.capitalize(), rows[name].to_list()) for name in ("usages", "placements")]
    return line_chart.line_chart("Usages and placements by week", rows["week"].to_list(), lines, moved)


def _unused_values(rows: pl.DataFrame) -> str:
    unused = rows.filter(pl.col("state").is_in(["Never used", "Perhaps never used"])).height
    return f"{counted(rows.height, 'value')} of its properties" + (f", {unused:,} never used" if unused else "")


def _variants_title(rows: pl.DataFrame) -> str:
    return f"{counted(rows.height, 'variant')}, {rows.filter(pl.col('files') > 0).height:,} of them used"


SECTIONS = (
    Section(
        number_of("finding needs attention", "findings need attention"),
        "Each link opens what the finding is about.",
        queries.ATTENTION,
        {"sentence": "Finding", "severity": "Severity", "file": "File", "certainty": "Certainty", "url": "Figma"},
        ("attention",),
        "findings",
        cells={"sentence": tables.sentence},
    ),
    Section(
        lambda rows: f"{counted(rows['placements'].item(-1), 'placement')} at the end of the last week",
        "Usages and placements at the end of each week. A file keeps its usages until the next loaded state. Weeks in "
        "which less than 95% of the files are loaded are left out.",
        queries.WEEKS,
        {},
        ("usage_history.is_mostly_scanned",),
        "weeks of usage",
        draw=_history,
    ),
    Section(
        number_of("team uses it", "teams use it"),
        "Usages outside the library that publishes it.",
        queries.TEAMS,
        {"team": "Team", "placements": "Placements", "usages": "Usages", "files": "Files using it"},
        ("component_usage",),
        "teams that use it",
    ),
    Section(
        number_of("file uses it", "files use it"),
        "A placement is a visible instance that a designer put on a page, outside the library. A usage is any instance "
        "outside definitions. Each link opens an instance.",
        queries.USED_IN,
        {
            "file": "File",
            "placements": "Placements",
            "usages": "Usages",
            "hidden": "Hidden",
            "last_seen_at": "Last seen",
            "team": "Team",
            "url": "Instance",
        },
        ("component_usage",),
        "files that use it",
    ),
    Section(
        _variants_title,
        "Every variant of the set that is published or has an instance.",
        queries.VARIANTS,
        {
            "asset": "Picture",
            "variant": "Variant",
            "placements": "Placements",
            "usages": "Usages",
            "files": "Files using it",
            "state": "State",
            "published": "Published",
            "definition": "Figma",
            "instance": "Instance",
        },
        ("component_reach",),
        "variants",
        cells={"asset": definitions.show_picture, "definition": tables.link},
        finish=_with_pictures,
    ),
    Section(
        _unused_values,
        "Properties and values that the set declares or that an instance has.",
        queries.PROPERTIES,
        {
            "property": "Property",
            "type": "Type",
            "value": "Value",
            "placements": "Placements",
            "usages": "Usages",
            "files": "Files using it",
            "state": "State",
            "url": "Instance",
        },
        ("variant_usage",),
        "values of properties",
    ),
    Section(
        number_of("field is overridden", "fields are overridden"),
        "Placements outside the library that override a field of the instance or of a layer inside it, with their "
        "share of its placements.",
        queries.OVERRIDES,
        {
            "field": "Field",
            "group": "Group",
            "overriding": "Overriding",
            "override_share": "Share",
            "own": "Of the instance",
            "layers": "Of its layers",
            "url": "Instance",
        },
        ("component_overrides",),
        "overrides",
    ),
    Section(
        number_of("swap", total="swaps"),
        "Instances that changed from one component or variant to another between two loads. Each link opens one of "
        "them, the latest that still exists.",
        queries.SWAPS,
        {
            "component_before": "From",
            "component_after": "To",
            "swaps": "Times",
            "files": "Files with swaps",
            "swapped_by_at": "Last by",
            "url": "Instance",
        },
        ("component_swaps",),
        "swaps",
    ),
    Section(
        number_of("component contains it", "components contain it"),
        "Components with an instance of it in the definition, at any depth. Changing it changes them.",
        queries.DEPENDANTS,
        {
            "component": "Component",
            "depth": "Steps away",
            "placements": "Placements",
            "files": "Files using it",
            "file": "Defined in",
            "published": "Published",
            "url": "Figma",
        },
        ("component_dependencies",),
        "components that contain it",
    ),
    Section(
        number_of("component inside it", "components inside it"),
        "Components with an instance in its definition that lies in no other instance.",
        queries.NEEDED,
        {"component": "Component", "instances": "Instances", "published": "Published", "url": "Figma"},
        ("component_dependencies",),
        "components inside it",
    ),
    Section(
        number_of("change of its definition", "changes of its definition"),
        "What differs between two loaded states of the library: names, properties, variants, sizes, layers, and the "
        "styles and variables that they have.",
        queries.DEFINITION_CHANGES,
        {
            "sentence": "Change",
            "changed_by_at": "Changed by",
            "published_at": "Published",
            "url": "Figma",
        },
        ("component_changes",),
        "changes of its definition",
        cells={"sentence": tables.sentence},
    ),
    Section(
        number_of("change in its library", "changes in its library"),
        "Publications, updates, new names, moves to another page or frame, and the end of its publication.",
        queries.CHANGES,
        {
            "happened_at": "When",
            "event": "Change",
            "before": "Before",
            "after": "After",
            "person": "By",
            "url": "Figma",
        },
        ("library_changes",),
        "changes",
    ),
    Section(
        number_of("problem in its library", "problems in its library"),
        "What the designers of the library should repair.",
        queries.FINDINGS,
        {"problem": "Problem", "detail": "Detail", "certainty": "Certainty", "url": "Figma"},
        ("library_hygiene",),
        "problems",
    ),
    Section(
        number_of("link to its code", "links to its code"),
        "Web addresses of the dev resources that the library has on it or on its variants.",
        queries.CODE,
        {"address": "Address", "url": "Figma"},
        ("code_coverage",),
        "links to its code",
        cells={"address": tables.web_link},
        is_optional=True,
    ),
    Section(
        number_of("copy of it", "copies of it"),
        "Unpublished components and sets of other files with its name, its layers or both. Each link opens the copy.",
        queries.COPIES,
        {
            "copy": "Copy",
            "alike": "Same",
            "placements": "Placements",
            "usages": "Usages",
            "file": "File",
            "team": "Team",
            "certainty": "Certainty",
            "url": "Figma",
        },
        ("shadow_components",),
        "copies",
    ),
    Section(
        number_of("file where it repeats a published one", "files where it repeats a published one"),
        "It is unpublished, and a library publishes one with its name, its layers or both. Each link opens that one, "
        "the nearest if several match.",
        queries.REPEATED,
        {
            "component": "Repeats",
            "alike": "Same",
            "published_items": "Published that match",
            "library": "Library",
            "file": "Defined in",
            "certainty": "Certainty",
            "url": "Figma",
        },
        ("shadow_components",),
        "repeated components",
    ),
    Section(
        number_of("instance was detached", "instances were detached"),
        "Instances that a frame replaced between two loads, and the people who saved the file between them. A "
        "confidence of 1 means that the frame has the id of the instance.",
        queries.DETACHMENTS,
        {
            "layer": "Layer",
            "url": "Figma",
            "file": "File",
            "team": "Team",
            "detached_by_at": "Detached by",
            "editors": "Saved by",
            "confidence": "Confidence",
            "frame": "Its frame",
        },
        ("detachments.editors",),
        "detachments",
    ),
    Section(
        number_of("file in which it is in no library", "files in which it is in no library"),
        "Files with instances of it whose component is in no known published list.",
        queries.LOST,
        {
            "file": "File",
            "is_lost": "Lost",
            "status": "Status",
            "placements": "Placements",
            "usages": "Usages",
            "unpublished_at": "Unpublished",
            "team": "Team",
            "url": "Instance",
        },
        ("lost_components.is_lost",),
        "lost instances",
    ),
)


# what the head of a page reads, and the queries for it
FACTS = {
    "reach": (("component_reach.published_at",), queries.REACH),
    "used": (("component_usage",), queries.FILES_USING),
    "impact": (("component_dependencies",), queries.IMPACT),
    "unused": (("unused_components",), queries.UNUSED),
    "deprecated": (("deprecated_usage",), queries.DEPRECATED),
    "weight": (("set_weight",), queries.WEIGHT),
}


def component_heads(keys: Sequence[str]) -> dict[str, Head]:
    """Return the head of the page of each of these components and sets, by its key."""
    facts = {name: single_row(query, keys) for name, (needs, query) in FACTS.items() if published_file.has(*needs)}
    facts |= {"documentation": _documentation(keys)}
    known = components().filter(pl.col("key").is_in(list(keys)))
    libraries = dict(files().select("key", "name").iter_rows())
    described = definitions.with_links(definitions.with_pictures(known, each_variant=True))
    return {
        row["key"]: Head(
            title=row["name"],
            place=_place(row, libraries.get(row["library_file_key"])),
            url=row["definition"],
            figures=_figures(row, _facts_of(row["key"], facts)),
            notes=list(_notes(_facts_of(row["key"], facts))),
            asset=row["asset"],
        )
        for row in described.iter_rows(named=True)
    }


def _documentation(keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    needs = ("file_components.documentation_url", "file_component_sets.documentation_url")
    return single_row(queries.DOCUMENTATION, keys) if published_file.has(*needs, schema="figma") else {}


def _facts_of(key: str, facts: Mapping[str, Mapping[str, Row]]) -> dict[str, Row]:
    return {name: rows.get(key, {}) for name, rows in facts.items()}


def _place(row: Row, library: str | None) -> Markup:
    words = "Component set" if row["is_set"] else "Variant of {}" if row["set_key"] else "Component"
    names = [item_name(COMPONENT, row["set_key"], row["set_name"])] if row["set_key"] and not row["is_set"] else []
    if row["library_file_key"]:
        words, names = f"{words} of the library {{}}", [*names, item_name(FILE, row["library_file_key"], library)]
    return named(words, *names)


def _figures(row: Row, facts: Mapping[str, Row]) -> list[Figure]:
    reach, used = facts.get("reach", {}), facts.get("used", {})
    impact = facts.get("impact", {})
    figures = [
        Figure(f"{reach.get('placements', 0):,}", "Placements", f"{counted(reach.get('usages', 0), 'usage')} in all"),
        Figure(f"{used.get('files', 0):,}", "Files using it", f"in {counted(used.get('teams', 0), 'team')}"),
        Figure(tables.share(reach.get("placement_share")), "Share of all placements", "of published components"),
        Figure(f"{impact.get('dependants', 0):,}", "Dependants", "components that contain it, at any depth"),
    ]
    if row["is_set"] and reach:
        unused = f"{counted(reach['variants'] - reach['used_variants'], 'variant')} used in no other file"
        figures.append(Figure(f"{reach['variants']:,}", "Variants", unused))
    if weight := facts.get("weight"):
        median = f"{weight['nodes_brought_median'] or 0:,.0f} by an instance, in the median"
        figures.append(Figure(f"{weight['nodes_brought'] or 0:,}", "Nodes brought into files", median))
    return figures


def _notes(facts: Mapping[str, Row]) -> Iterator[Markup]:
    reach = facts.get("reach", {})
    if reach.get("is_published"):
        since = reach["published_at"]
        yield named(f"Published since {since:%-d %B %Y}." if since else "Published.")
    else:
        yield named("Not published.")
    if unused := facts.get("unused"):
        yield named("Used nowhere." if unused["is_conclusive"] else "Perhaps used nowhere.")
    if deprecated := facts.get("deprecated"):
        yield named(f"Deprecated: its {deprecated['named_in'].replace('_', ' ')} says so.")
        if deprecated["replacement_key"]:
            yield named(
                "Its description names a replacement: {}.",
                item_name(COMPONENT, deprecated["replacement_key"], deprecated["replacement_name"]),
            )
    if tables.is_web(address := facts.get("documentation", {}).get("documentation_url")):
        yield named("Documentation: {}", macros("words.html").site(address))
    if branches := reach.get("branch_usages"):
        yield named(f"{counted(branches, 'more usage')} on branches.")
