"""Threads that the process does not wait for when it ends: a download that hangs must not keep it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class DaemonThreads(Generic[T]):
    """So many threads, which run jobs in the order given; after `close` they end when no job is left."""

    def __init__(self, count: int) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], T], Future[T]] | None] = SimpleQueue()
        self._count = count
        for number in range(count):
            threading.Thread(target=self._work, name=f"figma-{number}", daemon=True).start()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Run a job when a thread is free."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Take no more jobs."""
        for _ in range(self._count):
            self._jobs.put(None)

    def _work(self) -> None:
        while (taken := self._jobs.get()) is not None:
            job, future = taken
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)
