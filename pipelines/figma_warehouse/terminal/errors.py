"""How a command ends that fails: in words on standard error or in the log, at the hook, and by its exit code."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from figma_warehouse.failures import FAILED, INTERRUPTED, UNREAD
from figma_warehouse.logs import log_event, printable
from figma_warehouse.terminal.output import Output, on_standard_error

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def report_failures(console: "Console", verb: str | None = None, data_path: Path | None = None) -> Iterator[None]:
    """Turn a foreseeable failure of the block into its words and its exit code. Others are raised as they are.

    If `verb` is given, the hook hears of every failure. Without it, printing is all that the command does: it has
    failed as well if its output cannot be written.
    """
    try:
        yield
        if verb is None:
            _check_printed(console)
    except typer.Exit:
        raise
    except BaseException as error:
        from figma_warehouse.error_messages import explain, is_interrupt

        if is_interrupt(error):
            say("Stopped. What was stored stays; the same command goes on from there.")
            raise typer.Exit(INTERRUPTED) from None
        if not isinstance(error, Exception):
            raise
        explained = explain(error)
        words, exit_code = explained or (f"An unforeseen failure: {type(error).__name__}.", FAILED)
        if verb:
            from figma_warehouse.terminal.slack_hook import notify

            notify(verb, exit_code, words, data_path)
        if explained is None:
            raise
        _print_failure(console, words, exit_code)
        raise typer.Exit(exit_code) from None


def say(words: str) -> None:
    """Print a line to standard error, beside what the command prints."""
    with on_standard_error():
        typer.echo(words, err=True)


def _print_failure(console: "Console", words: str, exit_code: int) -> None:
    from rich.console import Console

    # what is torn down after a failure has nothing to add to these words
    sys.unraisablehook = lambda _: None
    if console.quiet:
        log_event("failed", logging.ERROR, message=words, exit_code=exit_code)
        return
    with on_standard_error():
        errors = Console(stderr=True, highlight=False, soft_wrap=True, no_color=console.no_color)
        errors.print(printable(words), markup=False)


def _check_printed(console: "Console") -> None:
    failure = console.file.failure if isinstance(console.file, Output) else None
    if failure:
        raise typer.Exit(UNREAD if isinstance(failure, BrokenPipeError) else FAILED)
