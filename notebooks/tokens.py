# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""What is bound to variables and styles, which variables are used, and which values are set by hand?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Tokens")

with app.setup:
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, key_figures, page, published_file, share_history, tables
    from figma_warehouse.dashboard.selection import Selection
    from figma_warehouse.dashboard.team_colors import team_colors

    TEAMS = {
        "team": "Team",
        "text_share": "Texts",
        "fill_share": "Fills",
        "style_share": "Both",
        "slots": "Fills and texts",
        "by_hand": "Hard-coded",
        "certainty": "Certainty",
        "url": "Figma",
    }
    SLOTS = {
        "kind": "Slot",
        "team": "Team",
        "token_share": "Bound",
        "variable_share": "By variable",
        "slots": "Slots",
        "by_hand": "By hand",
        "certainty": "Certainty",
        "url": "Figma",
    }
    # what gives a slot its value, by the column of slot_adoption
    GIVERS = {
        "variable_slots": "Variable",
        "style_slots": "Published style",
        "local_style_slots": "Style of the file",
        "hand_slots": "By hand",
    }
    # columns of variables if names are loaded
    NAMED = {"collection": "Collection", "default_value": "Default value", "modes": "Modes"}
    VARIABLES = {
        "variable": "Variable",
        "bindings": "Bindings",
        "preview": "Preview",
        "visible": "Visible",
        "files": "Files binding it",
        "teams": "Teams binding it",
        "uses": "Used for",
        "defined_in": "Defined in",
        "url": "Figma",
    }
    BINDING = {
        "file": "File",
        "bindings": "Bindings",
        "visible": "Visible",
        "uses": "Used for",
        "team": "Team",
        "url": "Figma",
    }
    STALE = {
        "variable": "Variable",
        "bindings": "Bindings",
        "file": "File",
        "team": "Team",
        "visible": "Visible",
        "nodes": "Nodes",
        "preview": "Preview",
        "suffix": "Bound as",
        "recent_suffix": "Newest",
        "last_modified_at": "Last edited",
        "certainty": "Certainty",
        "url": "Figma",
    }
    UNUSED = {
        "variable": "Variable",
        "collection": "Collection",
        "type": "Type",
        "file": "Defined in",
        "team": "Team",
        "is_published": "Published",
        "certainty": "Certainty",
        "url": "Figma",
    }
    BINDABLE = {
        "value": "Value",
        "kind": "Kind",
        "occurrences": "Times",
        "file": "File",
        "team": "Team",
        "nearest": "Style or variable",
        "nearest_value": "Its value",
        "fit": "Fit",
        "url": "Figma",
    }
    # hard-coded values in the table
    MAX_VALUES = 2000
    MAX_TEAMS = 12
    # one row per variable, selected file and slot kind
    BINDINGS = """
        with bindings as (
            select
                coalesce(
                    usage.variable_key,
                    usage.file_key || ' ' || usage.local_variable_id,
                    'token ' || usage.token_name
                ) as key,
                coalesce(usage.variable_name, usage.variable_key, usage.local_variable_id) as variable,
                usage.variable_key,
                usage.local_variable_id,
                usage.collection_name,
                usage.collection_modes,
                coalesce(usage.default_value, '→ ' || usage.default_alias_name) as default_value,
                usage.file_key,
                coalesce(usage.file_name, usage.file_key) as file,
                usage.team_id,
                coalesce(usage.team_name, usage.team_id) as team,
                sentence_case(replace(usage.slot_kind, '_', ' ')) as use,
                usage.bindings,
                usage.bindings_visible,
                usage.sample_url
            from marts.variable_usage as usage
            where is_selected(usage.team_id, usage.folder_id, $team, $folders)
                and is_or_all(usage.slot_kind, $use)
                and matches(concat_ws(' ', variable, usage.variable_key, usage.file_name), $search)
        )
    """
    BINDABLE_VALUES = """
        select
            concat_ws(' ', file_key, hardcoded.kind, hardcoded.value) as key,
            value_text(hardcoded.kind, hardcoded.value) as value,
            value_kind(hardcoded.kind) as kind,
            occurrences,
            file_key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            coalesce(nearest_name, nearest_key) as nearest,
            value_text(hardcoded.kind, hardcoded.nearest_value) as nearest_value,
            sentence_case(fit) as fit,
            sample_url as url,
            count(*) over () as values_in_all,
            sum(occurrences) over ()::bigint as occurrences_in_all
        from marts.hardcoded_values as hardcoded
        where fit in ('exact', 'looks the same')
            and is_selected(team_id, folder_id, $team, $folders)
            and matches(concat_ws(' ', hardcoded.value, nearest_name, nearest_key, file_name), $search)
        order by occurrences desc, lower(file), hardcoded.kind, hardcoded.value, key
        limit $most
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("tokens", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    needed = ("variable_usage.token_name", "stale_bindings.name_source", "slot_adoption", "hardcoded_values.fit")
    mo.stop(not published_file.has(*needed), page.missing("Tokens"))
    search = filters.search("Variable or file")
    use = filters.choice("use", uses(), "Used for")
    team = filters.team()
    return search, team, use


@app.cell
def _(search, team, use):
    folder = filters.folder(team.value)
    filters.bar(search, use, team, folder)
    return (folder,)


@app.cell
def _(folder, fresh, search, team, use):
    selected = Selection(team.value, folder.value, search=search.value)
    is_whole = filters.is_whole(fresh, selected)
    variables = bound_variables(selected, use.value)
    stale = stale_bindings(selected)
    bindable = bindable_values(selected, MAX_VALUES)
    return bindable, is_whole, selected, stale, variables


@app.cell
def _(bindable, selected, stale, variables):
    whole = key_figures.adoption(selected)
    by_hand = hardcoded_times(selected)
    page.figures(
        page.Figure(
            tables.share(whole["style_share"]),
            "Fills and texts with a style",
            f"{whole['bound']:,} of {whole['slots']:,} have a published style or a variable",
        ),
        page.Figure(f"{variables.height:,}", "Variables in use", local_variables(variables)),
        page.Figure(
            f"{int(variables['bindings'].sum()):,}", "Bindings", f"{int(variables['visible'].sum()):,} visible"
        ),
        page.Figure(
            f"{int(stale['bindings'].sum()):,}", "Stale bindings", "probably to an earlier publication of a variable"
        ),
        page.Figure(
            f"{by_hand:,}",
            "Hard-coded values",
            f"{times_in_all(bindable):,} with a published value that is the same or looks the same",
        ),
    )
    return


@app.cell
def _(selected):
    by_team = shares_by_team(selected)
    page.section(
        share_title(by_team, key_figures.adoption(selected)["style_share"]),
        "A text or a fill is bound if it has a published style or a variable. What lies in instances of a library "
        "counts, too. A share is the sum over all files of a team. Texts and fills on FigJam boards do not count, and "
        "the search does not apply.",
        share_chart(by_team),
    )
    return (by_team,)


@app.cell
def _(selected):
    mo.stop(not published_file.has(share_history.NEEDED), page.missing("The share of bound fills and texts over time"))
    recorded = share_history.periods(None)
    level = "folder" if selected.folder else "team"
    bound = {
        label: share_history.by_week(selected, level, share, recorded)
        for share, label in {"styles": "Both", "texts": "Texts", "fills": "Fills", "tokens": "All slots"}.items()
    }
    page.section(
        share_history.trend_title("Fills and texts with a style or variable", bound["Both"], recorded),
        "Each build of the models records the shares of the week of the newest save. The search does not apply.",
        share_history.trend_chart(share_history.as_lines(bound), recorded, "Share with a style or variable"),
    )
    return


@app.cell
def _(by_team):
    page.section(
        "All teams",
        "A visible value outside of library instances is hard-coded if it comes from no style and no variable: the "
        "colour of a fill or stroke, a font, each corner, each padding and gap, the weight of a stroke, each effect. "
        "Each link opens a layer that shows the most frequent one.",
        *tables.with_download(
            by_team, TEAMS, "tokens_by_team", empty="No file of this selection has a fill or a text."
        ),
    )
    return


@app.cell
def _(selected):
    by_slot = slots_by_team(selected)
    page.section(
        slot_title(by_slot),
        "What could be bound: each visible solid fill and stroke, the font of a text, each corner that is not square, "
        "each padding and gap of an auto layout frame that separates layers, the weight of a stroke, each effect, and "
        "an opacity that is not 100%. Library instances and FigJam boards are left out, and the search does not apply.",
        slot_chart(by_slot),
        *tables.with_download(by_slot, SLOTS, "slots_by_team", empty="No file of this selection has such a layer."),
    )
    return


@app.cell
def _(selected):
    mo.stop(not published_file.has(share_history.NEEDED), page.missing("The share of bound slots over time"))
    compared = share_history.periods(None)
    kinds = share_history.by_slot_kind(selected, "folder" if selected.folder else "team", compared)
    page.section(
        share_history.trend_title("Slots with a style or variable", kinds, compared),
        "One line for each kind of slot, as each build of the models records them. Adoption has the trend by team. "
        "The search does not apply.",
        share_history.trend_chart(kinds, compared, "Share of slots with a style or variable"),
    )
    return


@app.cell
def _(selected, use):
    by_use = bindings_by_use(selected, use.value)
    page.section(
        use_title(by_use),
        "A binding is one property of one node that a variable gives. Each corner, side and property of a font is one "
        "binding; all fills of a node are one, and so are its strokes and its effects.",
        use_chart(by_use),
    )
    return


@app.cell
def _(variables):
    asked, not_here = filters.chosen_row("variable", variables)
    get_key, choose_key = mo.state(asked)
    first = tables.position(variables, get_key())
    return choose_key, first, get_key, not_here


@app.cell
def _(choose_key, first, is_whole, not_here, variables):
    def _choose(row):
        choose_key(row["key"])
        filters.remember("variable", row["key"])

    page.section(
        variables_title(variables, is_whole),
        "Documents do not name variables. Without names (variables = true on Enterprise, or variable_names), the page "
        "shows the beginning of a variable's key, and all of it on hover. An arrow stands before the variable that "
        "gives the value in the default mode. "
        + tables.invitation(
            "Choose a variable to see the files that bind it.",
            "Shown below: the files that bind {}, which has most bindings.",
            variables.with_columns(pl.col("variable").map_elements(tables.short_key, return_dtype=pl.String)),
            "variable",
        ),
        *not_here,
        *tables.with_download(
            variables,
            variable_headings(variables),
            "variables",
            empty="No file of this selection binds a variable.",
            cells={"variable": tables.key, "preview": tables.sample},
            selected=first,
            choose=_choose,
        ),
    )
    return


@app.cell
def _(get_key, selected, use, variables):
    mo.stop(variables.is_empty())
    chosen = variables.row(tables.position(variables, get_key()), named=True)
    binding = files_binding(selected, use.value, chosen["key"])
    page.section(
        page.named("Files that bind {}", tables.short_key(chosen["variable"])),
        "Each link opens a node that binds it.",
        tables.table(binding, BINDING, keys={"file": "key"}),
        tables.download(binding, BINDING, "files_binding_variable"),
    )
    return


@app.cell
def _(is_whole, stale, use):
    page.section(
        stale_title(stale, is_whole),
        "A binding is to the variable as it was when it was published. Figma does not tell which publication is the "
        "newest; the page takes the one that most recently edited files bind. Accept the updates of the library in "
        "these files. Each link opens a bound node."
        + (' Bindings of every use are listed, whatever "Used for" says.' if use.value else ""),
        *tables.with_download(
            stale,
            STALE,
            "stale_bindings",
            empty="There is nothing to update here.",
            cells={"variable": tables.key, "preview": tables.sample},
        ),
    )
    return


@app.cell
def _(is_whole, selected):
    mo.stop(not has_names())
    unused = unused_variables(selected)
    page.section(
        unused_title(unused, is_whole),
        "No file binds them, and they give no other variable its value. Bindings on branches do not count. Team and "
        "folder are those of the file that defines the variable; each link opens that file.",
        *tables.with_download(unused, UNUSED, "unused_variables", empty="There is nothing to delete here."),
    )
    return


@app.cell
def _(bindable, is_whole, selected):
    page.section(
        bindable_title(bindable, is_whole),
        "Colours, fonts, radii, spacing, stroke weights and effects that come from no style and no variable, and that "
        "equal a published one or are so near that people see no difference. A variable for lengths has the value that "
        "most layers bound to it show. Layers inside library instances and FigJam boards are left out. Each link opens "
        "the first layer of the file that shows the value."
        + tables.left_out(bindable, times_in_all(bindable, "values_in_all"), "values"),
        *tables.with_download(
            bindable,
            BINDABLE,
            "bindable_values",
            empty="There is nothing to bind here.",
            cells={"value": tables.sample, "nearest": tables.key, "nearest_value": tables.sample},
            all_rows=lambda: bindable_values(selected, None),
        ),
    )
    return


@app.function
def uses() -> dict[str, str | None]:
    """Return the slot kinds that files bind, by the words for them."""
    kinds = published_file.ask("""
        select distinct slot_kind as key, sentence_case(replace(slot_kind, '_', ' ')) as name
        from marts.variable_usage
        order by name
    """)
    return filters.options_of(kinds, "All uses")


@app.function
def shares_by_team(selected: Selection) -> pl.DataFrame:
    """One row per team with its shares of bound texts, fills and both, and its hard-coded values, most slots first."""
    return selected.ask("""
        with by_hand as (
            select
                file_key,
                sum(occurrences) as occurrences,
                max(occurrences) as most,
                arg_max(sample_url, (occurrences, kind, value)) as url
            from marts.hardcoded_values
            group by file_key
        )
        select
            coalesce(files.team_id, '') as key,
            coalesce(min(files.team_name), files.team_id, 'In no team') as team,
            sum(bound_text_slots) / nullif(sum(text_slots), 0)::double as text_share,
            sum(bound_fill_slots) / nullif(sum(fill_slots), 0)::double as fill_share,
            sum(bound_text_slots + bound_fill_slots)
            / nullif(sum(text_slots + fill_slots), 0)::double as style_share,
            coalesce(sum(text_slots + fill_slots), 0)::bigint as slots,
            coalesce(sum(by_hand.occurrences), 0)::bigint as by_hand,
            certainty(bool_and(adoption.is_conclusive) filter (where adoption.files_expected > 0)) as certainty,
            arg_max(by_hand.url, (by_hand.most, by_hand.file_key)) as url
        from marts.adoption
        inner join marts.file_freshness as files on adoption.id = files.file_key
        left join by_hand on adoption.id = by_hand.file_key
        where adoption.level = 'file' and is_selected(files.team_id, files.folder_id, $team, $folders)
        group by files.team_id
        having slots > 0
        order by slots desc, lower(team), key
    """)


@app.function
def share_title(by_team: pl.DataFrame, share: float | None) -> str:
    """Say which share of fills and texts is bound, and which teams have the lowest and the highest share."""
    ranked = by_team.drop_nulls("style_share").sort("style_share", "team")
    if ranked.is_empty() or share is None:
        return "No fill and no text in this selection"
    whole = f"{share:.1%} of fills and texts have a style or a variable"
    if ranked.height == 1:
        return whole
    low, high = ranked.row(0, named=True), ranked.row(-1, named=True)
    return page.named(
        f"{whole}: from {low['style_share']:.1%} in {{}} to {high['style_share']:.1%} in {{}}",
        low["team"],
        high["team"],
    )


@app.function
def share_chart(by_team: pl.DataFrame, most: int = MAX_TEAMS) -> mo.Html | alt.Chart:
    """Draw two bars per team, the share of bound texts and that of bound fills."""
    drawn = by_team.head(most)
    if drawn.is_empty():
        return page.notice("Nothing in this selection has a share.")
    names = dict(drawn.select("key", "team").iter_rows())
    kinds = ["Texts", "Fills"]
    bars = (
        drawn.rename({"text_share": "Texts", "fill_share": "Fills"})
        .unpivot(kinds, index=["key", "team"], variable_name="label", value_name="share")
        .drop_nulls("share")
    )
    drawing = (
        alt.Chart(bars)
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X(
                "share:Q",
                title="Share with a style or variable",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(tickCount=5, format="%"),
            ),
            y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
            yOffset=alt.YOffset("label:N", sort=kinds),
            color=charts.colors(kinds, {"Texts": charts.COLORS[0]}),
            tooltip=[
                alt.Tooltip("team:N", title="Team"),
                alt.Tooltip("label:N", title="Bound"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 46 * drawn.height + 40, "Share of bound texts and fills by team")
    return finished


@app.function
def slots_by_team(selected: Selection) -> pl.DataFrame:
    """One row per slot kind and team: slots by what gives them their values, and the shares, most set by hand first."""
    return selected.ask("""
        select
            slots.slot_kind || ' ' || coalesce(files.team_id, '') as key,
            sentence_case(replace(slots.slot_kind, '_', ' ')) as kind,
            coalesce(min(files.team_name), files.team_id, 'In no team') as team,
            (sum(variable_slots) + sum(style_slots)) / sum(slots.slots)::double as token_share,
            sum(variable_slots) / sum(slots.slots)::double as variable_share,
            sum(slots.slots)::bigint as slots,
            sum(hand_slots)::bigint as by_hand,
            certainty(bool_and(slots.is_conclusive) filter (where slots.files_expected > 0)) as certainty,
            arg_max(slots.sample_url, (slots.hand_slots, slots.id)) as url,
            sum(variable_slots)::bigint as variable_slots,
            sum(style_slots)::bigint as style_slots,
            sum(local_style_slots)::bigint as local_style_slots,
            sum(hand_slots)::bigint as hand_slots
        from marts.slot_adoption as slots
        inner join marts.file_freshness as files on slots.id = files.file_key
        where slots.level = 'file' and is_selected(files.team_id, files.folder_id, $team, $folders)
        group by slots.slot_kind, files.team_id
        having sum(slots.slots) > 0
        order by by_hand desc, kind, lower(team), key
    """)


@app.function
def slot_title(by_slot: pl.DataFrame) -> str:
    """Say which share of slots is bound, and which kind is set by hand most often."""
    slots = int(by_slot["slots"].sum())
    if not slots:
        return "Nothing in this selection could be bound"
    bound = int(by_slot["variable_slots"].sum()) + int(by_slot["style_slots"].sum())
    whole = f"{bound / slots:.1%} of {page.counted(slots, 'slot')} have a token"
    kinds = by_slot.group_by("kind", maintain_order=True).agg(pl.col("by_hand").sum())
    kind, by_hand = kinds.sort("by_hand", descending=True, maintain_order=True).row(0)
    return f"{whole}; most often set by hand: {kind.lower()}, {by_hand:,} times" if by_hand else whole


@app.function
def slot_chart(by_slot: pl.DataFrame) -> mo.Html | alt.Chart:
    """Draw a bar per slot kind, divided by what gives the slots their values."""
    if by_slot.is_empty():
        return page.notice("Nothing in this selection could be bound.")
    kinds = by_slot.group_by("kind").agg(pl.col("slots", *GIVERS).sum()).sort("slots", "kind", descending=[True, False])
    bars = (
        kinds.rename(GIVERS)
        .unpivot([*GIVERS.values()], index=["kind", "slots"], variable_name="label", value_name="amount")
        .with_columns(share=pl.col("amount") / pl.col("slots"))
        .filter(pl.col("amount") > 0)
        .with_columns(rank=pl.col("label").replace_strict({label: rank for rank, label in enumerate(GIVERS.values())}))
    )
    labels = [label for label in GIVERS.values() if label in bars["label"]]
    colors = dict(zip(GIVERS.values(), charts.COLORS, strict=False)) | {"By hand": charts.GREY}
    drawing = (
        alt.Chart(bars)
        .mark_bar(cornerRadius=2, height={"band": 0.7})
        .encode(
            x=alt.X(
                "share:Q",
                title="Share of slots",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(tickCount=5, format="%"),
            ),
            y=alt.Y("kind:N", sort=kinds["kind"].to_list(), title=None),
            color=charts.colors(labels, colors),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("kind:N", title="Slot"),
                alt.Tooltip("label:N", title="Given by"),
                alt.Tooltip("amount:Q", title="Slots", format=","),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 34 * kinds.height + 60, "Share of slots by what gives them their value")
    return finished


@app.function
def bindings_by_use(selected: Selection, use: str | None) -> pl.DataFrame:
    """One row per use and team: bindings, variables and files, the use with most bindings first."""
    return selected.ask(
        BINDINGS
        + """
        select
            use,
            coalesce(team, 'No team') as team,
            sum(bindings)::bigint as bindings,
            count(distinct key) as variables,
            count(distinct file_key) as files
        from bindings
        group by use, bindings.team
        order by sum(sum(bindings)) over (partition by use) desc, use, bindings desc, team
        """,
        use=use,
    )


@app.function
def use_title(by_use: pl.DataFrame) -> str:
    """Say what variables give most often."""
    if by_use.is_empty():
        return "No binding in this selection"
    bindings = int(by_use["bindings"].sum())
    first, amount = by_use.group_by("use", maintain_order=True).agg(pl.col("bindings").sum()).row(0)
    if amount == bindings:
        return f"{first}: all {page.counted(bindings, 'binding')}" if bindings > 1 else f"{first}: 1 binding"
    return f"{first}: {amount:,} of {bindings:,} bindings"


@app.function
def use_chart(by_use: pl.DataFrame, teams: int = 5) -> mo.Html | alt.Chart:
    """Draw a bar of bindings per use, divided by team."""
    if by_use.is_empty():
        return page.notice("No file of this selection binds a variable.")
    order = by_use["use"].unique(maintain_order=True).to_list()
    labelled, labels = charts.with_labels(
        by_use, "team", "bindings", most=teams, other="Other teams", owned=team_colors()
    )
    bars = labelled.group_by("use", "label").agg(pl.col("bindings", "files").sum()).sort("use", "label")
    drawing = (
        alt.Chart(bars)
        .mark_bar(cornerRadius=2, height={"band": 0.7})
        .encode(
            x=alt.X("bindings:Q", title="Bindings", axis=charts.amount_axis(format=",d")),
            y=alt.Y("use:N", sort=order, title=None),
            color=charts.colors(labels, team_colors()),
            tooltip=[
                alt.Tooltip("use:N", title="Used for"),
                alt.Tooltip("label:N", title="Team"),
                alt.Tooltip("bindings:Q", title="Bindings", format=","),
                alt.Tooltip("files:Q", title="Files", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 28 * len(order) + 40, "Bindings by use and team")
    return finished


@app.function
def bound_variables(selected: Selection, use: str | None) -> pl.DataFrame:
    """One row per variable that a selected file binds, most bindings first.

    A library's variable is one row over all files, a local one is one row of its file.
    """
    return selected.ask(
        BINDINGS
        + """
        select
            bindings.key,
            min(bindings.variable) as variable,
            bool_and(bindings.local_variable_id is not null) as is_local,
            case when is_local then min(bindings.file_key) end as defined_in_key,
            case when is_local then min(bindings.file) else 'A library' end as defined_in,
            min(reach.preview_color) as preview,
            min(bindings.collection_name) as collection,
            min(bindings.default_value) as default_value,
            min(bindings.collection_modes) as modes,
            sum(bindings.bindings)::bigint as bindings,
            sum(bindings.bindings_visible)::bigint as visible,
            count(distinct bindings.file_key) as files,
            count(distinct bindings.team_id) as teams,
            string_agg(distinct lower(bindings.use), ', ' order by lower(bindings.use)) as uses,
            first(
                bindings.sample_url
                order by bindings.bindings_visible desc, bindings.bindings desc, bindings.file_key, bindings.use
            ) as url
        from bindings
        left join marts.variable_reach as reach on bindings.variable_key = reach.variable_key
        group by bindings.key
        order by bindings desc, files desc, bindings.key
        """,
        use=use,
    )


@app.function
def variable_headings(variables: pl.DataFrame) -> dict[str, str]:
    """Return the columns of the table of variables: with collection, value and modes only if a name is loaded."""
    is_named = variables.select(pl.any_horizontal(pl.col(*NAMED).is_not_null()).any()).item()
    first, *rest = VARIABLES.items()
    return dict([first, *(NAMED.items() if is_named else ()), *rest])


@app.function
def local_variables(variables: pl.DataFrame) -> str:
    """Say how many of the variables belong to a single file; nothing if there are no variables."""
    return f"{int(variables['is_local'].sum()):,} local to a file" if variables.height else ""


@app.function
def variables_title(variables: pl.DataFrame, is_whole: bool) -> str:
    """Say which variable is bound most, and in how many files."""
    if variables.is_empty():
        return "No file binds a variable" if is_whole else "No variable in this selection"
    first = variables.row(0, named=True)
    files = page.counted(first["files"], "file")
    return page.named(
        f"{{}} leads with {page.counted(first['bindings'], 'binding')} in {files}", tables.short_key(first["variable"])
    )


@app.function
def files_binding(selected: Selection, use: str | None, key: str) -> pl.DataFrame:
    """One row per selected file that binds a variable, most bindings first."""
    return selected.ask(
        BINDINGS
        + """
        select
            file_key as key,
            min(file) as file,
            min(team) as team,
            sum(bindings)::bigint as bindings,
            sum(bindings_visible)::bigint as visible,
            string_agg(distinct lower(use), ', ' order by lower(use)) as uses,
            first(sample_url order by bindings_visible desc, bindings desc, use) as url
        from bindings
        where bindings.key = $key
        group by file_key
        order by bindings desc, lower(min(file)), file_key
        """,
        use=use,
        key=key,
    )


@app.function
def stale_bindings(selected: Selection) -> pl.DataFrame:
    """One row per variable, file and publication that is probably not the newest, most bindings first."""
    return selected.ask("""
        select
            concat_ws(' ', stale.variable_key, stale.file_key, stale.variable_suffix) as key,
            coalesce(stale.variable_name, stale.variable_key) as variable,
            stale.variable_key,
            stale.file_key,
            coalesce(stale.file_name, stale.file_key) as file,
            coalesce(stale.team_name, stale.team_id) as team,
            reach.preview_color as preview,
            stale.bindings,
            stale.bindings_visible as visible,
            stale.nodes,
            stale.variable_suffix as suffix,
            stale.recent_suffix,
            stale.last_modified_at,
            certainty(stale.is_conclusive) as certainty,
            stale.sample_url as url
        from marts.stale_bindings as stale
        left join marts.variable_reach as reach on stale.variable_key = reach.variable_key
        where stale.is_stale
            and is_selected(stale.team_id, stale.folder_id, $team, $folders)
            and matches(concat_ws(' ', variable, stale.variable_key, stale.file_name), $search)
        order by stale.bindings desc, lower(file), key
    """)


@app.function
def stale_title(stale: pl.DataFrame, is_whole: bool) -> str:
    """Say how many bindings are to an earlier publication, of how many variables and in how many files."""
    if stale.is_empty():
        return "No binding is stale" if is_whole else "No stale binding in this selection"
    bindings = page.counted(int(stale["bindings"].sum()), "binding is", "bindings are")
    files, variables = stale["file_key"].n_unique(), stale["variable_key"].n_unique()
    return (
        f"{bindings} probably to an earlier publication: of {page.counted(variables, 'variable')} "
        f"in {page.counted(files, 'file')}"
    )


@app.function
def hardcoded_times(selected: Selection) -> int:
    """Return how often values of the selected files are hard-coded."""
    times: int = selected.ask("""
        select coalesce(sum(occurrences), 0)::bigint
        from marts.hardcoded_values
        where is_selected(team_id, folder_id, $team, $folders)
            and matches(concat_ws(' ', value, nearest_name, nearest_key, file_name), $search)
    """).item()
    return times


@app.function
def bindable_values(selected: Selection, most: int | None) -> pl.DataFrame:
    """One row per file and hard-coded value that a published style or variable has, or one that looks the same.

    The `most` frequent ones, or all. `values_in_all` and `occurrences_in_all`, the same in each row, count all.
    """
    return selected.ask(BINDABLE_VALUES, most=most)


@app.function
def times_in_all(bindable: pl.DataFrame, column: str = "occurrences_in_all") -> int:
    """Return a count of all bindable values, also of those that are not listed."""
    times: Any = bindable[column].item(0) if bindable.height else 0
    return int(times)


@app.function
def has_names() -> bool:
    """Tell whether names of variables are loaded."""
    if not published_file.has("unused_variables"):
        return False
    names = published_file.ask("""
        select exists (from marts.unused_variables)
            or exists (from marts.variable_usage where name_source in ('definition', 'copy'))
    """)
    return bool(names.item())


@app.function
def unused_variables(selected: Selection) -> pl.DataFrame:
    """One row per variable with a name that nothing uses, by collection and name."""
    return selected.ask("""
        select
            concat_ws(' ', file_key, variable_id) as key,
            coalesce(variable_name, variable_id) as variable,
            collection_name as collection,
            sentence_case(lower(resolved_type)) as type,
            file_key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            case when is_published then 'Yes' else 'No' end as is_published,
            certainty(is_conclusive) as certainty,
            file_url(file_key) as url
        from marts.unused_variables
        where is_selected(team_id, folder_id, $team, $folders)
            and matches(concat_ws(' ', variable_name, collection_name, variable_key, file_name), $search)
        order by lower(collection), lower(variable), key
    """)


@app.function
def unused_title(unused: pl.DataFrame, is_whole: bool) -> str:
    """Say how many variables nothing uses, and of which files."""
    if unused.is_empty():
        return "Every variable with a name is used" if is_whole else "No unused variable in this selection"
    is_certain = (unused["certainty"] == "Certain").all()
    use, files = "uses" if is_certain else "perhaps uses", unused["file_key"].n_unique()
    return f"Nothing {use} {page.counted(unused.height, 'variable')} of {page.counted(files, 'file')}"


@app.function
def bindable_title(bindable: pl.DataFrame, is_whole: bool) -> str:
    """Say how many hard-coded values could be bound."""
    if bindable.is_empty():
        return "No hard-coded value looks like a published one" + ("" if is_whole else " in this selection")
    times = times_in_all(bindable)
    return f"{page.counted(times, 'hard-coded value')} could be bound"


if __name__ == "__main__":
    app.run()
