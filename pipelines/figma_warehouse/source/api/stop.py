"""Stops a refresh early: on a signal, at a time limit, or at a limit of requests."""

import threading
import time
from dataclasses import dataclass, field

from figma_warehouse.source.api.refusals import Refused

# seconds that a download in progress gets to finish, because its request is already spent
GRACE_SECONDS = 3.0


@dataclass
class Stop:
    """Decides whether another request may begin. Safe from several threads and from a signal handler.

    `max_minutes` count from the creation of this object, `max_requests` over all tiers. Both apply only after
    `start_limits`. `reason` is set when the refresh is stopped; no request begins after that.
    """

    max_minutes: float | None = None
    max_requests: int | None = None
    reason: str | None = None
    _made_at: float = field(default_factory=time.monotonic, repr=False)
    _triggered_at: float | None = field(default=None, repr=False)
    _has_limits: bool = field(default=False, repr=False)
    _triggered: threading.Event = field(default_factory=threading.Event, repr=False)

    def trigger(self, reason: str) -> None:
        """Stop now: waits end at once, downloads in progress after GRACE_SECONDS."""
        self.reason = reason
        self._triggered_at = time.monotonic()
        self._triggered.set()

    def start_limits(self) -> None:
        """Apply the limits from now on, so that the listings before them are always complete."""
        self._has_limits = True

    def check(self, spent: int = 0) -> None:
        """Raise Refused (`put_off`) if the refresh is stopped, or if `spent` requests or the time reach a limit."""
        reason = self.reason or self._reached_limit(spent)
        if reason:
            self.reason = reason
            raise Refused("put_off", detail=f"ended early: {reason}")

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the refresh is stopped."""
        limit = self._seconds_left() if self._has_limits else float("inf")
        self._triggered.wait(max(0.0, min(seconds, limit)))

    def is_grace_over(self) -> bool:
        """Tell whether to abandon downloads that are still in progress."""
        return self._triggered_at is not None and time.monotonic() > self._triggered_at + GRACE_SECONDS

    def _reached_limit(self, spent: int) -> str | None:
        if not self._has_limits:
            return None
        if self.max_requests is not None and spent >= self.max_requests:
            return f"the limit of {self.max_requests:,} request{'s' if self.max_requests > 1 else ''}"
        if self.max_minutes is not None and self._seconds_left() <= 0:
            return f"the limit of {self.max_minutes:g} minutes"
        return None

    def _seconds_left(self) -> float:
        return float("inf") if self.max_minutes is None else self._made_at + 60 * self.max_minutes - time.monotonic()
