"""Standard output and standard error that may fail: a full disk, or a pipe without a reader. The job continues."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# signs of our own words, for encodings that lack them; in names, what cannot be written is escaped
SIGNS = {"·": "-", "…": "...", "–": "-", "—": "-", "×": "x", "→": "->", "━": "-", "╸": "-", "╺": "-"}


def escape_unwritable() -> None:
    """Let both streams escape what their encodings lack, so that no name can end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class Output(io.TextIOBase):
    """Writes to standard output until a write fails. `failure` is then the error, and later text is dropped.

    The failure is printed once on standard error, unless the reader of a pipe has closed it, as `head` does.
    """

    def __init__(self) -> None:
        # while a progress bar is shown, rich replaces sys.stdout
        self._stream = sys.stdout
        self.failure: OSError | None = None
        self._replaced = str.maketrans({sign: plain for sign, plain in SIGNS.items() if not self._can_write(sign)})

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of standard output."""
        return str(getattr(self._stream, "encoding", "utf-8"))

    def isatty(self) -> bool:
        """Tell whether standard output is a terminal."""
        return bool(self._stream) and self._stream.isatty()

    def writable(self) -> bool:
        """Return true."""
        return True

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        if self._stream and self.failure is None:
            try:
                self._stream.write(text.translate(self._replaced))
            except OSError as error:
                self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Write buffered text, or drop it."""
        if self._stream and self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._fail(error)

    def _can_write(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def _fail(self, error: OSError) -> None:
        self.failure = error
        with suppress(OSError):
            _discard(self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                sys.stderr.write(
                    f"Standard output cannot be written ({error.strerror}). The rest of the output is lost.\n"
                )
                sys.stderr.flush()


@contextmanager
def on_standard_error() -> Iterator[None]:
    """Ignore failed writes to standard error in the block, so that they do not change the exit code."""
    try:
        yield
        if sys.stderr:
            sys.stderr.flush()
    except OSError:
        with suppress(OSError):
            _discard(sys.stderr.fileno())


def _discard(descriptor: int) -> None:
    """Point a stream at the null device, since the interpreter flushes it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
