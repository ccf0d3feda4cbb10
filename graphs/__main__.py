"""Where the command begins. Until it can be interrupted in an orderly way, Ctrl-C ends it without a traceback."""

import signal


def main():
    """Import and run the command; for its exit status see graphs.cli.main."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from graphs import cli

    signal.signal(signal.SIGINT, handler)
    cli.main()


if __name__ == "__main__":
    main()
