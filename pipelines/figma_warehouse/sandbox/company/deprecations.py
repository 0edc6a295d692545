"""What the libraries of the sample company publish and call deprecated, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.library_components import DEPRECATED_SETS, DEPRECATED_SINGLES, DEPRECATED_STYLES
from figma_warehouse.sandbox.truth.library_facts import Deprecation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.company.company_state import Company


def deprecations(company: Company) -> list[Deprecation]:
    """What is deprecated and published now."""
    kinds = {"component": "components", "component_set": "component_sets", "style": "styles"}
    found = [*_of_sets(company), *_of_singles(company), *_of_styles(company)]
    return [one for one in found if one.key in company.published[kinds[one.kind]]]


def _of_sets(company: Company) -> Iterator[Deprecation]:
    """A set with its variants, whose set says that they are deprecated."""
    sets = {one.name: one for one in company.core_library.sets}
    for name, replacement in DEPRECATED_SETS.items():
        one, instead = sets[name], sets[replacement].key
        variants = tuple(variant.key for variant in one.variants)
        yield Deprecation("component_set", one.key, one.file_key, "description", instead, variants)
        for key in variants:
            yield Deprecation("component", key, one.file_key, "set", instead, (key,))


def _of_singles(company: Company) -> Iterator[Deprecation]:
    for name in DEPRECATED_SINGLES:
        (one,) = company.design_system.families[name]
        yield Deprecation("component", one.key, one.file_key, "page", None, (one.key,))


def _of_styles(company: Company) -> Iterator[Deprecation]:
    styles = company.design_system.color_styles
    for name, replacement in DEPRECATED_STYLES.items():
        yield Deprecation("style", styles[name].key, styles[name].file_key, "description", styles[replacement].key)
