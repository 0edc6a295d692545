"""Threads that the process does not wait for when it ends: a download that hangs must not keep it."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

# a document may be nested so deep that a third of this is needed; where `ulimit -s` is unlimited, threads get 2 MB
STACK_BYTES = 8 << 20

T = TypeVar("T")


class DaemonThreads(Generic[T]):
    """So many threads, which run jobs in the order given.

    None begins while the results that nobody has taken yet weigh `most_weight` or more; after `close` none begins.
    """

    def __init__(self, count: int, most_weight: float, weigh: Callable[[T], float]) -> None:
        self._jobs: deque[tuple[Callable[[], T], Future[T]]] = deque()
        self._most_weight, self._weigh = most_weight, weigh
        self._weight = 0.0
        self._is_closed = False
        self._changed = threading.Condition()
        before = threading.stack_size(STACK_BYTES)
        try:
            for number in range(count):
                threading.Thread(target=self._work, name=f"figma-{number}", daemon=True).start()
        finally:
            threading.stack_size(before)

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Run a job when a thread is free and there is room for its result."""
        future: Future[T] = Future()
        with self._changed:
            self._jobs.append((job, future))
            self._changed.notify()
        return future

    def take(self, result: T) -> None:
        """Make the room free that a result took."""
        with self._changed:
            self._weight -= self._weigh(result)
            self._changed.notify_all()

    def close(self) -> None:
        """Begin no more jobs."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            job, future = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = job()
            except BaseException as error:
                future.set_exception(error)
            else:
                with self._changed:
                    self._weight += self._weigh(result)
                future.set_result(result)

    def _next(self) -> tuple[Callable[[], T], Future[T]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or (self._jobs and self._weight < self._most_weight))
            return None if self._is_closed else self._jobs.popleft()
