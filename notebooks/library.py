# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Who uses a library, what of it is deprecated, what changed in it, and what should its designers repair?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Library")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, definitions, filters, page, published_file, selection, tables
    from figma_warehouse.dashboard.selection import Selection, first_day
    from figma_warehouse.dashboard.site_map import static_folder
    from figma_warehouse.dashboard.team_colors import team_colors

    NEEDED = (
        *("library_usage", "deprecated_usage", "library_hygiene", "set_weight", "component_overrides"),
        "library_changes.library_file_key",
    )
    USERS = {
        "file": "File",
        "placements": "Placements",
        "usages": "Usages",
        "components": "Components used",
        "in_definitions": "In definitions",
        "references": "Style references",
        "styles": "Styles used",
        "team": "Team",
        "url": "Figma",
    }
    DEPRECATED = {
        "item": "Deprecated",
        "placements": "Placements",
        "file": "File",
        "replacement": "Replacement",
        "usages": "Usages",
        "in_definitions": "In definitions",
        "team": "Team",
        "kind": "Kind",
        "named_in": "Says so in",
        "url": "Figma",
        "instance": "Instance",
        "replacement_url": "Replace by",
    }
    COPIES = {
        "copy": "Copy",
        "component": "Published",
        "alike": "Same",
        "placements": "Placements",
        "usages": "Usages",
        "file": "File",
        "team": "Team",
        "certainty": "Certainty",
        "url": "Figma",
        "replacement_url": "Replace by",
    }
    ACTIONS = {
        "item": "Item",
        "figma_insertions": "Inserted by Figma's account",
        "insertions": "Inserted by ours",
        "figma_detachments": "Detached by Figma's account",
        "detachments": "Detached by ours",
        "kind": "Kind",
        "weeks": "Weeks",
    }
    CODE = {
        "component": "Component",
        "links": "Dev resources",
        "placements": "Placements",
        "hosts": "Hosts",
        "certainty": "Certainty",
        "url": "Figma",
    }
    DAYS = {
        "day": "Day",
        "published": "New",
        "updated": "Updated",
        "renamed": "Renamed",
        "moved": "Moved",
        "unpublished": "Unpublished",
        "people": "By",
    }
    CHANGES = {
        "happened_at": "When",
        "event": "Change",
        "item": "Item",
        "before": "Before",
        "kind": "Kind",
        "person": "By",
        "url": "Figma",
    }
    FINDINGS = {"item": "Item", "problem": "Problem", "detail": "Detail", "kind": "Kind", "certainty": "Certainty"} | {
        "url": "Figma"
    }
    WEIGHTS = {
        "asset": "Picture",
        "component": "Set",
        "nodes_brought": "Nodes brought",
        "usages": "Usages",
        "nodes_brought_median": "Nodes of an instance",
        "variants": "Variants",
        "nodes_of_variants": "Nodes of variants",
        "certainty": "Certainty",
        "url": "Figma",
    }
    OVERRIDDEN = {
        "component": "Component",
        "overridden": "Overridden",
        "placements": "Placements",
        "override_share": "Share",
        "fields": "Most often",
        "url": "Figma",
        "instance": "Instance",
    }
    EVENTS = ("published", "updated", "renamed", "moved", "unpublished")
    PROBLEMS = {
        "no_description": "No description",
        "no_documentation_link": "No link to its documentation",
        "control_characters": "Control characters in the name",
        "doubled_spaces": "Doubled spaces in the name",
        "same_name": "Name of another item",
        "indistinct_variants": "Values of another variant",
        "unused_property": "Property that nobody changes",
    }
    DEPRECATED_USES = """
        select
            concat_ws(' ', uses.kind, uses.item_key, uses.file_key) as key,
            uses.item_key,
            uses.file_key,
            coalesce(component_title(uses.component_set_name, uses.item_name), uses.item_key) as item,
            sentence_case(replace(uses.kind, '_', ' ')) as kind,
            uses.named_in,
            uses.replacement_name as replacement,
            uses.replacement_key,
            coalesce(uses.file_name, uses.file_key) as file,
            coalesce(uses.team_name, uses.team_id) as team,
            uses.placements,
            uses.usages,
            uses.in_definitions,
            uses.figma_url as url,
            uses.sample_url as instance
        from marts.deprecated_usage as uses
        where uses.library_file_key = $library
            and not uses.is_at_home
            and is_selected(uses.team_id, uses.folder_id, $team, $folders)
            and matches(
                concat_ws(' ', uses.item_name, uses.component_set_name, uses.replacement_name, uses.file_name), $search
            )
            and not uses.is_in_deprecated_set
        order by uses.placements desc, uses.usages desc, lower(item), lower(file), key
    """
    # files in the chart
    MAX_BARS = 15


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("library", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    mo.stop(not published_file.has(*NEEDED), page.missing("Library"))
    libraries = selection.libraries_by_use()
    mo.stop(libraries.is_empty(), page.notice("No file of this warehouse publishes a component or a style."))
    library = filters.choice("library", filters.options_of(libraries, None), "Library")
    search = filters.search("Item or file")
    team = filters.team()
    period = filters.period()
    return libraries, library, period, search, team


@app.cell
def _(library, period, search, team):
    folder = filters.folder(team.value)
    filters.bar(library, search, team, folder, period)
    return (folder,)


@app.cell
def _(folder, libraries, library, search, team):
    selected = Selection(team.value, folder.value, library.value, search.value)
    name = libraries.filter(pl.col("key") == library.value)["name"].item()
    users = users_of(selected)
    deprecated = deprecated_uses(selected)
    findings = hygiene_findings(selected)
    return deprecated, findings, name, selected, users


@app.cell
def _(deprecated, findings, users):
    page.figures(
        page.Figure(
            f"{users.height:,}",
            "Files using the library",
            f"in {page.counted(users['team'].drop_nulls().n_unique(), 'team')}",
        ),
        page.Figure(
            f"{int(users['placements'].sum()):,}",
            "Placements of the library",
            f"{page.counted(int(users['usages'].sum()), 'usage')} in all",
        ),
        page.Figure(f"{int(users['references'].sum()):,}", "References to its styles", "in files other than its own"),
        page.Figure(
            f"{deprecated_items(deprecated):,}",
            "Deprecated and used",
            f"in {page.counted(deprecated['file_key'].n_unique(), 'file')}",
        ),
        page.Figure(
            f"{findings.height:,}",
            "Findings",
            f"in {page.counted(findings['item_key'].n_unique(), 'published item')}",
        ),
    )
    return


@app.cell
def _(libraries, name, selected, users):
    page.section(
        users_title(users, name, is_part=selected.is_part or bool(selected.search.strip())),
        "A file uses a library if it has instances of its components or refers to its styles. Variables do not count, "
        "because a document does not name the library of a variable. The library's own file is left out."
        + other_libraries(libraries),
        users_chart(users),
    )
    return


@app.cell
def _(users):
    page.section(
        "All files that use it",
        "Each link opens an instance, or a node that refers to a style. Instances in definitions compose the file's "
        "own components.",
        *tables.with_download(
            users,
            USERS,
            "files_using_library",
            empty="No file of this selection uses this library.",
            keys={"file": "key"},
        ),
    )
    return


@app.cell
def _(deprecated):
    page.section(
        deprecated_title(deprecated),
        "An item is deprecated if its name, set, page, frame or description says so, in the words of the setting "
        "deprecated_pattern. The replacement is the published item that the description names. A set stands for its "
        "variants. Usages of a style are its references.",
        *tables.with_download(
            deprecated, DEPRECATED, "deprecated_and_used", empty="No file of this selection uses a deprecated item."
        ),
    )
    return


@app.cell
def _(selected):
    mo.stop(not published_file.has("shadow_components"), page.missing("Copies"))
    copies = copies_of(selected)
    page.section(
        copies_title(copies),
        "Unpublished components and sets of other files that repeat one of this library: its name, regardless of case, "
        "its layers, or both. Layers are the same if their types, names and order are, nested instances as one layer "
        "each; fewer than three layers and mere drawings are not compared. Replace the instances of a copy by the "
        "published component.",
        *tables.with_download(
            copies,
            COPIES,
            "copies_of_components",
            empty="No file of this selection repeats a component of this library.",
        ),
    )
    return


@app.cell
def _(selected):
    mo.stop(not published_file.has("code_coverage"))
    linked = links_to_code(selected)
    mo.stop(linked.is_empty())
    page.section(
        code_title(linked),
        "Components and sets that the library publishes, with the dev resources that lead to their code. Those without "
        "any come first. A dev resource of a variant counts for its set.",
        *tables.with_download(linked, CODE, "links_to_code", empty="No component of the library matches."),
    )
    return


@app.cell
def _(period, selected):
    days = publication_days(selected, first_day(period.value))
    page.section(
        changes_title(days),
        "Components, sets and styles of the library by the day, in UTC, of their publication. What is unpublished has "
        "the time at which a run saw that it was gone.",
        *tables.with_download(days, DAYS, "publication_days", empty="Nothing changed in this period."),
        ignored=selected,
    )
    return


@app.cell
def _(period, selected):
    changes = library_changes(selected, first_day(period.value))
    mo.stop(changes.is_empty())
    page.section(
        "All changes",
        "Before is the earlier name of a renamed item, and the earlier page and frame of a moved one.",
        *tables.with_download(changes, CHANGES, "changes_of_library", empty="", keys={"item": "key"}),
        ignored=selected,
    )
    return


@app.cell
def _(period, selected):
    mo.stop(not published_file.has("library_actions", "reconciliation_weekly"))
    actions = figma_actions(selected, first_day(period.value))
    mo.stop(actions.is_empty())
    page.section(
        actions_title(actions),
        "Figma's library analytics count the whole organisation, drafts and teams outside the settings included, by "
        "weeks that have ended. Ours are inferred from the saves of main files in the same weeks, for components only: "
        "what was put in and taken out between two loads is in neither.",
        *tables.with_download(actions, ACTIONS, "actions_by_figma", empty="", keys={"item": "key"}),
        ignored=selected,
    )
    return


@app.cell
def _(findings, selected):
    page.section(
        findings_title(findings),
        "Each link opens the item in its library. A property that nobody changes has its default in all placements of "
        "its set; that is certain only if every file is loaded.",
        *tables.with_download(findings, FINDINGS, "library_findings", empty="There is nothing to repair here."),
        ignored=selected,
    )
    return


@app.cell
def _(selected):
    weights = set_weights(selected)
    page.section(
        weights_title(weights),
        "The nodes that the instances of a set bring into all files, nested instances included. Those of an instance "
        "are the median, with the instance itself. A set with fewer layers makes all of these files lighter.",
        *tables.with_download(
            definitions.with_pictures(weights, each_variant=False),
            WEIGHTS,
            "heaviest_sets",
            empty="This library has no component set here.",
            cells={"asset": definitions.show_picture},
            keys={"component": "key"},
        ),
        ignored=selected,
    )
    return


@app.cell
def _(selected):
    overridden = overridden_components(selected)
    page.section(
        overridden_title(overridden),
        "Placements that override a field of the instance or of a layer inside it, and the fields that they override "
        "most often, with their share of all placements. The library's own file is left out. What most placements "
        "override is a candidate for a property or a variant.",
        *tables.with_download(
            overridden,
            OVERRIDDEN,
            "overridden_components",
            empty="No placement overrides a component of this library.",
            keys={"component": "key"},
        ),
        ignored=selected,
    )
    return


@app.function
def users_of(selected: Selection) -> pl.DataFrame:
    """One row per file that uses the selected library, most placements first."""
    return selected.ask("""
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            placements,
            usages,
            components_used as components,
            in_definitions,
            style_references as "references",
            styles_used as styles,
            sample_url as url
        from marts.library_usage
        where library_file_key = $library
            and is_selected(team_id, folder_id, $team, $folders)
            and matches(coalesce(file_name, file_key), $search)
        order by placements desc, usages desc, "references" desc, lower(file), key
    """)


@app.function
def users_title(users: pl.DataFrame, name: str, is_part: bool) -> str:
    """Say in how many files the library is used, and in which most; `is_part` if only some files count."""
    where = " of this selection" if is_part else ""
    if users.is_empty():
        return page.named(f"No file{where} uses {{}}", name)
    files = page.counted(users.height, "file")
    if users.height == 1:
        return page.named(f"{{}} is used in {files}{where}: {{}}", name, users["file"].item(0))
    return page.named(f"{{}} is used in {files}{where}, most in {{}}", name, users["file"].item(0))


@app.function
def other_libraries(libraries: pl.DataFrame) -> str:
    """Say on an exported page, where nobody can choose another library, that there are more."""
    if static_folder() is None or libraries.height < 2:
        return ""
    return f" This copy shows the most used of {libraries.height:,} libraries."


@app.function
def users_chart(users: pl.DataFrame, most: int = MAX_BARS) -> mo.Html | alt.Chart:
    """Draw a bar per file with most placements, or with most style references if nothing is placed."""
    measure, title = ("placements", "Placements") if users["placements"].sum() else ("references", "Style references")
    drawn = users.filter(pl.col(measure) > 0).sort(measure, descending=True, maintain_order=True).head(most)
    if drawn.is_empty():
        return page.notice("No file of this selection places a component or refers to a style of this library.")
    labelled, labels = charts.with_labels(
        drawn.with_columns(pl.col("team").fill_null("No team")),
        "team",
        measure,
        other="Other teams",
        owned=team_colors(),
    )
    names = dict(drawn.select("key", "file").iter_rows())
    drawing = (
        alt.Chart(labelled.select("key", "file", "label", pl.col(measure).alias("amount"), "components", "styles"))
        .mark_bar(cornerRadius=2, height={"band": 0.7})
        .encode(
            x=alt.X("amount:Q", title=title, axis=charts.amount_axis(format=",d")),
            y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
            color=charts.colors(labels, team_colors()),
            tooltip=[
                alt.Tooltip("file:N", title="File"),
                alt.Tooltip("label:N", title="Team"),
                alt.Tooltip("amount:Q", title=title, format=","),
                alt.Tooltip("components:Q", title="Components used", format=","),
                alt.Tooltip("styles:Q", title="Styles used", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 28 * drawn.height + 40, f"The files with most {title.lower()}")
    return finished


@app.function
def deprecated_uses(selected: Selection) -> pl.DataFrame:
    """One row per deprecated item of the selected library and other file that uses it, most placements first.

    A set stands for its variants, so that no usage counts twice.
    """
    found = selected.ask(DEPRECATED_USES)
    replacements = definitions.with_links(found.select(key="replacement_key").drop_nulls().unique())
    links = replacements.rename({"key": "replacement_key", "definition": "replacement_url"})
    return found.join(links, on="replacement_key", how="left", maintain_order="left")


@app.function
def deprecated_items(deprecated: pl.DataFrame) -> int:
    """Return the number of deprecated items that are still used."""
    return deprecated.select("kind", "item_key").n_unique()


@app.function
def deprecated_title(deprecated: pl.DataFrame) -> str:
    """Say how many deprecated items are still used, and which one most."""
    if deprecated.is_empty():
        return "Nothing deprecated is used"
    items = page.counted(deprecated_items(deprecated), "deprecated item is", "deprecated items are")
    sums = deprecated.group_by("item").agg(pl.col("usages").sum()).sort("usages", "item", descending=[True, False])
    files = page.counted(deprecated["file_key"].n_unique(), "file")
    if deprecated_items(deprecated) == 1:
        return page.named(f"{items} still used in {files}: {{}}", sums["item"].item(0))
    return page.named(f"{items} still used in {files}, most often {{}}", sums["item"].item(0))


@app.function
def copies_of(selected: Selection) -> pl.DataFrame:
    """One row per unpublished component or set that repeats one of the selected library, most placements first."""
    return selected.ask("""
        select
            concat_ws(' ', shadows.file_key, shadows.node_id) as key,
            shadows.file_key,
            coalesce(shadows.item_name, 'Unnamed') as copy,
            shadows.published_key as component_key,
            coalesce(shadows.published_name, shadows.published_key) as component,
            shadow_match(shadows.match_kind) as alike,
            shadows.placements,
            shadows.usages,
            coalesce(shadows.file_name, shadows.file_key) as file,
            coalesce(shadows.team_name, shadows.team_id) as team,
            certainty(shadows.is_conclusive) as certainty,
            shadows.figma_url as url,
            shadows.published_url as replacement_url
        from marts.shadow_components as shadows
        where shadows.library_file_key = $library
            and is_selected(shadows.team_id, shadows.folder_id, $team, $folders)
            and matches(concat_ws(' ', shadows.item_name, shadows.published_name, shadows.file_name), $search)
        order by shadows.placements desc, shadows.usages desc, lower(copy), lower(file), key
    """)


@app.function
def copies_title(copies: pl.DataFrame) -> str:
    """Say how many copies of the library's components there are, in how many files, and how often they are placed."""
    if copies.is_empty():
        return "No component of the library is made again"
    items, files = page.counted(copies.height, "copy", "copies"), page.counted(copies["file_key"].n_unique(), "file")
    placements = page.counted(int(copies["placements"].sum()), "placement")
    return f"{items} of its components in {files}, with {placements}"


@app.function
def links_to_code(selected: Selection) -> pl.DataFrame:
    """One row per published component or set of the selected library, those without a link to code first.

    There are none if the dev resources of the library are not loaded.
    """
    return selected.ask("""
        select
            concat_ws(' ', items.kind, items.item_key) as key,
            items.item_key as component_key,
            coalesce(items.item_name, items.item_key) as component,
            items.dev_resources as links,
            items.placements,
            items.url_hosts as hosts,
            certainty(items.is_conclusive) as certainty,
            items.figma_url as url
        from marts.code_coverage as items
        where items.library_file_key = $library
            and items.dev_resources is not null
            and matches(items.item_name, $search)
        order by items.is_linked, items.placements desc, lower(component), key
    """)


@app.function
def code_title(linked: pl.DataFrame) -> str:
    """Say how many items have links to code, and which share of the placements is of such items."""
    covered = linked.filter(pl.col("links") > 0)
    words = f"{covered.height:,} of {page.counted(linked.height, 'component or set', 'components and sets')}"
    placements = int(linked["placements"].sum())
    if not placements:
        return f"{words} lead to code"
    return f"{words} lead to code, with {tables.share(int(covered['placements'].sum()) / placements)} of the placements"


@app.function
def publication_days(selected: Selection, since: str | None) -> pl.DataFrame:
    """One row per day on which the selected library changed, with the changes of each kind, the latest day first."""
    counts = ", ".join(f"count(*) filter (where event = '{event}') as {event}" for event in EVENTS)
    return selected.ask(
        f"""
        select
            date_trunc('day', happened_at) as day,
            count(*) as changes,
            {counts},
            string_agg(distinct user_handle, ', ' order by user_handle) as people
        from marts.library_changes
        where library_file_key = $library
            and happened_at is not null
            and is_since(happened_at, $since)
            and matches(concat_ws(' ', item_name, name_before), $search)
        group by all
        order by day desc
        """,  # noqa: S608  # our own words
        since=since,
    )


@app.function
def changes_title(days: pl.DataFrame) -> str:
    """Say how much changed in the library, on how many days, and when it last did."""
    if days.is_empty():
        return "Nothing changed in this period"
    last, changes = days["day"].item(0), page.counted(int(days["changes"].sum()), "change")
    if days.height == 1:
        return f"{changes} on {last:%-d %B %Y}"
    return f"{changes} on {days.height:,} days, the last on {last:%-d %B %Y}"


@app.function
def library_changes(selected: Selection, since: str | None) -> pl.DataFrame:
    """One row per change of something that the selected library publishes, the latest first."""
    return selected.ask(
        """
        select
            item_key as key,
            happened_at,
            sentence_case(event) as event,
            item_name as item,
            case when event = 'renamed' then name_before when event = 'moved' then place_before end as before,
            sentence_case(replace(kind, '_', ' ')) as kind,
            user_handle as person,
            figma_url as url
        from marts.library_changes
        where library_file_key = $library
            and is_since(happened_at, $since)
            and matches(concat_ws(' ', item_name, name_before), $search)
        order by happened_at desc nulls last, event, kind, lower(item_name), item_key
        """,
        since=since,
    )


@app.function
def figma_actions(selected: Selection, since: str | None) -> pl.DataFrame:
    """One row per item of the library with actions by Figma's account, ours beside, most insertions first."""
    return selected.ask(
        """
        with ours as (
            select
                component_key,
                sum(insertions)::bigint as insertions,
                sum(detachments)::bigint as detachments
            from marts.reconciliation_weekly
            where library_file_key = $library and is_since(week_start, $since)
            group by component_key
        )
        select
            actions.item_key as key,
            coalesce(component_title(max(component_set_name), max(item_name)), actions.item_key) as item,
            sentence_case(actions.kind) as kind,
            sum(actions.insertions)::bigint as figma_insertions,
            any_value(ours.insertions) as insertions,
            sum(actions.detachments)::bigint as figma_detachments,
            any_value(ours.detachments) as detachments,
            count(*) as weeks
        from marts.library_actions as actions
        left join ours on actions.kind = 'component' and actions.item_key = ours.component_key
        where library_file_key = $library
            and is_since(week_start, $since)
            and matches(concat_ws(' ', component_set_name, item_name, collection_name), $search)
        group by actions.kind, actions.item_key
        order by figma_insertions desc, figma_detachments desc, lower(item), key
        """,
        since=since,
    )


@app.function
def actions_title(actions: pl.DataFrame) -> str:
    """Say how many insertions and detachments Figma counts."""
    inserted, detached = (int(actions[f"figma_{name}"].sum()) for name in ("insertions", "detachments"))
    return f"Figma counts {page.counted(inserted, 'insertion')} and {page.counted(detached, 'detachment')}"


@app.function
def hygiene_findings(selected: Selection) -> pl.DataFrame:
    """One row per published item of the selected library and problem, the same problems together."""
    found = selected.ask("""
        select
            concat_ws(' ', kind, item_key, problem, property) as key,
            item_key,
            coalesce(component_title(component_set_name, item_name), item_key) as item,
            problem,
            case when property is not null then regexp_replace(property, '#[0-9:]+$', '')
                when alike is not null then concat('Of ', alike, case when alike = 1 then ' other' else ' others' end)
                end as detail,
            sentence_case(replace(kind, '_', ' ')) as kind,
            certainty(problem <> 'unused_property' or is_conclusive) as certainty,
            figma_url as url
        from marts.library_hygiene
        where library_file_key = $library
            and matches(concat_ws(' ', item_name, component_set_name, property), $search)
        order by problem, lower(item), detail, key
    """)
    return found.with_columns(pl.col("problem").replace(PROBLEMS))


@app.function
def findings_title(findings: pl.DataFrame) -> str:
    """Say how many findings there are, and of which kind most."""
    if findings.is_empty():
        return "Nothing to repair"
    sums = findings.group_by("problem").len().sort("len", "problem", descending=[True, False])
    if sums.height == 1:
        return f"{page.counted(findings.height, 'finding')}: {sums['problem'].item(0).lower()}"
    return f"{page.counted(findings.height, 'finding')}, most often: {sums['problem'].item(0).lower()}"


@app.function
def set_weights(selected: Selection) -> pl.DataFrame:
    """One row per component set of the selected library, the one that brings most nodes into files first."""
    return selected.ask("""
        select
            component_set_key as key,
            coalesce(component_set_name, component_set_key) as component,
            nodes_brought,
            usages,
            nodes_brought_median,
            variants,
            nodes_of_variants,
            certainty(is_conclusive) as certainty,
            figma_url as url
        from marts.set_weight
        where library_file_key = $library and matches(coalesce(component_set_name, component_set_key), $search)
        order by nodes_brought desc, nodes_of_variants desc nulls last, lower(component), key
    """)


@app.function
def weights_title(weights: pl.DataFrame) -> str:
    """Say which set brings most nodes into files."""
    heavy = weights.filter(pl.col("nodes_brought") > 0)
    if heavy.is_empty():
        return "No component set brings nodes into files"
    first = heavy.row(0, named=True)
    return page.named(f"{{}} brings {page.counted(first['nodes_brought'], 'node')} into files", first["component"])


@app.function
def overridden_components(selected: Selection) -> pl.DataFrame:
    """One row per component of the selected library that placements override, most such placements first.

    `fields` has the three fields that they override most often.
    """
    overridden = selected.ask("""
        select
            component_key as key,
            coalesce(component_title(min(component_set_name), min(component_name)), component_key) as component,
            max(overrides.placements) as placements,
            max(overrides.placements_overriding_any) as overridden,
            max(overrides.placements_overriding_any) / max(overrides.placements)::double as override_share,
            array_to_string(
                list(
                    concat(field, ' ', round(100 * overrides.override_share)::bigint, '%')
                    order by overrides.override_share desc, field
                )[1:3],
                ', '
            ) as fields,
            first(sample_url order by overrides.override_share desc, field) as instance
        from marts.component_overrides as overrides
        where library_file_key = $library and matches(concat_ws(' ', component_set_name, component_name), $search)
        group by component_key
        order by overridden desc, max(overrides.placements) desc, lower(component), key
    """)
    return definitions.with_links(overridden).rename({"definition": "url"})


@app.function
def overridden_title(overridden: pl.DataFrame) -> str:
    """Say of which component most placements override something."""
    if overridden.is_empty():
        return "No component is overridden"
    first = overridden.row(0, named=True)
    of = page.counted(first["placements"], "placement")
    return page.named(f"{{}}: {first['overridden']:,} of {of} override something", first["component"])


if __name__ == "__main__":
    app.run()
