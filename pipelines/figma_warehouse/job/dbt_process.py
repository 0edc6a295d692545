"""dbt in a process that ends with its parent, however that ends: an orphan would keep the build file locked."""

import gc
import os
import threading

from dbt.cli.main import cli

STANDARD_INPUT = 0


def main() -> None:
    """Run dbt's command line. End it when standard input ends."""
    # dbt leaves few cycles in the one build of this process, and the search for them takes a tenth of its time
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cli()


def _end_with_parent() -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
