"""`python -m altdetails`: the command without its script."""

from altdetails.cli import main

if __name__ == "__main__":
    main()
