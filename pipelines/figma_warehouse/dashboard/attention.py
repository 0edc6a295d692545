"""What needs attention in the selected files, in one line each with the page that shows more."""

import marimo as mo

from figma_warehouse.dashboard import key_figures, published_file
from figma_warehouse.dashboard.selection import Selection, Span
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.summary import Line, has_failed, used_nowhere
from figma_warehouse.dashboard.templating import counted, output, render


def attention(selected: Selection, span: Span) -> list[Line]:
    """Return the lines, the most urgent first; sizes are compared over the span.

    The last run, which is of all files, belongs to every selection.
    """
    lines = [
        Line("The last run failed.") if has_failed() else None,
        _files_behind(selected),
        _shrunk_file(selected, span),
        _lost_instances(selected),
        _unused_components(selected),
        _dangling_styles(selected),
        _grown_file(selected, span),
    ]
    return [line for line in lines if line]


def attention_list(lines: list[Line], parameters: str) -> mo.Html:
    """Show the lines. Each link takes `parameters`, a query string, along."""
    titles = {page.name: page.title for page in PAGES}
    return output(render("attention.html", lines=lines, parameters=parameters, titles=titles))


def _files_behind(selected: Selection) -> Line | None:
    files: int = selected.ask("""
        select count(*)
        from marts.file_freshness
        where is_expected and not is_current and is_selected(team_id, folder_id, $team, $folders)
    """).item()
    return (
        Line(f"{counted(files, 'file is', 'files are')} not at the current version: see the list below.")
        if files
        else None
    )


def _shrunk_file(selected: Selection, span: Span) -> Line | None:
    if span.week is None:
        return None
    for key, name, before, now in key_figures.shrunk_files(selected, span).head(1).iter_rows():
        words = f"{{}} shrank from {counted(before, 'node')} to {now:,} {span.since}."
        return Line(words, name, "file_growth", key)
    return None


def _lost_instances(selected: Selection) -> Line | None:
    instances, files = key_figures.lost_instances(selected) or (0, 0)
    lost = counted(instances, "instance"), counted(files, "file"), "has" if instances == 1 else "have"
    words = "{} in {} {} lost {} component.".format(*lost, "its" if instances == 1 else "their")
    return Line(words, page="unused_and_lost") if instances else None


def _unused_components(selected: Selection) -> Line | None:
    if not published_file.has("unused_components.is_long_published"):
        return None
    unused, is_certain = selected.ask("""
        select count(*), coalesce(bool_and(unused.is_conclusive), true)
        from marts.unused_components as unused
        left join marts.file_freshness as files on unused.library_file_key = files.file_key
        where unused.is_long_published and is_selected(unused.team_id, files.folder_id, $team, $folders)
    """).row(0)
    where = used_nowhere(is_certain=is_certain)
    words = f"{counted(unused, 'component')} published for over 90 days and {where}."
    return Line(words, page="unused_and_lost") if unused else None


def _dangling_styles(selected: Selection) -> Line | None:
    styles, references = selected.ask("""
        select
            count(distinct coalesce(usage.style_key, '')),
            coalesce(sum(usage.style_references), 0)::bigint
        from marts.style_usage as usage
        inner join marts.orphaned_styles as styles
            on usage.style_key is not distinct from styles.style_key and styles.kind = 'dangling'
        inner join marts.file_freshness as files on usage.file_key = files.file_key
        where not usage.is_defined_here and is_selected(files.team_id, files.folder_id, $team, $folders)
    """).row(0)
    words = f"{counted(references, 'reference')} to {counted(styles, 'style')} that no library publishes."
    return Line(words, page="orphaned_styles") if styles else None


def _grown_file(selected: Selection, span: Span) -> Line | None:
    if span.week is None:
        return None
    for row in key_figures.grown_files(selected, span).filter("has_grown_fast").head(1).iter_rows(named=True):
        return Line(f"{{}} grew by {row['growth']:,.0%} {span.since}.", row["file"], "file_growth")
    return None
