"""The resources of Group.EXTRA, which are loaded after the documents, each by a module of its own."""

import importlib
from collections import Counter
from collections.abc import Iterator
from typing import Protocol, cast

from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import Group, Resource, resources_in


class ExtraModule(Protocol):
    """What the module of such a resource offers."""

    def fetch_tables(self, refresh: Refresh) -> Iterator[Tables]:
        """Yield rows of the resource's tables and of `outcomes`. A refusal becomes an outcome and raises nothing."""

    def count_requests(self, refresh: Refresh) -> Counter[tuple[int, str]]:
        """Return how many requests `fetch_tables` would make, by tier and team, "" if no team is known."""


def extra_resources(settings: object) -> tuple[Resource, ...]:
    """Return those that are always on and those that an attribute of `settings` turns on."""
    return tuple(one for one in resources_in(Group.EXTRA) if one.setting is None or getattr(settings, one.setting))


def module_of(resource: Resource) -> ExtraModule:
    """Import the module of a resource."""
    return cast(ExtraModule, importlib.import_module(resource.module))
