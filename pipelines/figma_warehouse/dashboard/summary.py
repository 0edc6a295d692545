"""One line about the whole warehouse per page, for the index. Each line agrees with the figures of its page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from figma_warehouse.dashboard import editors, key_figures, published_file
from figma_warehouse.dashboard.attention import findings
from figma_warehouse.dashboard.gaps import Gaps, gaps
from figma_warehouse.dashboard.lines import Line, used_nowhere
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.dashboard.selection import DEFAULT_WEEKS, Selection, Span, compared_span, libraries_by_use
from figma_warehouse.dashboard.templating import counted

EVERYTHING = Selection()


@dataclass(frozen=True)
class Summary:
    """The freshness of the data, whether the last run failed, what needs attention, and the answer of each page.

    `fresh` is None if nothing is loaded yet, if the published file cannot be read, or if it is outdated.
    """

    fresh: Freshness | None = None
    is_readable: bool = True
    is_outdated: bool = False
    has_failed: bool = False
    gaps: Gaps = field(default_factory=Gaps)
    attention: Sequence[Line] = ()
    answers: Mapping[str, Line] = field(default_factory=dict)


def read_summary() -> Summary:
    """Return the summary of the published file, which may be missing, locked, damaged or of an older version."""
    try:
        fresh = published_file.freshness()
        if fresh is None:
            return Summary(is_outdated=published_file.is_outdated())
        lines = findings(EVERYTHING)
        return Summary(fresh, has_failed=published_file.has_failed(), gaps=gaps(), attention=lines, answers=_answers())
    except (duckdb.Error, OSError):
        return Summary(is_readable=False)


def _answers() -> dict[str, Line]:
    lines = {
        "overview": _answer(_sizes),
        "component_usage": _answer(_most_placed),
        "library": _answer(_most_used_library),
        "unused_and_lost": _answer(_unused_and_lost),
        "orphaned_styles": _answer(_orphaned),
        "tokens": _answer(_bound),
        "adoption": _answer(_layer_share),
        "file_growth": _answer(_fastest_growing),
        "people": _answer(_people_saving),
    }
    return {page: line for page, line in lines.items() if line}


def _answer(line: Callable[[], Line | None]) -> Line | None:
    """Return a line, or None if an older version published the file without a table or column that the line needs."""
    try:
        return line()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None


def _sizes() -> Line:
    whole = key_figures.totals(EVERYTHING, Span())
    return Line(f"{counted(whole['files'], 'file')}, {counted(whole['nodes'], 'node')}")


def _most_placed() -> Line:
    found = published_file.ask("""
        select
            min(
                set_or_component_title(
                    reach.component_set_key, reach.component_set_name, reach.component_name, reach.component_key
                )
            ) as name,
            sum(usage.placements)::bigint as placements,
            count(distinct usage.file_key) filter (where is_use(usage.usages, usage.is_at_home)) as files
        from marts.component_reach as reach
        inner join marts.component_usage as usage on reach.component_key = usage.component_key
        group by coalesce(reach.component_set_key, reach.component_key)
        having sum(usage.placements) > 0
        order by placements desc, sum(usage.usages) desc, name, coalesce(reach.component_set_key, reach.component_key)
        limit 1
    """)
    if found.is_empty():
        return Line("No component is used")
    name, placements, files = found.row(0)
    return Line(
        f"{{}} leads with {counted(placements, 'placement')}; {counted(files, 'file uses', 'files use')} it", name
    )


def _most_used_library() -> Line:
    for key, name in libraries_by_use().head(1).iter_rows():
        files: int = published_file.ask(
            "select count(*) from marts.library_usage where library_file_key = $key", key=key
        ).item()
        return Line(f"{{}} is used in {counted(files, 'file')}", name)
    return Line("No file publishes a component or a style")


def _unused_and_lost() -> Line:
    unused, is_certain = published_file.ask(
        "select count(*), coalesce(bool_and(is_conclusive), true) from marts.unused_components"
    ).row(0)
    words = f"{counted(unused, 'component')} {used_nowhere(is_certain=is_certain)}"
    lost = key_figures.lost_instances(EVERYTHING)
    if lost is None:
        return Line(words)
    return Line(f"{words} · {counted(lost[0], 'instance lost its component', 'instances lost their component')}")


def _orphaned() -> Line:
    styles, references, unused, is_certain = published_file.ask("""
        select
            count(*) filter (where kind = 'dangling'),
            coalesce(sum(style_references) filter (where kind = 'dangling'), 0)::bigint,
            count(*) filter (where kind = 'unused'),
            coalesce(bool_and(is_conclusive), true)
        from marts.orphaned_styles
    """).row(0)
    dangling = f"{counted(references, 'reference')} to {counted(styles, 'style')} that no library publishes"
    return Line(f"{dangling} · {unused:,} {'' if is_certain else 'perhaps '}unused")


def _bound() -> Line:
    share = key_figures.adoption(EVERYTHING)["style_share"]
    bindings: int = published_file.ask(
        "select coalesce(sum(bindings), 0)::bigint from marts.stale_bindings where is_stale"
    ).item()
    bound = "No fill and no text" if share is None else f"{share:.1%} of fills and texts have a style or a variable"
    return Line(f"{bound} · {counted(bindings, 'stale binding')}")


def _layer_share() -> Line | None:
    share = key_figures.layer_share(EVERYTHING)
    return None if share is None else Line(f"{share:.1%} of visible layers from the library")


def _fastest_growing() -> Line:
    span = compared_span(DEFAULT_WEEKS)
    for row in key_figures.grown_files(EVERYTHING, span).head(1).iter_rows(named=True):
        return Line(f"{{}}, {row['growth']:+,.0%} {span.since}", row["file"])
    return Line(f"No file has grown {span.since}")


def _people_saving() -> Line:
    periods = editors.save_periods(DEFAULT_WEEKS)
    people: int = editors.save_totals(EVERYTHING, periods)["people"]
    return Line(f"{counted(people, 'person', 'people')} saved {periods.now}")
