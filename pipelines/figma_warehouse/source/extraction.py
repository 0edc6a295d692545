"""Gives each dlt extraction of the plain source a refresh of its own, based on the state of the destination."""

import logging
from collections.abc import Callable, Collection
from contextlib import suppress

import dlt
from dlt.common.configuration.container import Container
from dlt.common.destination.utils import resolve_merge_strategy
from dlt.common.pipeline import StateInjectableContext
from dlt.extract.exceptions import CurrentSourceNotAvailable

from figma_warehouse.source.api.refusals import FigmaError, Refused
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.outcomes import skipped
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.schema import as_table

LOG = logging.getLogger(__name__)
# the only merge strategy of dlt that also removes rows that a file no longer has
STRATEGY = "delete-insert"

Begin = Callable[[dlt.Pipeline], Refresh]


class NoMerge(FigmaError):
    """The destination cannot replace the rows of a file."""


class Extraction:
    """Creates one refresh per extraction, even if the same source is used several times."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._state: object = None
        self._refresh: Refresh | None = None

    def refresh(self) -> Refresh:
        """Return the refresh of the current extraction. Raises NoMerge before the first request."""
        # dlt has one such object per extraction, and one per iteration of a source without a pipeline
        state = Container()[StateInjectableContext]
        if self._refresh is None or self._state is not state:
            pipeline = dlt.current.pipeline()
            _check_merge_strategy(pipeline)
            self._refresh, self._state = self._begin(pipeline), state
        return self._refresh


def deferred_tables(refresh: Refresh, loaded: Collection[str]) -> Tables:
    """Return the outcomes of the files that a failure of the whole run deferred. `loaded` are keys of other files."""
    refusal = Refused("put_off", detail=str(refresh.failure))
    planned = {"documents": refresh.plan.changed, "file_versions": refresh.plan.histories}
    rows = [
        skipped(refresh.run_id, resource, ref.key, refusal, **ref.outcome_columns)
        for resource, refs in planned.items()
        for ref in refs
        if ref.key not in loaded
    ]
    message = "%s Files loaded before the failure are stored; %d files are deferred to the next run."
    LOG.error(message, refresh.failure, len(rows))
    return {"outcomes": as_table("outcomes", rows)}


def _check_merge_strategy(pipeline: dlt.Pipeline) -> None:
    """Raise NoMerge if dlt would append rows instead of replacing them, so that old states of files would stay."""
    if pipeline.destination is None:
        return
    with suppress(CurrentSourceNotAvailable):
        for resource in dlt.current.source().selected_resources.values():
            table = resource.compute_table_schema()
            if resolve_merge_strategy({str(table["name"]): table}, table) != STRATEGY:
                raise NoMerge(
                    f'The destination "{pipeline.destination.destination_name}" cannot merge by {STRATEGY}, so old'
                    " states of files would stay beside new ones. Choose a destination that can: duckdb, postgres,"
                    " snowflake, bigquery, databricks, redshift, mssql, clickhouse and others. No request was sent to"
                    " Figma."
                )
