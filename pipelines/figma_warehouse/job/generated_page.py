"""Pages of `docs/` that are generated: written, or checked against what stands there."""

import sys
from pathlib import Path


def write_or_check(text: str) -> None:
    """Write the text to the path of the command line. With --check, exit with an error if the page differs."""
    options = {argument for argument in sys.argv[1:] if argument.startswith("--")}
    (path,) = (Path(argument) for argument in sys.argv[1:] if argument not in options)
    if "--check" not in options:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        sys.exit(f"{path} is out of date. Run make docs.")
