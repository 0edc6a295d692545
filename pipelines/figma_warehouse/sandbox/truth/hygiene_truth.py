"""What the mart library_hygiene must hold. No set of the organisation has two variants with the same values."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.truth.component_truth import PropertyUsage, PropertyValue
    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts, PublishedFacts

    # kind, key, problem, property
    Problem = tuple[str, str, str, str | None]


def library_hygiene(facts: LibraryFacts, usage: dict[PropertyValue, PropertyUsage]) -> frozenset[Problem]:
    """The problems of what is published. The property is None unless it is the problem."""
    names = Counter(_shown_beside(item) for item in facts.published if not item.set_id)
    documented = {item.file_key for item in facts.published if item.documentation_url}
    found: set[Problem] = set()
    for item in facts.published:
        problems = {
            "no_description": not item.set_id and not item.description.strip(),
            "no_documentation_link": item.file_key in documented and _lacks_link(item),
            "control_characters": any(unicodedata.category(letter) == "Cc" for letter in item.name),
            "doubled_spaces": "  " in item.name,
            "same_name": not item.set_id and names[_shown_beside(item)] > 1,
        }
        found |= {(item.kind, item.key, problem, None) for problem, has_it in problems.items() if has_it}
    for set_key, name in _unused_properties(facts, usage):
        if set_key in facts.published_set_keys:
            found.add(("component_set", set_key, "unused_property", name))
    return frozenset(found)


def _lacks_link(item: PublishedFacts) -> bool:
    return item.kind != "style" and not item.set_id and not item.documentation_url


def _shown_beside(item: PublishedFacts) -> tuple[str, str, str]:
    """Where a designer sees the name among others: components and sets together, styles by type."""
    return item.file_key, item.style_type, item.name


def _unused_properties(facts: LibraryFacts, usage: dict[PropertyValue, PropertyUsage]) -> Iterator[tuple[str, str]]:
    """Yield set key and property if there are placements, and all have the default."""
    defaults = {(each.key, name): value for each in facts.sets for name, value in each.defaults.items()}
    placements: defaultdict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    for (set_key, name, _, value), counts in usage.items():
        placements[set_key, name][value == defaults[set_key, name]] += counts.placements
    return (place for place, counts in placements.items() if counts[True] and not counts[False])
