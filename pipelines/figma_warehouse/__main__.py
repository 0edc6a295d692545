"""The program figma-warehouse. Until a command handles Ctrl-C, it ends the process without a traceback."""

import signal


def main() -> None:
    """Run the command line."""
    # imports take a part of a second; a SIGINT that the shell ignores stays ignored
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from figma_warehouse.cli import main as run_command

    run_command()


if __name__ == "__main__":
    main()
