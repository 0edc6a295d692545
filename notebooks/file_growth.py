# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which files grow, how fast, and how large are they?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="File growth")

with app.setup:
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from notebooks.parts import page, published

    FILES = {
        "file": "File",
        "url": "Figma",
        "team": "Team",
        "nodes": "Nodes",
        "added": "Added in 4 weeks",
        "growth": "Change in 4 weeks",
        "pages": "Pages",
        "instances": "Instances",
        "megabytes": "Megabytes",
        "last_modified_at": "Last edited",
    }
    DRAWN_FIRST = 5


@app.cell
def _():
    fresh = published.freshness()
    page.masthead("file_growth", fresh)
    return (fresh,)


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = mo.ui.text(placeholder="Name of a file", label="Search")
    team = page.dropdown(published.team_names(), "All teams", "Team")
    measure = mo.ui.dropdown(
        {"Nodes": "nodes", "Instances": "instances", "Megabytes": "megabytes"}, value="Nodes", label="Draw"
    )
    mo.hstack([search, team, measure], justify="start", wrap=True, gap=1)
    return measure, search, team


@app.cell
def _(search, team):
    files = files_now(team.value, search.value)
    return (files,)


@app.cell
def _(files):
    totals = growth_totals(files)
    mo.hstack(
        [
            mo.stat(f"{totals['files']:,}", "Files", caption=f"{totals['megabytes']:,.1f} MB as JSON"),
            mo.stat(f"{totals['nodes']:,}", "Nodes", caption=f"{totals['added']:+,} in four weeks"),
            mo.stat(f"{totals['grown']:,}", "Grown", caption=f"and {totals['shrunk']:,} shrunk in four weeks"),
            mo.stat(page.percent(totals["fastest"]), "Fastest", caption=totals["fastest_file"]),
        ],
        widths="equal",
        wrap=True,
    )
    return


@app.cell
def _(files):
    listed = page.table(files, FILES, selection="multi", selected=list(range(min(DRAWN_FIRST, files.height))) or None)
    return (listed,)


@app.cell
def _(listed, measure):
    history = file_history(listed.value["key"].to_list())
    page.section(
        f"{measure.selected_key} over time",
        "The files chosen in the table below: at first the fastest growing. A point is a state that was loaded.",
        history_chart(history, measure.value),
    )
    return


@app.cell
def _(files, listed):
    page.section(
        "All files",
        "The change compares the newest loaded state of a file with the one four weeks before, or the first there is; "
        "a file that was loaded once has none. Branches and removed files are left out. Choose files to draw them.",
        listed,
        page.download(files, FILES, "file_growth"),
    )
    return


@app.function
def files_now(team: str | None, search: str) -> pl.DataFrame:
    """One row per main file that is there: its newest loaded state, the fastest growing first."""
    return published.ask(
        """
        select
            growth.file_key as key,
            coalesce(growth.file_name, growth.file_key) as file,
            coalesce(teams.name, growth.team_id) as team,
            growth.nodes,
            growth.nodes - growth.nodes_4_weeks_before as added,
            growth.growth_4_weeks as growth,
            growth.pages,
            growth.instances,
            growth.bytes / 1e6 as megabytes,
            growth.last_modified_at,
            'https://www.figma.com/design/' || growth.file_key as url
        from marts.file_growth as growth
        left join figma.teams as teams on growth.team_id = teams.team_id
        where growth.is_latest and not growth.is_branch and not growth.is_removed
            and ($team::varchar is null or growth.team_id = $team)
            and contains(lower(coalesce(growth.file_name, growth.file_key)), lower($search))
        order by growth desc nulls last, growth.nodes desc, lower(file), key
        """,
        team=team,
        search=search.strip(),
    )


@app.function
def growth_totals(files: pl.DataFrame) -> dict[str, Any]:
    """Files, nodes, megabytes, nodes added in four weeks, files grown and shrunk, the fastest and its growth."""
    grown = files.filter(pl.col("growth") > 0)
    return {
        "files": files.height,
        "nodes": int(files["nodes"].sum()),
        "megabytes": float(files["megabytes"].sum()),
        "added": int(files["added"].sum()),
        "grown": grown.height,
        "shrunk": files.filter(pl.col("growth") < 0).height,
        "fastest": grown["growth"].item(0) if grown.height else None,
        "fastest_file": grown["file"].item(0) if grown.height else "No file has grown",
    }


@app.function
def file_history(keys: list[str]) -> pl.DataFrame:
    """One row per loaded state of the files, oldest first; `label` is the name, with its key where two share it."""
    states = published.ask(
        """
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            last_modified_at as at,
            nodes,
            instances,
            bytes / 1e6 as megabytes
        from marts.file_growth
        where list_contains($keys, file_key)
        order by last_modified_at, file_key, version
        """,
        keys=keys,
    )
    shared = pl.col("key").n_unique().over("file") > 1
    label = pl.when(shared).then(pl.format("{} ({})", "file", "key")).otherwise("file")
    return states.with_columns(label.alias("label"))


@app.function
def history_chart(history: pl.DataFrame, measure: str) -> mo.Html | alt.Chart:
    """One stepped line per file: a size holds until the next state that was loaded."""
    if history.is_empty():
        return page.nothing_found("No file is chosen.")
    drawing = (
        alt.Chart(history)
        .mark_line(interpolate="step-after", point={"size": 45, "filled": True}, strokeWidth=2)
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(tickCount=8, grid=False)),
            y=alt.Y(f"{measure}:Q", title=measure.capitalize(), axis=alt.Axis(tickCount=6)),
            color=alt.Color("label:N", scale=alt.Scale(range=page.COLORS)),
            tooltip=[
                alt.Tooltip("file:N", title="File"),
                alt.Tooltip("at:T", title="Edited", format="%-d %b %Y"),
                alt.Tooltip("nodes:Q", title="Nodes", format=","),
                alt.Tooltip("instances:Q", title="Instances", format=","),
                alt.Tooltip("megabytes:Q", title="Megabytes", format=",.2f"),
            ],
        )
    )
    drawn: alt.Chart = page.chart(drawing, height=340)
    return drawn


if __name__ == "__main__":
    app.run()
