"""How a failed command ends: a message on standard error or in the log, one to the webhook, and the exit code."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from figma_warehouse.failures import BROKEN_PIPE, FAILED, INTERRUPTED
from figma_warehouse.logs import end_logs, log_event, printable
from figma_warehouse.terminal.output import Output, on_standard_error

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def report_failures(console: "Console", verb: str | None = None, data_path: Path | None = None) -> Iterator[None]:
    """Turn a foreseeable error of the block into a message and an exit code. Any other error is raised unchanged.

    If `verb` is given, the webhook is notified of every error. Without it, printing is all that the command does, so
    that the command also fails if its output cannot be written.
    """
    _handle_interrupts()
    try:
        yield
        if verb is None:
            _check_printed(console)
    except typer.Exit:
        raise
    except BaseException as error:
        from figma_warehouse.error_messages import explain, is_interrupt

        if is_interrupt(error):
            end_logs()
            say("Stopped. What is stored is kept; run the same command to continue.")
            raise typer.Exit(INTERRUPTED) from None
        if not isinstance(error, Exception):
            raise
        explained = explain(error)
        message, exit_code = explained or (f"Unexpected error: {type(error).__name__}.", FAILED)
        if verb:
            from figma_warehouse.terminal.slack_hook import notify

            notify(verb, exit_code, message, data_path)
        if explained is None:
            raise
        _print_failure(console, message, exit_code)
        raise typer.Exit(exit_code) from None


def _handle_interrupts() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, if it would end the process."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def say(message: str) -> None:
    """Print a line to standard error."""
    with on_standard_error():
        typer.echo(message, err=True)


def _print_failure(console: "Console", message: str, exit_code: int) -> None:
    from rich.console import Console

    # errors in destructors, after this one, would print tracebacks below the message
    sys.unraisablehook = lambda _: None
    if console.quiet:
        log_event("failed", logging.ERROR, message=message, exit_code=exit_code)
        return
    with on_standard_error():
        errors = Console(stderr=True, highlight=False, soft_wrap=True, no_color=console.no_color)
        errors.print(printable(message), markup=False)


def _check_printed(console: "Console") -> None:
    failure = console.file.failure if isinstance(console.file, Output) else None
    if failure:
        raise typer.Exit(BROKEN_PIPE if isinstance(failure, BrokenPipeError) else FAILED)
