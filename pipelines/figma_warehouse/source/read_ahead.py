"""Fetches files ahead of the one that is being stored, on daemon threads."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing
from itertools import islice
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from figma_warehouse.source.api.refusals import FigmaError
from figma_warehouse.source.api.stop import Stop

# deeply nested documents need a third of this; if `ulimit -s` is unlimited, threads get only 2 MB by default
STACK_BYTES = 8 << 20

FILES_AHEAD, NODES_AHEAD = 25, 150_000

T = TypeVar("T")


class HasNodes(Protocol):
    """The result of a job. Its memory is proportional to its number of nodes."""

    @property
    def nodes(self) -> int:
        """Number of nodes."""


JobResult = TypeVar("JobResult", bound=HasNodes)


class DaemonThreads(Generic[T]):
    """A pool of `count` daemon threads, which start jobs in the order in which they were submitted.

    No job starts while the results that have not been taken weigh `max_weight` or more, or after `close`.
    """

    def __init__(self, count: int, max_weight: float, weigh: Callable[[T], float]) -> None:
        self._jobs: deque[tuple[Callable[[], T], Future[T]]] = deque()
        self._max_weight, self._weigh = max_weight, weigh
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
        """Release the weight of a result, so that further jobs can start."""
        with self._changed:
            self._weight -= self._weigh(result)
            self._changed.notify_all()

    def close(self) -> None:
        """Start no more jobs."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (job_and_future := self._next()) is not None:
            job, future = job_and_future
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
            self._changed.wait_for(lambda: self._is_closed or (self._jobs and self._weight < self._max_weight))
            return None if self._is_closed else self._jobs.popleft()


# Figma takes many seconds for a large document, so several are downloaded in parallel
DOWNLOADS = 6

POLL_SECONDS = 0.2


def run_ahead(jobs: Iterable[Callable[[], JobResult]], stop: Stop) -> Iterator[JobResult]:
    """Run jobs on threads ahead of the caller, and yield their results in the order of the jobs.

    Once the refresh is stopped, the remaining jobs run in this thread, because their first request raises Refused; jobs
    on threads are abandoned after a grace period. If a job raises a FigmaError, no other job starts, the running ones
    are still yielded, and then the error is raised.
    """
    jobs, failure = iter(jobs), None
    with closing(DaemonThreads[JobResult](DOWNLOADS, NODES_AHEAD, attrgetter("nodes"))) as threads:
        running = deque((job, threads.submit(job)) for job in islice(jobs, FILES_AHEAD))
        while running:
            job, future = running.popleft()
            try:
                loaded = future.result() if _is_done(future, stop) else job()
            except FigmaError as error:
                failure = failure or error
                running = deque(pair for pair in running if not pair[1].cancel())
                continue
            threads.take(loaded)
            if stop.reason is None and failure is None:
                running.extend((job, threads.submit(job)) for job in islice(jobs, 1))
            yield loaded
    if failure:
        raise failure
    yield from (job() for job in jobs)


def _is_done(future: Future[JobResult], stop: Stop) -> bool:
    """Wait for a job. Returns False if it is still running when the grace period of a stop is over."""
    while not wait([future], timeout=POLL_SECONDS).done:
        if stop.is_grace_over():
            return False
    return True
