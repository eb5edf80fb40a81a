"""`essc` and `python -m essc`."""
from essc.cli.main import main

if __name__ == "__main__":
    main()
