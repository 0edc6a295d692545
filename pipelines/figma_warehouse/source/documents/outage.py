"""Detects an outage of Figma from the documents that failed in the same run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.reasons import REASONS

MAX_FAILURES_IN_A_ROW = 3


class Outage:
    """Counts the documents that failed in a row. Several threads can share it.

    Only failures of the service count, because any other refusal shows that Figma answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures_in_a_row = 0
        self._has_succeeded = False
        self._last_reason = ""

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the success or failure of the document that the block fetches.

        Raises Refused (`put_off`) before the block if too many documents in a row have failed.
        """
        self._check()
        try:
            yield
        except Refused as refusal:
            self._fail(refusal)
            raise
        with self._lock:
            self._failures_in_a_row, self._has_succeeded = 0, True

    def may_be_size(self, refusal: Refused) -> bool:
        """Tell whether the size of this document may have caused the refusal: others succeeded, or it timed out."""
        return self._has_succeeded or refusal.is_timeout or not REASONS[refusal.reason].is_service_failure

    def _check(self) -> None:
        with self._lock:
            if self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
                failing = f"Figma is failing: {self._failures_in_a_row} documents in a row failed ({self._last_reason})"
                raise Refused("put_off", detail=f"{failing}; the next run requests the rest")

    def _fail(self, refusal: Refused) -> None:
        if REASONS[refusal.reason].is_service_failure:
            with self._lock:
                self._failures_in_a_row += 1
                self._last_reason = REASONS[refusal.reason].words
