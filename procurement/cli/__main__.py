"""Run the command as ``python -m procurement.cli``."""

from procurement.cli import main

if __name__ == "__main__":
    main()
