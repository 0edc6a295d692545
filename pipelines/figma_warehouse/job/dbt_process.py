"""dbt in a process that ends with its parent, however that ends: an orphan would keep the build file locked."""

import os
import threading

from dbt.cli.main import cli

STANDARD_INPUT = 0


def main() -> None:
    """Run dbt's command line. End it when standard input ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cli()


def _end_with_parent() -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
