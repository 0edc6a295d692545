"""SIGTERM, SIGHUP and Ctrl-C: the first lets a run store and publish what it has, the second ends it at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from figma_warehouse.failures import FAILED

if TYPE_CHECKING:
    from figma_warehouse.source.api.stop import Stop

SHOW_CURSOR = "\x1b[?25h"
STDOUT, STDERR = 1, 2
STOPPED = "Stopped at once. Nothing was published. What is stored is kept; the next run continues.\n"
SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


@contextmanager
def stop_on_signals(stop: "Stop", on_stop: Callable[[str], None]) -> Iterator[None]:
    """Stop the job at the first signal and pass its name to `on_stop`. Exit with code 1 at the second.

    Signals reach a thread of their own through a pipe, so that they do not wait for the job. SIGHUP never counts as a
    second signal. If SIGHUP is ignored, as under nohup, it stays ignored.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    fd_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handlers_before = {number: signal.signal(number, _ignore) for number in _handled()}
    threading.Thread(target=_watch, args=(reader, stop, on_stop), name="signals", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(fd_before)
        for number, handler in handlers_before.items():
            signal.signal(number, handler)
        os.close(writer)


def _handled() -> list[signal.Signals]:
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in SIGNALS if not (is_ignored and number == signal.SIGHUP)]


def _watch(reader: int, stop: "Stop", on_stop: Callable[[str], None]) -> None:
    is_stopping = False
    while sent := os.read(reader, 1):
        name = SIGNALS.get(signal.Signals(sent[0]))
        if name is None:
            continue
        if is_stopping:
            # when a terminal closes, the shell and the system both send it
            if name == "SIGHUP":
                continue
            _exit_now()
        is_stopping = True
        stop.trigger(name)
        on_stop(name)
    os.close(reader)


@contextmanager
def interrupted_once() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block at the first Ctrl-C, and exit with code 1 at the second.

    Otherwise the second would interrupt the handling of the first. Once interrupted, this stays so after the block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, lambda *_: _exit_now())
    raise KeyboardInterrupt


def _exit_now() -> None:
    """Show the cursor again, end the line of a progress bar, print a sentence and exit.

    It writes to the descriptors, because a progress bar may hold the locks of the streams. On a terminal it writes
    once, because a progress bar may be drawn between two writes.
    """
    line_end = f"{SHOW_CURSOR}\r\n" if os.isatty(STDOUT) else ""
    with suppress(OSError):
        if not os.isatty(STDERR):
            os.write(STDOUT, line_end.encode())
            line_end = ""
    with suppress(OSError):
        os.write(STDERR, f"{line_end}{STOPPED}".encode())
    os._exit(FAILED)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Keep the signal from ending the process. Its number is in the pipe."""
