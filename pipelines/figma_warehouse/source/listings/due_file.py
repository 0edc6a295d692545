"""A file for which a list of its own is requested: its variables, comments or dev resources."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from figma_warehouse.source.api.refusals import FigmaError, as_refusal
from figma_warehouse.source.documents.flatten import with_tombstones
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.items_in_turn import Answer, ItemsInTurn
from figma_warehouse.source.outcomes import Row, outcome
from figma_warehouse.source.schema import as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh


@dataclass(frozen=True)
class DueFile:
    """The file, and the last edit of the state that the listing or its document shows."""

    ref: FileRef
    edited_at: datetime | None

    @property
    def item_id(self) -> str:
        """Its id in outcomes."""
        return self.ref.key

    @property
    def columns(self) -> Row:
        """The columns that its outcomes have."""
        return self.ref.outcome_columns | {"last_modified_at": self.edited_at}


def due_file(refresh: "Refresh", ref: FileRef) -> DueFile:
    """Return a file with its last edit according to the listing, or if it has none, to the stored document."""
    stored = refresh.stored_state.documents.get(ref.key, {})
    return DueFile(ref, ref.last_modified_at or stored.get("last_modified_at"))


def has_changed(refresh: "Refresh", resource: str, file: DueFile) -> bool:
    """Tell whether the file changed since its list was loaded, was never loaded, or is reloaded."""
    item = (resource, file.ref.key)
    loaded = refresh.stored_state.loaded_edits
    return item not in loaded or loaded[item] != file.edited_at or refresh.reload.includes(file.ref.key)


def load_file(turn: ItemsInTurn, file: DueFile, fetch_rows: Callable[[], dict[str, list[Row]]]) -> Answer:
    """Return the tables of a file from the rows that `fetch_rows` requests, or its outcome and the refusal."""
    try:
        with turn.refresh.api.for_team(file.ref.team_id):
            rows = fetch_rows()
    except FigmaError as error:
        refusal = as_refusal(error)
        return turn.skipped(file.item_id, refusal, **file.columns), refusal
    tables = with_tombstones(file.item_id, {name: as_table(name, one) for name, one in rows.items()})
    done = outcome(turn.refresh.run_id, turn.resource, file.item_id, "loaded", **file.columns)
    return tables | {"outcomes": as_table("outcomes", [done])}, None
