"""Run the command by `python -m altdetails`."""

from altdetails.cli import main

if __name__ == "__main__":
    main()
