"""The page of one file: how heavy it is, how it grows, what it uses and sets by hand, and who edits it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from figma_warehouse.dashboard import published_file, tables
from figma_warehouse.dashboard.item_links import item_name
from figma_warehouse.dashboard.items import file_queries as queries
from figma_warehouse.dashboard.items import line_chart
from figma_warehouse.dashboard.items.item_page import Head
from figma_warehouse.dashboard.items.sections import Section, number_of, single_row
from figma_warehouse.dashboard.known_items import FILE, files
from figma_warehouse.dashboard.page import Figure
from figma_warehouse.dashboard.templating import counted, named

Row = Mapping[str, Any]

# what the head of a page reads, and the queries for it
FACTS = {
    "state": (("file_freshness",), queries.STATE),
    "latest": (("file_growth",), queries.LATEST),
    "shares": (("adoption",), queries.SHARES),
    "used": (("component_usage",), queries.USED),
    "activity": (("file_activity",), queries.ACTIVITY),
}


def file_heads(keys: Sequence[str]) -> dict[str, Head]:
    """Return the head of the page of each of these files, by its key."""
    facts = {name: single_row(query, keys) for name, (needs, query) in FACTS.items() if published_file.has(*needs)}
    known = files()
    names = dict(known.select("key", "name").iter_rows())
    return {
        row["key"]: _head(
            row, names.get(row["main_file_key"]), {name: facts.get(name, {}).get(row["key"], {}) for name in FACTS}
        )
        for row in known.filter(pl.col("key").is_in(list(keys))).iter_rows(named=True)
    }


def _head(row: Row, main_file: str | None, facts: Mapping[str, Row]) -> Head:
    return Head(
        title=row["name"],
        place=_place(row, main_file),
        url=f"{tables.FIGMA}design/{row['key']}",
        figures=_figures(facts),
        notes=list(_notes(facts)),
    )


def _place(row: Row, main_file: str | None) -> Markup:
    words, names = (
        ("Branch of {}", [item_name(FILE, row["main_file_key"], main_file)]) if row["is_branch"] else ("File", [])
    )
    for where, name in ((" of the team {}", row["team"]), (" in the folder {}", row["folder"])):
        if name:
            words, names = words + where, [*names, name]
    return named(words, *names)


def _figures(facts: Mapping[str, Row]) -> list[Figure]:
    latest, used, shares, state = (facts[name] for name in ("latest", "used", "shares", "state"))
    modified = state.get("last_modified_at")
    days = facts["activity"].get("state")
    return [
        Figure(_amount(latest.get("nodes")), "Nodes", f"{tables.change(latest.get('growth'))} in four weeks"),
        Figure(_amount(latest.get("pages")), "Pages", f"{_amount(latest.get('visible_nodes'))} visible nodes"),
        Figure(_amount(used.get("placements")), "Placements", f"{counted(used.get('usages', 0), 'usage')} in all"),
        Figure(_amount(used.get("components")), "Sets and components used", "its own included"),
        Figure(tables.share(shares.get("layer_share")), "Layers from the library", "of all visible layers"),
        Figure(f"{modified:%-d %b %Y}" if modified else "–", "Last edited", f"{days.capitalize()} now" if days else ""),
    ]


def _amount(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _notes(facts: Mapping[str, Row]) -> Iterator[Markup]:
    state, latest = facts["state"], facts["latest"]
    if latest.get("is_removed") or not state:
        yield named("The file was removed. The page shows its last loaded state.")
    elif not state["is_loaded"]:
        yield named("The file was never loaded.")
    elif state["is_current"]:
        yield named(
            f"Loaded at its current version on {state['loaded_at']:%-d %B %Y}." if state["loaded_at"] else "Loaded."
        )
    elif state["loaded_modified_at"]:
        yield named(f"Loaded as of {state['loaded_modified_at']:%-d %B %Y}, which is not its current version.")
    else:
        yield named("Not loaded at its current version.")
    if state.get("skip_reason"):
        again = f"; the next try is after {state['retry_at']:%-d %B %Y}" if state["retry_at"] else ""
        yield named(f"The last run skipped it: {{}}{again}.", state["skip_reason"])


def _growth(rows: pl.DataFrame) -> Markup:
    lines = [
        line_chart.Series("Nodes", rows["nodes"].to_list()),
        line_chart.Series("Visible nodes", rows["visible_nodes"].to_list()),
    ]
    observed = rows.filter(pl.col("is_observed").fill_null(value=False)).height
    note = f"{counted(observed, 'week has', 'weeks have')} a state of their own." if observed else ""
    return line_chart.line_chart("Nodes by week", rows["week"].to_list(), lines, note)


def _growth_title(rows: pl.DataFrame) -> str:
    first, last = rows["nodes"].item(0) or 0, rows["nodes"].item(-1) or 0
    if first == last:
        return f"{counted(last, 'node')}, as many as in the week of {rows['week'].item(0):%-d %B %Y}"
    words = "more" if last > first else "fewer"
    return f"{abs(last - first):,} {words} nodes since the week of {rows['week'].item(0):%-d %B %Y}"


def _views_title(rows: pl.DataFrame) -> str:
    opened = counted(int(rows["opens"].sum()), "opening")
    return f"{opened} since the week of {rows['week'].item(-1):%-d %B %Y}"


def _threads_title(rows: pl.DataFrame) -> str:
    waiting = rows.filter(pl.col("waits") == "Yes").height
    return f"{counted(rows.height, 'open thread')}, {waiting:,} without an answer"


SECTIONS = (
    Section(
        number_of("finding needs attention", "findings need attention"),
        "Each link opens what the finding is about.",
        queries.ATTENTION,
        {
            "sentence": "Finding",
            "severity": "Severity",
            "component": "Component",
            "certainty": "Certainty",
            "url": "Figma",
        },
        ("attention",),
        "findings",
        cells={"sentence": tables.sentence},
    ),
    Section(
        _growth_title,
        "Nodes at the end of each week. The file keeps its size until the next loaded state.",
        queries.WEEKS,
        {},
        ("file_growth_weekly",),
        "weeks of growth",
        draw=_growth,
    ),
    Section(
        number_of("page"),
        "The heaviest pages first. The last link opens the heaviest layer of the page.",
        queries.PAGES,
        {
            "page": "Page",
            "nodes": "Nodes",
            "share": "Share",
            "hidden_nodes": "Hidden",
            "instances": "Instances",
            "text_nodes": "Texts",
            "vector_nodes": "Vectors",
            "images": "Images",
            "deepest_level": "Depth",
            "url": "Figma",
            "heaviest": "Heaviest layer",
            "heaviest_nodes": "Its nodes",
            "instance": "Layer",
        },
        ("page_weight",),
        "pages",
    ),
    Section(
        number_of("set or component used", "sets and components used"),
        "Instances in this file, its own components included. A placement is a visible instance that a designer put on "
        "a page, outside the library. Each link opens an instance.",
        queries.COMPONENTS,
        {
            "component": "Component",
            "placements": "Placements",
            "usages": "Usages",
            "hidden": "Hidden",
            "in_definitions": "In definitions",
            "library": "Library",
            "url": "Instance",
        },
        ("component_usage",),
        "components",
    ),
    Section(
        number_of("library used", "libraries used"),
        "Libraries whose components or styles this file uses.",
        queries.LIBRARIES,
        {
            "library": "Library",
            "placements": "Placements",
            "usages": "Usages",
            "components": "Components used",
            "in_definitions": "In definitions",
            "references": "Style references",
            "styles": "Styles used",
            "url": "Figma",
        },
        ("library_usage",),
        "libraries",
    ),
    Section(
        number_of("style used", "styles used"),
        "References of nodes to styles, by style. Each link opens a node that refers to it.",
        queries.STYLES,
        {
            "style": "Style",
            "type": "Type",
            "slots": "Slots",
            "references": "References",
            "visible": "Visible",
            "published": "Published",
            "url": "Figma",
        },
        ("style_usage",),
        "styles",
    ),
    Section(
        number_of("value set by hand", "values set by hand"),
        "Colours, fonts, radii, spacing, stroke weights and effects that neither a style nor a variable gives, outside "
        "library instances, with the nearest published one. A variable without a name is shown by its key.",
        queries.BY_HAND,
        {
            "value": "Value",
            "kind": "Kind",
            "occurrences": "Occurrences",
            "nearest": "Style or variable",
            "nearest_value": "Its value",
            "fit": "Fit",
            "url": "Figma",
        },
        ("hardcoded_values.fit",),
        "values set by hand",
        cells={"value": tables.sample, "nearest": tables.key, "nearest_value": tables.sample},
    ),
    Section(
        number_of("variable bound", "variables bound"),
        "Bindings of nodes to variables, by variable.",
        queries.VARIABLES,
        {
            "variable": "Variable",
            "slots": "Slots",
            "bindings": "Bindings",
            "visible": "Visible",
            "url": "Figma",
        },
        ("variable_usage.token_name",),
        "variables",
        cells={"variable": tables.key},
    ),
    Section(
        number_of("stale binding", total="bindings"),
        "Bindings to an earlier publication of a variable than the one that most recent files use.",
        queries.STALE,
        {
            "variable": "Variable",
            "bindings": "Bindings",
            "visible": "Visible",
            "suffix": "Publication",
            "recent_suffix": "Newest",
            "certainty": "Certainty",
            "url": "Figma",
        },
        ("stale_bindings.variable_name",),
        "stale bindings",
        cells={"variable": tables.key},
    ),
    Section(
        number_of("usage of deprecated items", "usages of deprecated items", total="usages"),
        "Components, sets and styles of other files whose name, set, page, frame or description says that they are "
        "deprecated.",
        queries.DEPRECATED,
        {
            "component": "Deprecated",
            "kind": "Kind",
            "usages": "Usages",
            "placements": "Placements",
            "replacement": "Replacement",
            "url": "Figma",
        },
        ("deprecated_usage.is_in_deprecated_set",),
        "deprecated items",
    ),
    Section(
        number_of("component that a library has", "components that a library has"),
        "Unpublished components and sets of this file with the name or the layers of a published one. Each link opens "
        "the copy; the published one is the nearest if several match.",
        queries.COPIES,
        {
            "component": "Copy",
            "replacement": "Repeats",
            "alike": "Same",
            "placements": "Placements",
            "usages": "Usages",
            "library": "Library",
            "certainty": "Certainty",
            "url": "Figma",
        },
        ("shadow_components",),
        "copies of published components",
    ),
    Section(
        number_of("layer with a dev status", "layers with a dev status"),
        "Sections, frames and components that are marked in Dev Mode, in the loaded state of the file.",
        queries.READY_FOR_DEV,
        {"layer": "Layer", "dev_status": "Status", "type": "Type", "page": "Page", "nodes": "Nodes", "url": "Figma"},
        ("ready_for_dev",),
        "layers with a dev status",
    ),
    Section(
        _threads_title,
        "Threads that are not resolved, those without a reply by somebody else first. Hours are from the first "
        "comment to that reply.",
        queries.THREADS,
        {
            "opened_at": "Opened",
            "person": "By",
            "waits": "Waits",
            "hours": "Hours to a reply",
            "replies": "Replies",
            "reactions": "Reactions",
            "layer": "Layer",
            "page": "Page",
            "message": "Text",
            "certainty": "Certainty",
            "url": "Figma",
        },
        ("comment_threads",),
        "open threads",
        is_optional=True,
    ),
    Section(
        number_of("person saved it", "people saved it"),
        "People who saved a version of this file, and the weeks in which they did.",
        queries.EDITORS,
        {
            "person": "Person",
            "saved_versions": "Saved versions",
            "named_versions": "Named versions",
            "sessions": "Sessions",
            "weeks": "Weeks",
            "last_saved_at": "Last saved",
        },
        ("file_editors",),
        "editors",
    ),
    Section(
        _views_title,
        "Weeks in which somebody opened or exported the file or a branch of it, by Figma's activity log, and how many "
        "people saved it.",
        queries.VIEWS,
        {
            "week": "Week of",
            "people_opened": "People who opened",
            "opens": "Openings",
            "prototype_opens": "Of prototypes",
            "people_exported": "People who exported",
            "exports": "Exports",
            "people_saved": "People who saved",
            "covered": "Log covers",
        },
        ("file_views",),
        "weeks with openings",
        is_optional=True,
    ),
    Section(
        number_of("instance was detached", "instances were detached"),
        "Instances that a frame replaced between two loads, and the people who saved the file between them. A "
        "confidence of 1 means that the frame has the id of the instance.",
        queries.DETACHMENTS,
        {
            "layer": "Layer",
            "url": "Figma",
            "component": "Component",
            "detached_by_at": "Detached by",
            "editors": "Saved by",
            "confidence": "Confidence",
            "frame": "Its frame",
        },
        ("detachments.editors",),
        "detachments",
    ),
    Section(
        number_of("component that no library has", "components that no library has"),
        "Instances whose component is in no known published list. The lost ones come first.",
        queries.LOST,
        {
            "component": "Component",
            "is_lost": "Lost",
            "status": "Status",
            "placements": "Placements",
            "usages": "Usages",
            "library": "Library",
            "unpublished_at": "Unpublished",
            "url": "Instance",
        },
        ("lost_components.is_lost",),
        "lost instances",
    ),
    Section(
        number_of("set or component published", "sets and components published"),
        "What this file publishes, the most placed first.",
        queries.PUBLISHED,
        {
            "component": "Component",
            "components": "Variants",
            "placements": "Placements",
            "usages": "Usages",
            "published_at": "Published",
        },
        ("component_reach.published_at",),
        "published components",
    ),
    Section(
        number_of("file uses it as a library", "files use it as a library"),
        "Files with instances of its components or references to its styles.",
        queries.USERS,
        {
            "file": "File",
            "placements": "Placements",
            "usages": "Usages",
            "references": "Style references",
            "team": "Team",
            "url": "Figma",
        },
        ("library_usage",),
        "files that use it",
    ),
    Section(
        number_of("branch", "branches"),
        "Branches of this file. Their usages are counted apart.",
        queries.BRANCHES,
        {"file": "Branch", "last_modified_at": "Last edited", "loaded": "Loaded"},
        ("file_freshness",),
        "branches",
    ),
    Section(
        number_of("loaded state", "loaded states"),
        "The file at each version that was loaded or read from its history, the latest first.",
        queries.STATES,
        {
            "last_modified_at": "Edited",
            "nodes": "Nodes",
            "nodes_added": "Added",
            "growth": "Change",
            "pages": "Pages",
            "instances": "Instances",
            "text_nodes": "Texts",
            "definitions": "Definitions",
            "bytes": "Bytes",
        },
        ("file_growth",),
        "loaded states",
    ),
)
