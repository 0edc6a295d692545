"""The refresh behind the plain source: one for each extraction, by what its pipeline's destination holds."""

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
# the one way of dlt to merge that also removes rows: those a file has no longer
STRATEGY = "delete-insert"

Begin = Callable[[dlt.Pipeline], Refresh]


class NoMerge(FigmaError):
    """The destination cannot replace the rows of a file."""


class Extraction:
    """Gives the refresh of the extraction under way; each begins anew, however often the same source is used."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._state: object = None
        self._refresh: Refresh | None = None

    def refresh(self) -> Refresh:
        """Return the one refresh of this extraction. Raises NoMerge before anything is asked of the API."""
        # dlt has one such object for each extraction, and for each walk through a source without a pipeline
        state = Container()[StateInjectableContext]
        if self._refresh is None or self._state is not state:
            pipeline = dlt.current.pipeline()
            _check_merge(pipeline)
            self._refresh, self._state = self._begin(pipeline), state
        return self._refresh


def left_tables(refresh: Refresh, taken: Collection[str]) -> Tables:
    """Return the outcomes of the files that a failure of the whole run left to a later one; `taken` are keys."""
    refusal = Refused("put_off", detail=str(refresh.failure))
    of = {"documents": refresh.plan.changed, "file_versions": refresh.plan.histories}
    rows = [
        skipped(refresh.run_id, resource, ref.key, refusal, **ref.outcome_columns)
        for resource, refs in of.items()
        for ref in refs
        if ref.key not in taken
    ]
    LOG.error("%s What came before is stored; %d files are left to the next run.", refresh.failure, len(rows))
    return {"outcomes": as_table("outcomes", rows)}


def _check_merge(pipeline: dlt.Pipeline) -> None:
    """Raise NoMerge where dlt would append what is to replace: old and new states would lie side by side."""
    if pipeline.destination is None:
        return
    with suppress(CurrentSourceNotAvailable):
        for resource in dlt.current.source().selected_resources.values():
            table = resource.compute_table_schema()
            if resolve_merge_strategy({str(table["name"]): table}, table) != STRATEGY:
                raise NoMerge(
                    f'The destination "{pipeline.destination.destination_name}" cannot merge by {STRATEGY}, as these'
                    " tables need it: old states of files would stay beside new ones. Choose one that can: duckdb,"
                    " postgres, snowflake, bigquery, databricks, redshift, mssql, clickhouse and others. Nothing was"
                    " asked of Figma."
                )
