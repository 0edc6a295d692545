"""The program figma-warehouse. Ctrl-C ends it without a traceback, also before a command handles Ctrl-C."""

import signal


def main() -> None:
    """Run the command line."""
    # if the shell ignores SIGINT, as for a job in the background, it stays ignored
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from figma_warehouse.cli import main as run_command

    run_command()


if __name__ == "__main__":
    main()
