"""What needs attention in the selected files: the mart `attention`, in one line per kind of finding."""

from collections.abc import Callable
from typing import Any

import marimo as mo

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.lines import Line, used_nowhere
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.templating import counted, output, render

Row = dict[str, Any]

# per kind of finding: how many, their sum, their subjects and files, and the file that changed most
FINDINGS = """
    select
        kind,
        list_position(['high', 'medium', 'low'], severity) as urgency,
        count(*) as findings,
        coalesce(sum(figure), 0)::bigint as figure,
        floor(min(figure))::bigint as least,
        count(distinct subject_key) as subjects,
        count(distinct file_key) as files,
        bool_and(is_conclusive) as is_certain,
        min_by(
            {'file': coalesce(subject_name, file_key), 'key': file_key, 'now': figure, 'before': figure_before},
            (case kind when 'shrunk_file' then figure - figure_before else -figure / figure_before end, file_key)
        ) filter (where kind in ('shrunk_file', 'grown_file')) as most
    from marts.attention
    where is_selected(team_id, folder_id, $team, $folders)
    group by kind, severity
"""


def attention(selected: Selection) -> list[Line]:
    """Return the lines of `findings`, after that of the last run, of all files, which belongs to every selection."""
    return [*([Line("The last run failed.")] if published_file.has_failed() else []), *findings(selected)]


def findings(selected: Selection) -> list[Line]:
    """Return one line per kind of finding, those of the highest severity first."""
    if not published_file.has("attention"):
        return []
    rows = {row["kind"]: row for row in selected.ask(FINDINGS).iter_rows(named=True)}
    found = [(rows[kind], line) for kind, line in LINES.items() if kind in rows]
    return [line(row) for row, line in sorted(found, key=lambda one: one[0]["urgency"])]


def attention_list(lines: list[Line], parameters: str) -> mo.Html:
    """Show the lines. Each link takes `parameters`, a query string, along."""
    titles = {page.name: page.title for page in PAGES}
    return output(render("attention.html", lines=lines, parameters=parameters, titles=titles))


def _stale_files(row: Row) -> Line:
    return Line(f"{counted(row['files'], 'file is', 'files are')} not at the current version.", page="overview")


def _shrunk_file(row: Row) -> Line:
    most = row["most"]
    words = f"{{}} shrank from {counted(int(most['before']), 'node')} to {int(most['now']):,} in four weeks."
    return Line(words, most["file"], "file_growth", most["key"])


def _lost_instances(row: Row) -> Line:
    instances = row["figure"]
    lost = counted(instances, "instance"), counted(row["files"], "file"), "has" if instances == 1 else "have"
    words = "{} in {} {} lost {} component.".format(*lost, "its" if instances == 1 else "their")
    return Line(words, page="unused_and_lost")


def _deprecated_uses(row: Row) -> Line:
    usages, files = counted(row["figure"], "usage"), counted(row["files"], "file")
    items = counted(row["subjects"], "deprecated component or style", "deprecated components and styles")
    return Line(f"{usages} of {items} in {files}.", page="library")


def _detachments(row: Row) -> Line:
    components = counted(row["subjects"], "component was", "components were")
    times, files = counted(row["figure"], "time"), counted(row["files"], "file")
    return Line(f"{components} often detached: {times} in {files} in four weeks.", page="component_usage")


def _dangling_styles(row: Row) -> Line:
    styles = counted(row["subjects"], "style")
    words = f"{counted(row['figure'], 'reference')} to {styles} that no library publishes."
    return Line(words, page="orphaned_styles")


def _grown_file(row: Row) -> Line:
    most = row["most"]
    words = f"{{}} grew by {most['now'] / most['before'] - 1:,.0%} in four weeks."
    return Line(words, most["file"], "file_growth", most["key"])


def _unused_components(row: Row) -> Line:
    where = used_nowhere(is_certain=row["is_certain"])
    days = f"{row['least']} days {'ago' if row['findings'] == 1 else 'ago or earlier'}"
    return Line(f"{counted(row['findings'], 'component')} published {days} and {where}.", page="unused_and_lost")


def _stale_bindings(row: Row) -> Line:
    bindings, files = counted(row["figure"], "binding"), counted(row["files"], "file")
    return Line(f"{bindings} in {files}, probably to earlier publications of variables.", page="tokens")


# in their order among those of one severity
LINES: dict[str, Callable[[Row], Line]] = {
    "stale_file": _stale_files,
    "shrunk_file": _shrunk_file,
    "lost_instances": _lost_instances,
    "deprecated_use": _deprecated_uses,
    "detachments": _detachments,
    "dangling_style": _dangling_styles,
    "unused_component": _unused_components,
    "grown_file": _grown_file,
    "stale_bindings": _stale_bindings,
}
