"""Variables by name from tokens files, for organisations whose plan has no endpoint for variables.

It sends no request. Each run reads the files of the setting `variable_names`, and removes the rows of files that the
setting lacks.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.schema import TOMBSTONE, as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

TOKEN_VALUES = "token_values"  # noqa: S105  # the name of a table


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of the tokens files, and tombstones for files that have none any more."""
    given = refresh.tokens_files
    stored = refresh.stored_state.read(TOKEN_VALUES, ["tokens_file"], distinct=True)
    lost = set(stored.to_pydict().get("tokens_file", ())) - {path for path, rows in given.items() if rows}
    rows = [row for each in given.values() for row in each]
    rows += [{"tokens_file": path, "position": 0, TOMBSTONE: True} for path in sorted(lost)]
    if rows:
        yield {TOKEN_VALUES: as_table(TOKEN_VALUES, rows)}


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:  # noqa: ARG001  # as all such modules
    """Return no requests."""
    return Counter()
