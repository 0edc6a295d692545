"""One colour per team, the same on every page and in every selection."""

from figma_warehouse.dashboard import published_file

# colour-blind readers can tell the first five apart; contrast of at least 3:1 on white and on near-black
COLORS = (
    *("#1f83c4", "#d55e00", "#009e73", "#cc79a7", "#b8860b"),
    *("#8f6ee0", "#c9405c", "#7c8b18", "#00939f", "#a9714b"),
)


def team_colors() -> dict[str, str]:
    """Return the colour of each team by the name that charts show: its name, with its id if several have that name.

    Teams take the colours in the order in which Figma made them, because ids grow: a new team changes no colour.
    """
    teams = published_file.ask("""
        select
            case when count(*) over (partition by name) = 1 then coalesce(name, team_id)
                else concat(name, ' (', team_id, ')') end as label
        from figma.teams
        order by length(team_id), team_id
    """)
    return {label: COLORS[place % len(COLORS)] for place, label in enumerate(teams["label"])}
