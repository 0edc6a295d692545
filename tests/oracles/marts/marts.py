"""The oracle of every mart by its name, and the columns that make its grain."""

from collections.abc import Callable

from tests.oracles.marts.activity import Activity
from tests.oracles.marts.adoption import Adoption
from tests.oracles.marts.attention import Attention
from tests.oracles.marts.changelog import Changelog
from tests.oracles.marts.code_links import CodeLinks
from tests.oracles.marts.comments import Comments
from tests.oracles.marts.components import Components
from tests.oracles.marts.coverage import Coverage
from tests.oracles.marts.deprecated import Deprecated
from tests.oracles.marts.facts import Facts, Row
from tests.oracles.marts.growth import Growth
from tests.oracles.marts.hardcoded import Hardcoded
from tests.oracles.marts.history import History
from tests.oracles.marts.hygiene import Hygiene
from tests.oracles.marts.library import Library
from tests.oracles.marts.library_usage import LibraryUsage
from tests.oracles.marts.overrides import Overrides
from tests.oracles.marts.page_weight import PageWeight
from tests.oracles.marts.people import People
from tests.oracles.marts.ready_for_dev import ReadyForDev
from tests.oracles.marts.set_weight import SetWeight
from tests.oracles.marts.shadows import Shadows
from tests.oracles.marts.shares import Shares
from tests.oracles.marts.slots import Slots
from tests.oracles.marts.styles import Styles
from tests.oracles.marts.tokens import Tokens
from tests.oracles.marts.unused import Unused
from tests.oracles.marts.variables import Variables
from tests.oracles.marts.variants import Variants

KEYS = {
    "component_dependencies": ("component_key", "needed_key"),
    "component_impact": ("component_key",),
    "component_reach": ("component_key",),
    "component_set_reach": ("component_set_key",),
    "component_swaps": ("file_key", "found_version", "swapped_by_at", "node_id"),
    "component_usage": ("component_key", "file_key"),
    "detachments": ("file_key", "found_version", "detached_by_at", "node_id"),
    "lost_components": ("file_key", "component_id"),
    "unused_components": ("component_key",),
    "usage_history": ("component_key", "week_start"),
    "variant_usage": ("component_set_key", "property", "value"),
    "coverage": ("run_id", "resource"),
    "file_freshness": ("file_key",),
    "reconciliation": ("library_file_key", "kind", "item_key"),
    "file_activity": ("file_key", "week_start"),
    "file_editors": ("file_key", "user_id", "week_start"),
    "file_histories": ("file_key",),
    "people_activity": ("user_id", "team_id", "folder_id", "week_start"),
    "file_growth": ("file_key", "version", "last_modified_at"),
    "file_growth_weekly": ("file_key", "week_start"),
    "adoption": ("level", "id"),
    "adoption_weekly": ("week_start", "level", "id", "share_name"),
    "component_overrides": ("component_key", "field"),
    "page_weight": ("file_key", "page_id"),
    "component_changes": ("library_file_key", "found_version", "node_id", "change_kind", "subject_id"),
    "ready_for_dev": ("file_key", "node_id"),
    "deprecated_usage": ("kind", "item_key", "file_key"),
    "library_usage": ("library_file_key", "file_key"),
    "library_changes": ("kind", "item_key", "event", "happened_at"),
    "orphaned_styles": ("kind", "style_key"),
    "shadow_components": ("file_key", "node_id"),
    "shadow_styles": ("file_key", "style_key"),
    "style_usage": ("style_key", "file_key", "slot"),
    "hardcoded_values": ("file_key", "kind", "value"),
    "variable_usage": ("file_key", "variable_key", "local_variable_id", "slot_kind"),
    "variable_reach": ("variable_key", "local_file_key", "local_variable_id"),
    "slot_adoption": ("level", "id", "slot_kind"),
    "set_weight": ("component_set_key",),
    "library_hygiene": ("kind", "item_key", "problem", "property"),
    "attention": ("kind", "subject_type", "subject_key", "file_key"),
    "unused_variables": ("file_key", "variable_id"),
    "variable_aliases": ("variable_key", "target_key"),
    "file_views": ("file_key", "week_start"),
    "unopened_files": ("file_key",),
    "library_actions": ("library_file_key", "week_start", "kind", "item_key"),
    "reconciliation_weekly": ("library_file_key", "component_key", "week_start"),
    "comment_threads": ("file_key", "thread_id"),
    "comment_load": ("file_key", "week_start"),
    "code_coverage": ("kind", "item_key"),
    "stale_bindings": ("variable_key", "file_key", "variable_suffix"),
}


def oracle_marts(facts: Facts) -> Callable[[str], list[Row]]:
    """Return a function that gives the rows of a mart by its name."""
    components, styles, adoption, history = Components(facts), Styles(facts), Adoption(facts), History(facts)
    variants, tokens, library = Variants(facts, components), Tokens(facts), Library(facts, components, styles)
    growth, variables = Growth(facts, history), Variables(facts, tokens)
    libraries, slots = LibraryUsage(facts, components, styles, tokens), Slots(facts, adoption)

    def rows(name: str) -> list[Row]:
        topic = next(topic for topic in topics if hasattr(type(topic), name))
        found: list[Row] = getattr(topic, name)
        return found

    topics = (
        *(components, styles, adoption, history, Unused(facts, components), variants),
        *(
            Coverage(facts),
            growth,
            People(facts, growth, history),
            library,
            Hardcoded(facts, styles, adoption, slots, variables),
        ),
        *(variables, SetWeight(facts), Hygiene(facts, components, variants)),
        libraries,
        Shares(facts, slots, components, styles, libraries),
        Deprecated(facts, components, styles),
        Overrides(facts, components),
        PageWeight(facts),
        Shadows(facts),
        slots,
        ReadyForDev(facts),
        Activity(facts, history),
        Changelog(facts, library),
        Comments(facts),
        CodeLinks(facts, components),
        Attention(facts, rows),
    )
    return rows
