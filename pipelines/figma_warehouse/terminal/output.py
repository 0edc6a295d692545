"""Standard output and error as they may be: full, or read by nobody any more. What was done stays done."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Output(io.TextIOBase):
    """Writes to standard output until that fails; `failure` says how, and all after it is left out.

    On standard error it is told once, unless it is a pipe whose reader has left, as `head` does.
    """

    def __init__(self) -> None:
        # where a bar is shown, sys.stdout is in between for a while
        self._stream = sys.stdout
        self.failure: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of standard output."""
        return str(getattr(self._stream, "encoding", "utf-8"))

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return bool(self._stream) and self._stream.isatty()

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, text: str) -> int:
        """Write text, or leave it out."""
        if self._stream and self.failure is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Write what is waiting, or leave it out."""
        if self._stream and self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.failure = error
        with suppress(OSError):
            _turn_away(self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                sys.stderr.write(f"Standard output cannot be written ({error.strerror}); what follows is left out.\n")
                sys.stderr.flush()


@contextmanager
def on_standard_error() -> Iterator[None]:
    """Let what the block writes to standard error be left out where that cannot be: the exit code stays what it is."""
    try:
        yield
        if sys.stderr:
            sys.stderr.flush()
    except OSError:
        with suppress(OSError):
            _turn_away(sys.stderr.fileno())


def _turn_away(stream: int) -> None:
    """Let nothing more fail on this stream: the interpreter tries once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
