# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which styles does nobody use, and which are used but gone?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Orphaned styles")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from notebooks.parts import page, published

    ORPHANED = {
        "style": "Style",
        "url": "Figma",
        "kind": "Kind",
        "preview": "Preview",
        "type": "Type",
        "references": "References",
        "files": "Files",
        "defined_in": "Defined in",
        "published": "Published",
        "last_seen_at": "Last used",
        "certainty": "Certainty",
    }
    REFERRING = {
        "file": "File",
        "url": "Figma",
        "team": "Team",
        "slots": "Used for",
        "references": "References",
        "visible": "Visible",
    }
    KINDS = {"Unused and dangling": None, "Unused": "unused", "Dangling": "dangling"}
    TYPES = {"All types": None, "Colour": "FILL", "Text": "TEXT", "Effect": "EFFECT", "Grid": "GRID"}
    SELECTED_STYLES = """
        select
            styles.style_key as key,
            case styles.kind when 'unused' then 'Unused' else 'Dangling' end as kind,
            coalesce(styles.preview_color, styles.preview_font) as preview,
            case when styles.style_key is null then 'References that name no style'
                else coalesce(styles.style_name, styles.style_key) end as style,
            case styles.style_type when 'FILL' then 'Colour' when 'TEXT' then 'Text' when 'EFFECT' then 'Effect'
                when 'GRID' then 'Grid' else styles.style_type end as type,
            styles."references",
            styles.files,
            coalesce(styles.defined_in_file_name, 'Unknown') as defined_in,
            case when styles.is_published then 'Yes' else 'No' end as published,
            styles.last_seen_at,
            case when styles.is_conclusive then 'Certain' else 'Inconclusive' end as certainty,
            styles.sample_url as url
        from marts.orphaned_styles as styles
        where ($kind::varchar is null or styles.kind = $kind)
            and ($style_type::varchar is null or styles.style_type = $style_type)
            and ($library::varchar is null or styles.defined_in_file_key = $library)
            and contains(lower(concat_ws(' ', style, styles.defined_in_file_name)), lower($search))
            and (
                $team::varchar is null
                or exists (
                    select 1 from marts.file_freshness as files
                    where files.team_id = $team and (
                        files.file_key = styles.defined_in_file_key
                        or files.file_key in (
                            select usage.file_key from marts.style_usage as usage
                            where usage.style_key is not distinct from styles.style_key
                        )
                    )
                )
            )
        order by styles."references" desc, kind, published desc, lower(style), defined_in, key
    """


@app.cell
def _():
    fresh = published.freshness()
    page.masthead("orphaned_styles", fresh)
    return (fresh,)


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = mo.ui.text(placeholder="Style or file", label="Search")
    kind = mo.ui.dropdown(KINDS, value="Unused and dangling", label="Show")
    style_type = mo.ui.dropdown(TYPES, value="All types", label="Type")
    library = page.dropdown(defining_files(), "All files", "Defined in")
    team = page.dropdown(published.team_names(), "All teams", "Team")
    mo.hstack([search, kind, style_type, library, team], justify="start", wrap=True, gap=1)
    return kind, library, search, style_type, team


@app.cell
def _(kind, library, search, style_type, team):
    styles = orphaned_styles(kind.value, style_type.value, library.value, team.value, search.value)
    return (styles,)


@app.cell
def _(styles):
    totals = orphan_totals(styles)
    page.section(
        "Two kinds of orphans",
        "<strong>Unused</strong>: a style is defined, published or local, and no node of any scanned file refers to "
        "it. <strong>Dangling</strong>: nodes refer to a style that no list of published styles has and their own "
        "file does not define: it was deleted, or belongs to a library outside these teams.",
        mo.hstack(
            [
                mo.stat(f"{totals['unused']:,}", "Unused", caption=f"{totals['published']:,} of them published"),
                mo.stat(f"{totals['dangling']:,}", "Dangling", caption="used, but gone"),
                mo.stat(f"{totals['references']:,}", "References", caption="to dangling styles"),
                mo.stat(f"{totals['most_files']:,}", "Files", caption="with the most widespread of them"),
            ],
            widths="equal",
            wrap=True,
        ),
    )
    return


@app.cell
def _(styles):
    page.section("Dangling styles that most nodes refer to", None, references_chart(styles))
    return


@app.cell
def _(styles):
    listed = page.table(
        styles, ORPHANED, selection="single", selected=[0] if styles.height else None, cells={"preview": page.preview}
    )
    return (listed,)


@app.cell
def _(listed, styles):
    page.section(
        "All orphaned styles",
        "Detach or replace dangling styles; delete unused ones where that is certain. A preview is what a node that "
        "refers to the style shows, so unused styles have none. Choose a dangling style to see who refers to it.",
        listed,
        page.download(styles, ORPHANED, "orphaned_styles"),
    )
    return


@app.cell
def _(listed):
    mo.stop(listed.value.is_empty())
    chosen = listed.value.row(0, named=True)
    mo.stop(chosen["Kind"] == "Unused")
    referring = files_referring(chosen["key"])
    page.section(
        "Who refers to it",
        page.named("Files with references to {}. Each link opens a node that has one.", chosen["Style"]),
        page.table(referring, REFERRING),
        page.download(referring, REFERRING, "files_referring_to_style"),
    )
    return


@app.function
def defining_files() -> pl.DataFrame:
    """Every file that defines an orphaned style: key and name."""
    return published.ask("""
        select defined_in_file_key as key, coalesce(min(defined_in_file_name), 'No longer listed') as name
        from marts.orphaned_styles
        where defined_in_file_key is not null
        group by defined_in_file_key
        order by lower(name), key
    """)


@app.function
def orphaned_styles(
    kind: str | None, style_type: str | None, library: str | None, team: str | None, search: str
) -> pl.DataFrame:
    """One row per orphaned style, dangling ones with most references first.

    A style is a team's if a file of the team defines it or refers to it.
    """
    return published.ask(
        SELECTED_STYLES,
        kind=kind,
        style_type=style_type,
        library=library,
        team=team,
        search=search.strip(),
    )


@app.function
def orphan_totals(styles: pl.DataFrame) -> dict[str, int]:
    """Styles of both kinds, unused ones still published, references to dangling ones, files of the most spread."""
    unused = styles.filter(pl.col("kind") == "Unused")
    return {
        "unused": unused.height,
        "published": unused.filter(pl.col("published") == "Yes").height,
        "dangling": styles.height - unused.height,
        "references": int(styles["references"].sum()),
        "most_files": max(styles["files"].to_list(), default=0),
    }


@app.function
def files_referring(key: str | None) -> pl.DataFrame:
    """One row per file whose nodes refer to a style, most references first; None: those whose style has no key."""
    return published.ask(
        """
        select
            usage.file_key as key,
            min(usage.file_name) as file,
            coalesce(min(teams.name), min(files.team_id)) as team,
            string_agg(distinct replace(usage.slot, '_', ' '), ', ' order by replace(usage.slot, '_', ' ')) as slots,
            sum(usage."references")::bigint as "references",
            sum(usage.references_visible)::bigint as visible,
            arg_max(usage.sample_url, usage.references_visible) as url
        from marts.style_usage as usage
        left join marts.file_freshness as files on usage.file_key = files.file_key
        left join figma.teams as teams on files.team_id = teams.team_id
        where usage.style_key is not distinct from $key::varchar and not usage.is_defined_here
        group by usage.file_key
        order by "references" desc, file, key
        """,
        key=key,
    )


@app.function
def references_chart(styles: pl.DataFrame, top: int = 15) -> mo.Html | alt.Chart:
    """Bars of the dangling styles with most references; two styles of one name stay two bars."""
    dangling = styles.filter(pl.col("references") > 0).head(top).with_columns(pl.col("key").fill_null("none"))
    if dangling.is_empty():
        return page.nothing_found("No dangling style in this selection.")
    names = dict(dangling.select("key", "style").iter_rows())
    drawing = (
        alt.Chart(dangling.select("key", "style", "references", "files", "type", "defined_in"))
        .mark_bar(cornerRadius=2, height={"band": 0.7}, color=page.COLORS[0])
        .encode(
            x=alt.X("references:Q", title="References", axis=alt.Axis(tickCount=6)),
            y=alt.Y("key:N", sort=list(names), title=None, axis=page.named_axis(names)),
            tooltip=[
                alt.Tooltip("style:N", title="Style"),
                alt.Tooltip("type:N", title="Type"),
                alt.Tooltip("references:Q", title="References", format=","),
                alt.Tooltip("files:Q", title="Files"),
                alt.Tooltip("defined_in:N", title="Defined in"),
            ],
        )
    )
    drawn: alt.Chart = page.chart(drawing, height=32 * dangling.height + 20)
    return drawn


if __name__ == "__main__":
    app.run()
