"""The resources of Group.EXTRA. Each has a module of its own and is loaded after the documents."""

import importlib
from collections import Counter
from collections.abc import Iterator
from typing import Protocol, cast

from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import Group, Resource, resources_in


class ExtraModule(Protocol):
    """The functions in the module of such a resource."""

    def fetch_tables(self, refresh: Refresh) -> Iterator[Tables]:
        """Yield rows of the resource's tables and of `outcomes`. A refusal becomes an outcome and raises nothing."""

    def count_requests(self, refresh: Refresh) -> Counter[tuple[int, str]]:
        """Return the number of requests that `fetch_tables` would send, by tier and team id, "" if it is unknown."""


def extra_resources(settings: object) -> tuple[Resource, ...]:
    """Return the extra resources that are always on and those that an attribute of `settings` turns on."""
    return tuple(one for one in resources_in(Group.EXTRA) if one.setting is None or getattr(settings, one.setting))


def module_of(resource: Resource) -> ExtraModule:
    """Import and return the module of a resource."""
    return cast(ExtraModule, importlib.import_module(resource.module))
