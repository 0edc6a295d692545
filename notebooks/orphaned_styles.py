# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which styles does nobody use, and which styles are used but no longer published?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Orphaned styles")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, page, published_file, tables
    from figma_warehouse.dashboard.selection import Selection

    ORPHANED = {
        "style": "Style",
        "references": "References",
        "files": "Files with it",
        "preview": "Preview",
        "kind": "Kind",
        "type": "Type",
        "defined_in": "Defined in",
        "published": "Published",
        "last_seen_at": "Last used",
        "certainty": "Certainty",
        "url": "Figma",
    }
    REFERRING = {
        "file": "File",
        "references": "References",
        "visible": "Visible",
        "slots": "Used for",
        "team": "Team",
        "url": "Figma",
    }
    SHADOWS = {
        "style": "Local style",
        "references": "References",
        "value": "Value",
        "published": "Published style",
        "published_value": "Published value",
        "alike": "Same",
        "file": "File",
        "team": "Team",
        "url": "Figma",
    }
    HARDCODED = {
        "value": "Value",
        "occurrences": "Times",
        "files": "Files with it",
        "nearest_value": "Nearest",
        "nearest": "Style or variable",
        "distance": "Distance",
        "fit": "Fit",
        "url": "Figma",
    }
    KINDS = {"Unused and dangling": None, "Unused": "unused", "Dangling": "dangling"}
    TYPES = {"All types": None, "Colour": "FILL", "Text": "TEXT", "Effect": "EFFECT", "Grid": "GRID"}
    # hard-coded values in the table
    MAX_VALUES = 2000
    # the key of references that name no style
    NAMELESS = "none"
    ORPHANED_STYLES = """
        with selected as (
            select file_key, loaded_modified_at
            from marts.file_freshness
            where is_selected(team_id, folder_id, $team, $folders)
        ),
        referring as (
            select
                usage.style_key,
                sum(usage.style_references)::bigint as "references",
                count(distinct usage.file_key) as files,
                max(selected.loaded_modified_at) as last_seen_at,
                first(
                    usage.sample_url
                    order by usage.references_visible desc, usage.style_references desc, usage.file_key, usage.slot
                ) as sample_url
            from marts.style_usage as usage
            inner join selected using (file_key)
            where not usage.is_defined_here
            group by usage.style_key
        )
        select
            coalesce(styles.style_key, $nameless) as key,
            sentence_case(styles.kind) as kind,
            coalesce(styles.preview_color, styles.preview_font) as preview,
            case when styles.style_key is null then 'References that name no style'
                else coalesce(styles.style_name, styles.style_key) end as style,
            case styles.style_type when 'FILL' then 'Colour' when 'TEXT' then 'Text' when 'EFFECT' then 'Effect'
                when 'GRID' then 'Grid' else styles.style_type end as type,
            coalesce(referring."references", 0) as "references",
            coalesce(referring.files, 0) as files,
            styles.defined_in_file_key as defined_in_key,
            case when styles.defined_in_file_key is null then 'Unknown'
                else library_title(styles.defined_in_file_name) end as defined_in,
            yes_no(styles.is_published) as published,
            coalesce(referring.last_seen_at, styles.last_seen_at) as last_seen_at,
            case when styles.style_key is not null and styles.defined_in_file_key is null then 'Library unknown'
                else certainty(styles.is_conclusive) end as certainty,
            coalesce(referring.sample_url, styles.sample_url) as url
        from marts.orphaned_styles as styles
        left join referring
            on styles.style_key is not distinct from referring.style_key and styles.kind = 'dangling'
        where styles.kind <> 'other library'
            and is_or_all(styles.kind, $kind)
            and is_or_all(styles.style_type, $style_type)
            and is_or_all(styles.defined_in_file_key, $library)
            and matches(concat_ws(' ', style, styles.defined_in_file_name), $search)
            and case when styles.kind = 'dangling' then referring.files > 0
                else ($team is null and $folders is null)
                    or styles.defined_in_file_key in (select file_key from selected) end
        order by "references" desc, kind, published desc, lower(style), defined_in, key
    """
    HARDCODED_VALUES = """
        with sums as (
            select
                kind,
                value,
                sum(occurrences)::bigint as occurrences,
                count(*) as files,
                min(nearest_value) as nearest_value,
                coalesce(min(nearest_name), case when min(nearest_kind) = 'variable' then 'Variable' end) as nearest,
                min(distance) as distance,
                min(fit) as fit,
                arg_max(sample_url, occurrences) as url
            from marts.hardcoded_values
            where kind in ('color', 'font', 'effect')
                and is_selected(team_id, folder_id, $team, $folders)
                and matches(concat_ws(' ', value, nearest_name, file_name), $search)
            group by kind, value
        )
        select
            kind || coalesce(sums.value, '') as key,
            kind,
            coalesce(value_text(sums.kind, sums.value), 'Unknown') as value,
            occurrences,
            files,
            value_text(sums.kind, sums.nearest_value) as nearest_value,
            nearest,
            distance,
            sentence_case(fit) as fit,
            url,
            count(*) over () as values_in_all,
            sum(occurrences) over ()::bigint as occurrences_in_all,
            coalesce(sum(occurrences) filter (where sums.fit = 'exact') over (), 0)::bigint as exact_in_all
        from sums
        order by occurrences desc, kind, sums.value
        limit $most
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("orphaned_styles", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = filters.search("Style or file")
    kind = filters.choice("kind", KINDS, "Show")
    style_type = filters.choice("type", TYPES, "Type")
    library = filters.choice("library", filters.options_of(defining_files(), "All files"), "Defined in")
    team = filters.team()
    return kind, library, search, style_type, team


@app.cell
def _(kind, library, search, style_type, team):
    folder = filters.folder(team.value)
    filters.bar(search, kind, style_type, library, team, folder)
    return (folder,)


@app.cell
def _(folder, kind, library, search, style_type, team):
    selected = Selection(team.value, folder.value, library.value, search.value)
    styles = orphaned_styles(selected, kind.value, style_type.value)
    return selected, styles


@app.cell
def _(styles):
    totals = orphan_totals(styles)
    page.figures(
        page.Figure(f"{totals['unused']:,}", "Unused styles", f"{totals['published']:,} of them published"),
        page.Figure(f"{totals['dangling']:,}", "Dangling styles", "used, but no library publishes them"),
        page.Figure(f"{totals['references']:,}", "References to dangling styles", "in all scanned files"),
        page.Figure(
            f"{totals['most_files']:,}",
            "Files with one style",
            "at most: those with the most widespread dangling style",
        ),
    )
    return


@app.cell
def _(selected, styles):
    page.section(
        dangling_title(styles, selected.is_part),
        page.html(
            "<strong>Dangling</strong>: nodes refer to a style that no library publishes and that their own file does "
            "not define. It was unpublished, or its library is not in this warehouse. <strong>Unused</strong>: a style "
            "is defined, published or local, and no node of any scanned file refers to it. If a team or folder is "
            "selected, the page counts the references in its files and the unused styles that its files define."
        ),
        references_chart(styles),
    )
    return


@app.cell
def _(styles):
    asked, not_here = filters.chosen_row("style", styles)
    get_key, choose_key = mo.state(asked)
    first = tables.position(styles, get_key())
    return choose_key, first, get_key, not_here


@app.cell
def _(choose_key, first, not_here, styles):
    def _choose(row):
        choose_key(row["key"])
        filters.remember("style", row["key"])

    page.section(
        "All orphaned styles",
        "Detach or replace dangling styles, and delete unused styles if they are certain. The preview shows the value "
        "of a node that refers to the style, so unused styles have none. "
        + tables.invitation(
            "Choose a dangling style to see the files that refer to it.",
            "Shown below: the files that refer to {}, which has most references.",
            styles.filter(pl.col("kind") == "Dangling"),
            "style",
        ),
        *not_here,
        tables.table(styles, ORPHANED, {"preview": tables.sample}, selected=first, choose=_choose),
        tables.download(styles, ORPHANED, "orphaned_styles"),
    )
    return


@app.cell
def _(get_key, selected, styles):
    mo.stop(styles.is_empty())
    chosen = styles.row(tables.position(styles, get_key()), named=True)
    mo.stop(chosen["kind"] == "Unused")
    referring = files_referring(selected, chosen["key"])
    page.section(
        page.named("Files that refer to {}", chosen["style"]),
        "Each link opens a node that refers to it.",
        tables.table(referring, REFERRING, keys={"file": "key"}),
        tables.download(referring, REFERRING, "files_referring_to_style"),
    )
    return


@app.cell
def _(folder, fresh, search, team):
    in_files = Selection(team.value, folder.value, search=search.value)
    is_whole = filters.is_whole(fresh, in_files)
    return in_files, is_whole


@app.cell
def _(in_files, is_whole):
    mo.stop(not published_file.has("shadow_styles"), page.missing("Shadow styles"))
    shadows = shadow_styles(in_files)
    page.section(
        shadow_title(shadows, is_whole),
        "Local styles with the name or the value of a published style: the library already has them. Replace their "
        "references by the published style.",
        *tables.with_download(
            shadows,
            SHADOWS,
            "shadow_styles",
            empty="There is nothing to replace here.",
            cells={"value": tables.sample, "published_value": tables.sample},
        ),
    )
    return


@app.cell
def _(in_files, is_whole):
    mo.stop(not published_file.has("hardcoded_values.fit"), page.missing("Hard-coded values"))
    hardcoded = hardcoded_values(in_files, MAX_VALUES)
    page.section(
        hardcoded_title(hardcoded, is_whole),
        "Visible colours, fonts and effects outside library instances that come from no style and no variable, with "
        "the nearest published one. Effects have one only if it is the same. FigJam boards are left out. For colours, "
        "0.02 is about the smallest distance that people see. Tokens lists radii, spacing and stroke weights, too."
        + left_out(hardcoded),
        *tables.with_download(
            hardcoded,
            HARDCODED,
            "hardcoded_values",
            empty="There is nothing to replace here.",
            cells={"value": tables.sample, "nearest_value": tables.sample},
            all_rows=lambda: hardcoded_values(in_files, None),
        ),
    )
    return


@app.function
def shadow_styles(selected: Selection) -> pl.DataFrame:
    """One row per file and local style that resembles a published one, most references first."""
    return selected.ask("""
        select
            shadows.style_key as key,
            shadows.style_name as style,
            shadows.style_value as value,
            shadows.file_key,
            coalesce(shadows.file_name, shadows.file_key) as file,
            coalesce(teams.name, shadows.team_id) as team,
            shadows.style_references as "references",
            concat_ws(' · ', shadows.published_in_file_name, shadows.published_style_name) as published,
            shadows.published_style_value as published_value,
            concat_ws(
                ' and ',
                case when shadows.has_same_name then 'name' end,
                case when shadows.has_same_value then 'value' end
            ) as alike,
            shadows.sample_url as url
        from marts.shadow_styles as shadows
        left join figma.teams as teams on shadows.team_id = teams.team_id
        where is_selected(shadows.team_id, shadows.folder_id, $team, $folders)
            and matches(concat_ws(' ', shadows.style_name, shadows.file_name, shadows.published_style_name), $search)
        order by shadows.style_references desc, lower(style), file, key
    """)


@app.function
def shadow_title(shadows: pl.DataFrame, is_whole: bool) -> str:
    """Say how many local styles repeat a published one, and how often they are used."""
    if shadows.is_empty():
        return "No local style repeats a published one" if is_whole else "No shadow style in this selection"
    styles = page.counted(shadows.height, "local style repeats", "local styles repeat")
    return f"{styles} a published one, with {page.counted(int(shadows['references'].sum()), 'reference')}"


@app.function
def hardcoded_values(selected: Selection, most: int | None) -> pl.DataFrame:
    """One row per kind and hard-coded value, summed over files: the `most` frequent ones, or all.

    `values_in_all`, `occurrences_in_all` and `exact_in_all`, the same in each row, count all values.
    """
    return selected.ask(
        HARDCODED_VALUES,
        most=most,
    )


@app.function
def left_out(hardcoded: pl.DataFrame) -> str:
    """Say that the table does not list all values, if that is so."""
    return tables.left_out(hardcoded, hardcoded["values_in_all"].item(0), "values") if hardcoded.height else ""


@app.function
def hardcoded_title(hardcoded: pl.DataFrame, is_whole: bool) -> str:
    """Say how many values are hard-coded, and how many of them equal something published."""
    if hardcoded.is_empty():
        return "Nothing is hard-coded" if is_whole else "Nothing in this selection is hard-coded"
    times, exact = hardcoded["occurrences_in_all"].item(0), hardcoded["exact_in_all"].item(0)
    values = page.counted(times, "colour, font or effect is", "colours, fonts and effects are")
    return f"{values} hard-coded; {page.counted(exact, 'equals', 'equal')} a published value"


@app.function
def defining_files() -> pl.DataFrame:
    """One row per file that defines an orphaned style, and per library, which other pages offer: key and name."""
    return published_file.ask("""
        with files as (
            select defined_in_file_key as key, defined_in_file_name as name
            from marts.orphaned_styles
            union all
            select reach.library_file_key, files.file_name
            from marts.component_reach as reach
            left join marts.file_freshness as files on reach.library_file_key = files.file_key
        )
        select key, library_title(min(name)) as name
        from files
        where key is not null
        group by key
        order by lower(coalesce(min(files.name), '')), key
    """)


@app.function
def orphaned_styles(selected: Selection, kind: str | None, style_type: str | None) -> pl.DataFrame:
    """One row per orphaned style, dangling ones with most references first.

    If a team or folder is selected: the dangling styles that its files refer to, with these references, and the unused
    styles that its files define. References that name no style have the key NAMELESS.
    """
    return selected.ask(
        ORPHANED_STYLES,
        nameless=NAMELESS,
        kind=kind,
        style_type=style_type,
    )


@app.function
def orphan_totals(styles: pl.DataFrame) -> dict[str, int]:
    """Unused styles, published ones among them, dangling styles, references to these, files of the most widespread."""
    unused = styles.filter(pl.col("kind") == "Unused")
    return {
        "unused": unused.height,
        "published": unused.filter(pl.col("published") == "Yes").height,
        "dangling": styles.height - unused.height,
        "references": int(styles["references"].sum()),
        "most_files": max(styles["files"].to_list(), default=0),
    }


@app.function
def files_referring(selected: Selection, key: str) -> pl.DataFrame:
    """One row per file with nodes that refer to a style, most references first.

    With the key NAMELESS: nodes whose references name no style.
    """
    return selected.ask(
        """
        select
            usage.file_key as key,
            min(usage.file_name) as file,
            coalesce(min(teams.name), min(files.team_id)) as team,
            string_agg(distinct replace(usage.slot, '_', ' '), ', ' order by replace(usage.slot, '_', ' ')) as slots,
            sum(usage.style_references)::bigint as "references",
            sum(usage.references_visible)::bigint as visible,
            arg_max(usage.sample_url, usage.references_visible) as url
        from marts.style_usage as usage
        left join marts.file_freshness as files on usage.file_key = files.file_key
        left join figma.teams as teams on files.team_id = teams.team_id
        where usage.style_key is not distinct from nullif($key, $nameless) and not usage.is_defined_here
            and is_selected(files.team_id, files.folder_id, $team, $folders)
        group by usage.file_key
        order by "references" desc, file, key
        """,
        key=key,
        nameless=NAMELESS,
    )


@app.function
def dangling_title(styles: pl.DataFrame, is_part: bool) -> str:
    """Say which dangling style has most references and what is known of it; `is_part` if only some files count."""
    dangling = styles.filter(pl.col("references") > 0)
    if dangling.is_empty():
        return "No dangling style in this selection"
    first = dangling.row(0, named=True)
    amount = first["references"]
    where = " in this selection" if is_part else ""
    if first["key"] == NAMELESS:
        return f"{page.counted(amount, 'reference names', 'references name')} no style{where}"
    is_unknown = first["certainty"] == "Library unknown"
    state = "is in no library of this warehouse" if is_unknown else "is no longer published"
    remaining = page.counted(amount, "reference to it remains", "references to it remain")
    return page.named(f"{{}} {state}, and {remaining}{where}", first["style"])


@app.function
def references_chart(styles: pl.DataFrame, top: int = 15) -> mo.Html | alt.Chart:
    """Draw a bar per dangling style with most references. Two styles of one name stay two bars."""
    dangling = styles.filter(pl.col("references") > 0).head(top)
    if dangling.is_empty():
        return page.notice("No dangling style in this selection.")
    names = dict(dangling.select("key", "style").iter_rows())
    drawing = (
        alt.Chart(dangling.select("key", "style", "references", "files", "type", "defined_in"))
        .mark_bar(cornerRadius=2, height={"band": 0.7}, color=charts.COLORS[0])
        .encode(
            x=alt.X("references:Q", title="References", axis=charts.amount_axis(format=",d")),
            y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
            tooltip=[
                alt.Tooltip("style:N", title="Style"),
                alt.Tooltip("type:N", title="Type"),
                alt.Tooltip("references:Q", title="References", format=","),
                alt.Tooltip("files:Q", title="Files"),
                alt.Tooltip("defined_in:N", title="Defined in"),
            ],
        )
    )
    drawn: alt.Chart = charts.chart(drawing, 32 * dangling.height + 20, "The dangling styles with most references")
    return drawn


if __name__ == "__main__":
    app.run()
