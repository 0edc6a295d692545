"""Whether Figma gives documents at all: seen from how those before came in the same run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.reasons import REASONS

MOST_FAILED_IN_A_ROW = 3


class Outage:
    """Counts documents that failed one after the other, as they come in; safe from several threads.

    Only what lies with the service counts: what Figma refuses says that it answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._has_come = False
        self._why = ""

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count whether the document comes that is fetched meanwhile.

        Raises the Refused `put_off` where so many in a row have failed that this one would as well.
        """
        self._check()
        try:
            yield
        except Refused as refusal:
            self._fail(refusal)
            raise
        with self._lock:
            self._failed_in_a_row, self._has_come = 0, True

    def may_be_size(self, refusal: Refused) -> bool:
        """Tell whether it may lie with the size of this document that it did not come: others did, or it took long."""
        return self._has_come or refusal.is_timeout or not REASONS[refusal.reason].is_of_service

    def _check(self) -> None:
        with self._lock:
            if self._failed_in_a_row >= MOST_FAILED_IN_A_ROW:
                said = f"Figma is failing: {self._failed_in_a_row} documents in a row could not be had ({self._why})"
                raise Refused("put_off", detail=f"{said}; the next run asks for the rest")

    def _fail(self, refusal: Refused) -> None:
        if REASONS[refusal.reason].is_of_service:
            with self._lock:
                self._failed_in_a_row += 1
                self._why = REASONS[refusal.reason].words
