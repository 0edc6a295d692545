"""Ending a refresh before it is through: because somebody says so, at a time, or after so many requests."""

import threading
import time
from dataclasses import dataclass, field

from figma_warehouse.source.api.refusals import Refused

# a download that is under way when somebody says stop has cost its request: so long it may still arrive
PATIENCE_SECONDS = 3.0


@dataclass
class Stop:
    """Says whether a request may still begin; safe from any thread, and from a signal handler.

    The limits hold from `start_limits` on: `minutes` since this object was made, `requests` of all tiers together.
    `why` is set once the refresh is to end: no request begins after that.
    """

    minutes: float | None = None
    requests: int | None = None
    why: str | None = None
    _made_at: float = field(default_factory=time.monotonic, repr=False)
    _called_at: float | None = field(default=None, repr=False)
    _has_limits: bool = field(default=False, repr=False)
    _called: threading.Event = field(default_factory=threading.Event, repr=False)

    def call(self, why: str) -> None:
        """End it now: waits are over at once, downloads under way a little later."""
        self.why = why
        self._called_at = time.monotonic()
        self._called.set()

    def start_limits(self) -> None:
        """Let the limits hold from here: the listings before are asked for whatever they take."""
        self._has_limits = True

    def reason(self, spent: int) -> str | None:
        """Return why no request may begin when so many are spent, or None where one may."""
        if self.why is None and self._has_limits:
            if self.requests is not None and spent >= self.requests:
                self.why = f"the limit of {self.requests:,} request{'s' if self.requests > 1 else ''}"
            elif self.minutes is not None and self._seconds_left() <= 0:
                self.why = f"the limit of {self.minutes:g} minutes"
        return self.why

    def check(self, spent: int = 0) -> None:
        """Raise the Refused `put_off` where it is to end when so many requests are spent."""
        why = self.reason(spent)
        if why:
            raise Refused("put_off", detail=f"ended early: {why}")

    def sleep(self, seconds: float) -> None:
        """Wait so long, or until it is to end."""
        limit = self._seconds_left() if self._has_limits else float("inf")
        self._called.wait(max(0.0, min(seconds, limit)))

    def is_out_of_patience(self) -> bool:
        """Tell whether what is still under way is to be left."""
        return self._called_at is not None and time.monotonic() > self._called_at + PATIENCE_SECONDS

    def _seconds_left(self) -> float:
        return float("inf") if self.minutes is None else self._made_at + 60 * self.minutes - time.monotonic()
