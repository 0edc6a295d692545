# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Who edits which files and libraries, in which teams, and who detaches instances?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="People")

with app.setup:
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, editors, filters, page, published_file, tables
    from figma_warehouse.dashboard.editors import SavePeriods
    from figma_warehouse.dashboard.selection import Selection
    from figma_warehouse.dashboard.team_colors import team_colors
    from figma_warehouse.source.reasons import REASONS

    SCOPE = "file_versions:read"
    NEEDED = ("people_activity", "file_histories", "file_editors", "file_activity", "detachments.editor_count")
    TEAMS = {
        "team": "Team",
        "people": "People",
        "people_before": "People before",
        "people_more": "Change",
        "saves": "Saves",
        "saves_before": "Saves before",
        "saves_more": "Saves change",
        "sessions": "Sessions",
        "certainty": "Histories",
    }
    PEOPLE = {
        "person": "Person",
        "files": "Files",
        "saves": "Saves",
        "saves_before": "Saves before",
        "saves_more": "Change",
        "sessions": "Sessions",
        "named": "Named",
        "in_libraries": "In libraries",
        "in_branches": "In branches",
        "last_saved_at": "Last save",
        "teams": "Teams",
    }
    FILES = {
        "person": "Person",
        "file": "File",
        "sessions": "Sessions",
        "saves": "Saves",
        "named": "Named",
        "last_saved_at": "Last save",
        "team": "Team",
        "url": "Figma",
    }
    LIBRARIES = {
        "library": "Library",
        "person": "Person",
        "sessions": "Sessions",
        "saves": "Saves",
        "named": "Named",
        "last_saved_at": "Last save",
        "url": "Figma",
    }
    DETACHING = {"person": "Person", "detachments": "Certain", "possible": "As one of several", "teams": "Teams"}
    DETACHMENTS = {
        "component": "Component",
        "file": "File",
        "editors": "Saved by",
        "certainty": "Certainty",
        "detached_by_at": "Detached by",
        "team": "Team",
        "url": "Figma",
    }
    UNREAD = {"file": "File", "reason": "Reason", "saves": "Saves known", "team": "Team", "url": "Figma"}
    # reasons whose meaning refers to columns that the page does not show
    NAMED_REASONS = {
        "missing_scope": f"the token lacks the scope {SCOPE}",
        "rate_limited": "the rate limit is used up for now",
    }
    MAX_TEAMS = 5
    ALL_TEAMS = "All teams"
    # the saves in main files of each person and file in the period
    SAVED_FILES = """
        , saved as (
            select
                people.key as person_key,
                people.person,
                edits.file_key,
                min(coalesce(edits.file_name, edits.file_key)) as file,
                min(coalesce(edits.team_name, edits.team_id)) as team,
                sum(edits.saved_versions)::bigint as saves,
                sum(edits.named_versions)::bigint as named,
                sum(edits.sessions)::bigint as sessions,
                max(edits.last_saved_at) as last_saved_at
            from marts.file_editors as edits
            inner join people on coalesce(edits.user_id, '') = people.key
            where not edits.is_branch
                and is_since(edits.week_start, $first)
                and is_selected(edits.team_id, edits.folder_id, $team, $folders)
            group by people.key, people.person, edits.file_key
        )
    """
    ACTIVITY = """
        , activity as (
            select people.*, work.*, is_since(work.week_start, $first) as is_now
            from marts.people_activity as work
            inner join people on coalesce(work.user_id, '') = people.key
            where is_selected(work.team_id, work.folder_id, $team, $folders)
                and is_since(work.week_start, $before)
        )
    """
    TEAM_PERIODS = """
        with saves as (
            select *, is_since(week_start, $first) as is_now
            from marts.people_activity
            where saved_versions > 0
                and is_selected(team_id, folder_id, $team, $folders)
                and is_since(week_start, $before)
        ),
        histories as (
            select coalesce(team_id, '') as key, bool_and(is_read) as is_conclusive
            from marts.file_histories
            where is_expected and is_selected(team_id, folder_id, $team, $folders)
            group by key
        ),
        sums as (
            select
                coalesce(team_id, '') as key,
                coalesce(min(team_name), team_id, 'No team') as team,
                count(distinct user_id) filter (where is_now) as people,
                count(distinct user_id) filter (where not is_now) as people_before,
                coalesce(sum(saved_versions) filter (where is_now), 0)::bigint as saves,
                coalesce(sum(saved_versions) filter (where not is_now), 0)::bigint as saves_before,
                coalesce(sum(sessions) filter (where is_now), 0)::bigint as sessions
            from saves
            group by team_id
        )
        select
            sums.key,
            team,
            people,
            case when $before is not null then people_before end as people_before,
            case when $before is not null then people - people_before end as people_more,
            saves,
            case when $before is not null then saves_before end as saves_before,
            case when $before is not null then saves - saves_before end as saves_more,
            sessions,
            certainty(coalesce(is_conclusive, false)) as certainty
        from sums
        left join histories on sums.key = histories.key
        order by lower(team), sums.key
    """
    # follows PEOPLE, SAVED_FILES and ACTIVITY
    PERSON_PERIODS = """
        , files as (
            select person_key, count(*) as files, string_agg(distinct team, ', ' order by team) as teams
            from saved
            group by person_key
        ),
        sums as (
            select
                key,
                person,
                coalesce(sum(saved_versions) filter (where is_now), 0)::bigint as saves,
                coalesce(sum(saved_versions) filter (where not is_now), 0)::bigint as saves_before,
                coalesce(sum(sessions) filter (where is_now), 0)::bigint as sessions,
                coalesce(sum(named_versions) filter (where is_now), 0)::bigint as named,
                coalesce(sum(library_saved_versions) filter (where is_now), 0)::bigint as in_libraries,
                coalesce(sum(branch_saved_versions) filter (where is_now), 0)::bigint as in_branches,
                max(last_saved_at) as last_saved_at
            from activity
            group by key, person
            having sum(saved_versions + branch_saved_versions) > 0
        )
        select
            sums.key,
            person,
            coalesce(files, 0) as files,
            sessions,
            saves,
            case when $before is not null then saves_before end as saves_before,
            case when $before is not null then saves - saves_before end as saves_more,
            named,
            in_libraries,
            in_branches,
            last_saved_at,
            teams
        from sums
        left join files on sums.key = files.person_key
        where matches(person, $search)
            or sums.key in (select person_key from saved where matches(file, $search))
        order by lower(person), sums.key
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("people", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    mo.stop(not published_file.has(*NEEDED), page.missing("People"))
    search = filters.search("Person or file")
    team = filters.team()
    period = filters.period()
    return period, search, team


@app.cell
def _(period, search, team):
    folder = filters.folder(team.value)
    filters.bar(search, team, folder, period)
    return (folder,)


@app.cell
def _(folder, period, search, team):
    selected = Selection(team.value, folder.value, search=search.value)
    periods = editors.save_periods(period.value)
    totals = editors.save_totals(selected, periods)
    unread = unread_histories(selected)
    expected = expected_histories(selected)
    return expected, periods, selected, totals, unread


@app.cell
def _(expected, unread):
    mo.vstack(
        [
            page.notice(
                "A save is a version in Figma's history: Figma makes one by itself after edits, or a person names one. "
                "It tells that somebody edited a file, not how much or how well: an hour of thought may be one save. "
                "Discussion, research and review leave none. This page helps to find whom to ask. It is no measure of "
                "anybody's work."
            ),
            *histories_notice(expected, unread),
        ]
    )
    return


@app.cell
def _(expected, periods, totals, unread):
    page.figures(
        page.Figure(f"{totals['people']:,}", "People who saved", compared(totals["people_before"], periods)),
        page.Figure(f"{totals['saves']:,}", "Saves", compared(totals["saves_before"], periods)),
        page.Figure(f"{totals['sessions']:,}", "Sessions", compared(totals["sessions_before"], periods)),
        page.Figure(f"{totals['library_people']:,}", "People who saved a library", periods.now),
        page.Figure(
            f"{expected - unread.height:,}", "Histories read", f"of {page.counted(expected, 'file')} without branches"
        ),
    )
    return


@app.cell
def _(periods, selected, totals):
    page.section(
        people_title(totals, periods),
        "Distinct people who saved a main file in each week. A person who saved in several teams counts once among all "
        "teams. The last week ends with the last run. The search narrows the lists of people, files and detachments.",
        weekly_chart(people_by_week(selected, periods)),
    )
    return


@app.cell
def _(periods, selected):
    teams = teams_by_period(selected, periods)
    page.section(
        f"Teams {periods.now}" + (f" and {periods.earlier}" if periods.before else ""),
        "A session is a series of saves by one person in one file, each less than 30 minutes after the one before. "
        "Inconclusive: a history of this team is not read, so saves may be missing.",
        *tables.with_download(teams, TEAMS, "people_by_team", empty=f"Nobody of this selection saved {periods.now}."),
    )
    return


@app.cell
def _(periods, selected):
    people = people_by_name(selected, periods)
    page.section(
        f"Who saved {periods.now}",
        "By name. Saves, sessions and files are those of main files; saves in branches are apart. "
        "“Before” is the period of equal length before.",
        *tables.with_download(people, PEOPLE, "people", empty=f"Nobody of this selection saved {periods.now}."),
    )
    return


@app.cell
def _(periods, selected):
    saved = files_by_person(selected, periods)
    page.section(
        "Which files each person edits",
        "By name, the last saved file first. A file may be removed by now.",
        *tables.with_download(
            saved, FILES, "files_by_person", empty=f"Nobody of this selection saved a file {periods.now}."
        ),
    )
    return


@app.cell
def _(periods, selected):
    of_libraries = editors_of_libraries(selected, periods)
    page.section(
        libraries_title(of_libraries, periods),
        "A library is a file that publishes, or once published, a component, a set or a style. A save changes the "
        "file and publishes nothing: the page Library shows what was published.",
        *tables.with_download(
            of_libraries,
            LIBRARIES,
            "people_by_library",
            empty=f"Nobody of this selection saved a library {periods.now}.",
        ),
    )
    return


@app.cell
def _(periods, selected):
    detached = detachments(selected, periods)
    page.section(
        detachments_title(detached, periods),
        "A detachment is inferred from two loaded states of a file. It is certain who detached if one person saved "
        "the file between them; otherwise it was one of those who did. Who detaches an instance can tell what its "
        "component lacks.",
        *tables.with_download(
            people_detaching(selected, periods),
            DETACHING,
            "people_detaching",
            empty="No detachment of this selection has a known person.",
        ),
        *tables.with_download(detached, DETACHMENTS, "detachments_by_person", empty="Nothing was detached."),
    )
    return


@app.cell
def _(unread):
    mo.stop(unread.is_empty())
    page.section(
        "Files whose history is not read",
        "These files may have saves that this page does not count. Branches, and types that Figma does not serve, are "
        "left out.",
        *tables.with_download(unread, UNREAD, "unread_histories", empty=""),
    )
    return


@app.function
def expected_histories(selected: Selection) -> int:
    """Return the number of main files of the selection whose history should be read."""
    files = selected.ask("""
        select count(*)
        from marts.file_histories
        where is_expected and is_selected(team_id, folder_id, $team, $folders)
    """)
    return int(files.item())


@app.function
def unread_histories(selected: Selection) -> pl.DataFrame:
    """One row per main file of the selection whose history is not read up to its current state, with the reason."""
    found = selected.ask("""
        select
            file_key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            skip_reason,
            saved_versions as saves,
            file_url(file_key) as url
        from marts.file_histories
        where is_expected and not is_read and is_selected(team_id, folder_id, $team, $folders)
        order by lower(file), file_key
    """)
    meanings = {name: reason.meaning for name, reason in REASONS.items()} | NAMED_REASONS
    return found.with_columns(
        reason=pl.col("skip_reason").replace_strict(meanings, default="no run has read it yet", return_dtype=pl.String)
    )


@app.function
def histories_notice(expected: int, unread: pl.DataFrame) -> list[mo.Html]:
    """Say that histories are missing, and what to do if the token lacks their scope; loudly if little can be told."""
    if unread.is_empty():
        return []
    files = page.counted(unread.height, "history is", "histories are")
    words = f"{files} not read, of {page.counted(expected, 'file')}: saves may be missing. See the last list."
    lacks_scope = (unread["skip_reason"] == "missing_scope").any()
    if lacks_scope:
        words += f" The token lacks the scope {SCOPE}. Make a token that has it; the next run reads the histories."
    is_blind = unread.height == expected and not unread["saves"].sum()
    if is_blind:
        words = f"This page cannot tell who edits. {words}"
    return [page.notice(words, "warning" if lacks_scope or is_blind else "neutral")]


@app.function
def compared(before: int | None, periods: SavePeriods) -> str:
    """Say what a figure was in the period before."""
    return "" if before is None else f"{before:,} {periods.earlier}"


@app.function
def people_title(totals: dict[str, Any], periods: SavePeriods) -> str:
    """Say how many people saved, and how many before."""
    words = f"{page.counted(totals['people'], 'person', 'people')} saved {periods.now}"
    before = totals["people_before"]
    return words if before is None else f"{words}, {before:,} {periods.earlier}"


@app.function
def people_by_week(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per week of the period and team, and per week of all teams: `week`, `team`, `people` and `saves`."""
    return selected.ask(
        """
        with weeks as (
            select distinct week_start
            from marts.file_activity
            where is_since(week_start, $first)
        ),
        saved as (
            select week_start, coalesce(team_name, team_id, 'No team') as team, user_id, saved_versions
            from marts.people_activity
            where saved_versions > 0
                and is_selected(team_id, folder_id, $team, $folders)
                and is_since(week_start, $first)
        ),
        lines as (
            select distinct team from saved
            union all
            select $all_teams where (select count(distinct team) from saved) > 1
        )
        select
            weeks.week_start as week,
            lines.team,
            count(distinct saved.user_id) as people,
            coalesce(sum(saved.saved_versions), 0)::bigint as saves
        from weeks
        cross join lines
        left join saved
            on weeks.week_start = saved.week_start and lines.team in (saved.team, $all_teams)
        group by weeks.week_start, lines.team
        order by week, lines.team
        """,
        first=periods.first,
        all_teams=ALL_TEAMS,
    )


@app.function
def weekly_chart(weekly: pl.DataFrame, most: int = MAX_TEAMS) -> mo.Html | alt.Chart:
    """Draw a line for all teams, and one per team with most people."""
    if weekly["week"].n_unique() < 2:
        return page.notice("There are less than two weeks with a saved file to compare.")
    sums = weekly.group_by("team").agg(pl.col("people").sum()).sort("people", "team", descending=[True, False])
    labels = sums["team"].head(most + 1).to_list()
    lines = weekly.filter(pl.col("team").is_in(labels)).with_columns(label="team")
    drawing = (
        alt.Chart(charts.by_week(lines))
        .mark_line(point={"size": 30, "filled": True}, strokeWidth=2)
        .encode(
            x=alt.X("week:O", title="Week of", axis=charts.week_axis()),
            y=alt.Y("people:Q", title="People", axis=alt.Axis(tickCount=5, tickMinStep=1, format="d")),
            color=charts.colors(labels, team_colors()),
            tooltip=[
                alt.Tooltip("label:N", title="Team"),
                alt.Tooltip("day:N", title="Week of"),
                alt.Tooltip("people:Q", title="People", format=","),
                alt.Tooltip("saves:Q", title="Saves", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 280, "People who saved by week and team")
    return finished


@app.function
def teams_by_period(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per team in which somebody saved in one of the periods, by name."""
    return selected.ask(
        TEAM_PERIODS,
        first=periods.first,
        before=periods.before,
    )


@app.function
def people_by_name(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per person who saved in the period, or in the one before, by name."""
    return selected.ask(
        editors.PEOPLE + SAVED_FILES + ACTIVITY + PERSON_PERIODS,
        first=periods.first,
        before=periods.before,
    )


@app.function
def files_by_person(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per person and main file that the person saved in the period, by name, the last saved file first."""
    return selected.ask(
        editors.PEOPLE  # noqa: S608  # our own text
        + SAVED_FILES
        + """
        select *, file_url(file_key) as url
        from saved
        where matches(concat_ws(' ', person, file), $search)
        order by lower(person), person_key, last_saved_at desc, file_key
        """,
        first=periods.first,
    )


@app.function
def editors_of_libraries(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per library and person who saved it in the period, by name."""
    return selected.ask(
        editors.PEOPLE
        + SAVED_FILES
        + """
        select
            saved.person_key,
            saved.person,
            saved.file_key as library_key,
            saved.file as library,
            saved.saves,
            saved.named,
            saved.sessions,
            saved.last_saved_at,
            file_url(saved.file_key) as url
        from saved
        inner join marts.file_histories as histories on saved.file_key = histories.file_key and histories.is_library
        where matches(concat_ws(' ', saved.person, saved.file), $search)
        order by lower(library), library_key, lower(saved.person), saved.person_key
        """,
        first=periods.first,
    )


@app.function
def libraries_title(of_libraries: pl.DataFrame, periods: SavePeriods) -> str:
    """Say how many people saved how many libraries."""
    if of_libraries.is_empty():
        return f"Nobody saved a library {periods.now}"
    people = page.counted(of_libraries["person_key"].n_unique(), "person", "people")
    libraries = page.counted(of_libraries["library_key"].n_unique(), "library", "libraries")
    return f"{people} saved {libraries} {periods.now}"


@app.function
def people_detaching(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per person who detached instances in the period, or may have: certain and possible detachments."""
    return selected.ask(
        editors.PEOPLE
        + ACTIVITY
        + """
        select
            key,
            person,
            sum(detachments)::bigint as detachments,
            sum(possible_detachments)::bigint as possible,
            string_agg(distinct coalesce(team_name, team_id), ', ' order by coalesce(team_name, team_id)) as teams
        from activity
        where is_now and detachments + possible_detachments > 0 and matches(person, $search)
        group by key, person
        order by detachments desc, possible desc, lower(person), key
        """,
        first=periods.first,
        before=periods.before,
    )


@app.function
def detachments(selected: Selection, periods: SavePeriods) -> pl.DataFrame:
    """One row per detachment in the period, the latest first, with those who saved the file meanwhile."""
    return selected.ask(
        """
        select
            concat_ws(' ', file_key, found_version, node_id) as key,
            component_key,
            coalesce(component_title(component_set_name, component_name), component_key, layer_name) as component,
            file_key,
            coalesce(file_name, file_key) as file,
            coalesce(editors, 'Nobody known') as editors,
            editor_count,
            case
                when editor_count = 1 then 'Certain'
                when editor_count = 0 then 'No save known'
                else 'One of ' || editor_count
            end as certainty,
            detached_by_at,
            coalesce(team_name, team_id) as team,
            figma_url as url
        from marts.detachments
        where is_since(week_start, $first)
            and is_selected(team_id, folder_id, $team, $folders)
            and matches(concat_ws(' ', editors, file_name, component_set_name, component_name), $search)
        order by detached_by_at desc, lower(file), file_key, node_id
        """,
        first=periods.first,
    )


@app.function
def detachments_title(detached: pl.DataFrame, periods: SavePeriods) -> str:
    """Say how many instances were detached, and of how many it is certain by whom."""
    if detached.is_empty():
        return f"Nothing was detached {periods.now}"
    certain = detached.filter(pl.col("editor_count") == 1).height
    return f"{page.counted(detached.height, 'detachment')} {periods.now}, {certain:,} with one possible person"


if __name__ == "__main__":
    app.run()
