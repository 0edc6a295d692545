"""What `plan` prints, for a run and for a backfill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from figma_warehouse.source.reasons import REASONS
from figma_warehouse.terminal.formatting import for_team, format_day, format_duration, print_line
from figma_warehouse.terminal.print_status import print_unlisted

if TYPE_CHECKING:
    from figma_warehouse.job.backfill import BackfillPlan
    from figma_warehouse.job.plan import RunPlan, TierPlan


def print_plan(console: Console, plan: RunPlan) -> None:
    """Print what a run would do."""
    documents = plan.tiers[0]
    pace = f"{documents.limit.requests} documents a {documents.limit.per}" if documents.limit else "no limit"
    print_line(console, f"Plan {plan.plan}, seat {plan.seat}: {pace}.")
    print_line(console, f"  Teams     {', '.join(plan.teams) or 'none'}")
    print_unlisted(console, plan.unlisted)
    print_line(console, f"  Files     {_files(plan)}")
    if plan.unknown_exclusions:
        print_line(console, f"  Excluded  but in no listing: {', '.join(plan.unknown_exclusions)}")
    print_line(console, f"  Requests  {' · '.join(f'tier {tier}: {plan.requests(tier):,}' for tier in (1, 2, 3))}")
    for tier in plan.tiers:
        if tier.limit:
            print_line(console, f"  Tier {tier.tier}    {tier.used} of {tier.limit} used{for_team(tier.team_id)}")
    print_line(console, f"  Time      {_time(plan)}")
    for tier in plan.tiers:
        if tier.fits < tier.requests:
            print_line(console, f"  Too many  {_too_many(tier)}")
    print_line(console, f"This plan took {format_count(plan.requests_spent)}. Nothing was written.")


def print_backfill_plan(console: Console, plan: BackfillPlan) -> None:
    """Print what a backfill would do."""
    periods = sorted({version.period for version in plan.wanted})
    span = f"{periods[0]:%d %b %Y} to {periods[-1]:%d %b %Y}" if periods else "none left"
    refused = f" · {plan.refused:,} refused by Figma" if plan.refused else ""
    print_line(console, f"Backfill of {plan.files:,} files, from their stored version histories.")
    print_line(console, f"  Versions  {len(plan.wanted):,} to fetch · {plan.stored:,} stored already{refused}")
    print_line(console, f"  Periods   {span}")
    print_line(console, f"  Requests  tier 1: {len(plan.wanted):,}")
    print_line(console, f"  Time      {_backfill_time(plan)}")
    print_line(console, "This plan took no request. Nothing was written.")


def format_count(requests: int) -> str:
    """Return a number of requests in words."""
    return "1 request" if requests == 1 else f"{requests:,} requests"


def _files(plan: RunPlan) -> str:
    reasons = ", ".join(REASONS[reason].words for reason in plan.refused)
    excluded = f" · {plan.files_excluded:,} excluded" if plan.files_excluded else ""
    reloaded = f" · {plan.files_reloaded:,} to reload" if plan.files_reloaded else ""
    changed = plan.files_changed - plan.files_new - plan.files_reloaded
    return (
        f"{plan.files_listed:,} listed · {changed:,} changed · {plan.files_new:,} new{reloaded}"
        f" · {plan.files_gone:,} to confirm as removed"
        f" · {sum(plan.refused.values()):,} refused before{f' ({reasons})' if reasons else ''}{excluded}"
    )


def _time(plan: RunPlan) -> str:
    if not plan.files_changed:
        return "a few seconds: there is no document to fetch"
    if plan.slowest_tier.seconds < 1:
        return "as fast as Figma answers"
    return f"about {format_duration(plan.slowest_tier.seconds)}, limited by tier {plan.slowest_tier.tier}"


def _too_many(tier: TierPlan) -> str:
    requests = f"{tier.requests:,} requests of tier {tier.tier}{for_team(tier.team_id)}"
    left = f"{tier.requests - tier.fits:,} of {requests} do not fit into this run"
    if tier.blocked_until:
        return f"{left}: used up until {format_day(tier.blocked_until)}"
    return f"{left}: the limit is {tier.limit}, of which {tier.used} are used"


def _backfill_time(plan: BackfillPlan) -> str:
    if not plan.wanted:
        return "none: there is nothing to fetch"
    if plan.documents is None:
        return "as fast as Figma answers"
    pace = f"at {plan.documents.requests} documents a {plan.documents.per}"
    return f"about {plan.minutes} min, {pace}" if plan.minutes else f"{pace}, over many runs"
