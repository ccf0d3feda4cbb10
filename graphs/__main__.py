"""The command's entry point: Ctrl-C during its imports ends it without a traceback."""

from graphs.system.interrupt import ctrl_c_ends_at_once


def main():
    """Import and run the command; for its exit status see graphs.commands.main."""
    with ctrl_c_ends_at_once():
        from graphs import commands
    commands.main()


if __name__ == "__main__":
    main()
