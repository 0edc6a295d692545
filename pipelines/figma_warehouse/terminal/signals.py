"""SIGTERM, SIGHUP and Ctrl-C: the first lets a run store and publish what it has, the second ends it on the spot."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from figma_warehouse.failures import FAILED
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.terminal.output import on_standard_error

SHOW_CURSOR = "\x1b[?25h"
SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


@contextmanager
def stop_on_signals(stop: Stop, tell: Callable[[str], None]) -> Iterator[None]:
    """Call the stop at the first signal, and `tell` its name; exit with code 1 at the second.

    Signals come by a pipe to a thread that does nothing else, so that neither waits for what the job is at. SIGHUP is
    no second one, and where it is ignored, as under nohup, it stays so.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    fd_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handlers_before = {number: signal.signal(number, _take_note) for number in _heeded()}
    threading.Thread(target=_watch, args=(reader, stop, tell), name="signals", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(fd_before)
        for number, handler in handlers_before.items():
            signal.signal(number, handler)
        os.close(writer)


def _heeded() -> list[signal.Signals]:
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in SIGNALS if not (is_ignored and number == signal.SIGHUP)]


def _watch(reader: int, stop: Stop, tell: Callable[[str], None]) -> None:
    has_come = False
    while sent := os.read(reader, 1):
        name = SIGNALS.get(signal.Signals(sent[0]))
        if name is None:
            continue
        if has_come:
            # of a terminal that closes both the shell and the system tell
            if name == "SIGHUP":
                continue
            _leave()
        has_come = True
        stop.trigger(name)
        tell(name)
    os.close(reader)


def _leave() -> None:
    cursor = SHOW_CURSOR if sys.stdout.isatty() else ""
    with on_standard_error():
        sys.stderr.write(
            f"{cursor}Stopped at once. Nothing was published; what is stored stays, the next run continues.\n"
        )
    os._exit(FAILED)


def _take_note(_number: int, _frame: FrameType | None) -> None:
    """Keep the signal from ending the process: its number is in the pipe."""
