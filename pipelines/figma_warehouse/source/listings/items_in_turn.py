"""Requests for one key or file at a time, for the resources that ask Figma for each of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.documents.outage import MAX_FAILURES_IN_A_ROW
from figma_warehouse.source.outcomes import Row, skipped
from figma_warehouse.source.reasons import REASONS
from figma_warehouse.source.schema import as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

# the plan, the scopes and the network are the same for all items
REFUSES_ALL = ("missing_scope", "plan_limited", "unreachable")


class RequestedItem(Protocol):
    """A key or a file."""

    @property
    def item_id(self) -> str:
        """Its id in outcomes."""

    @property
    def edited_at(self) -> datetime | None:
        """Its last edit, which lifts an earlier refusal; None if nothing tells it."""


Item = TypeVar("Item", bound=RequestedItem)
# the tables of an item, and the refusal if there is one
Answer = tuple[Tables, Refused | None]


@dataclass(frozen=True)
class ItemsInTurn:
    """The items of a resource, in one refresh. `noun` is the word for several of them."""

    refresh: "Refresh"
    resource: str
    noun: str

    @property
    def all_items(self) -> str:
        """The id of an outcome that concerns all items."""
        return f"all {self.noun}"

    def fetch(
        self, items: Sequence[Item], request: Callable[[Item], tuple[Tables, Refused | None]]
    ) -> Iterator[Tables]:
        """Yield the tables of one item at a time. `request` returns them, and the refusal if there is one.

        An item that was refused earlier is not requested. A refusal that concerns all items ends the requests, and so
        does a service that fails repeatedly.
        """
        if items and (refused := self.refresh.earlier_refusal(self.resource, self.all_items, None)):
            yield _outcomes(refused)
            return
        failures = 0
        for item in items:
            if refused := self._earlier_refusal(item):
                yield _outcomes(refused)
                continue
            tables, refusal = request(item)
            yield tables
            if refusal and concerns_all(refusal):
                return
            failures = failures + 1 if refusal and REASONS[refusal.reason].is_service_failure else 0
            if failures >= MAX_FAILURES_IN_A_ROW:
                why = f"Figma is failing: {failures} {self.noun} in a row failed; the next run requests the rest"
                yield self.skipped(self.all_items, Refused("put_off", detail=why))
                return

    def pending(self, items: Sequence[Item]) -> list[Item]:
        """Return the items that `fetch` would request."""
        if self.refresh.earlier_refusal(self.resource, self.all_items, None):
            return []
        return [item for item in items if not self._earlier_refusal(item)]

    def skipped(self, item_id: str, refusal: Refused, **columns: Any) -> Tables:
        """Return the tables of a refused item: its outcome, or that of all items if the refusal concerns them."""
        concerned, its = (self.all_items, {}) if concerns_all(refusal) else (item_id, columns)
        return _outcomes(skipped(self.refresh.run_id, self.resource, concerned, refusal, **its))

    def _earlier_refusal(self, item: Item) -> Row | None:
        return self.refresh.earlier_refusal(self.resource, item.item_id, item.edited_at)


def concerns_all(refusal: Refused) -> bool:
    """Tell whether Figma would refuse each other item as well."""
    return refusal.reason in REFUSES_ALL or REASONS[refusal.reason].is_deferred


def _outcomes(row: Row) -> Tables:
    return {"outcomes": as_table("outcomes", [row])}
