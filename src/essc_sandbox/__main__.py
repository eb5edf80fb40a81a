"""`python -m essc_sandbox --port N --data DIR`: the invented partners of a demonstration, on this machine only."""
import argparse
from pathlib import Path

import uvicorn

from essc_sandbox.app import build


def main() -> None:
    """Serve the partners until stopped."""
    parser = argparse.ArgumentParser(prog="python -m essc_sandbox", description="Invented partners: a province, a face service, a message gateway.")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--data", type=Path, default=Path("data/sandbox"), help="directory for the partners' keys and cards")
    parser.add_argument("--people", type=int, default=0, help="how many invented people the province has beside the twelve named ones")
    parser.add_argument("--trust", type=Path, help="PEM file of a self-signed certificate of the platform's to believe")
    args = parser.parse_args()
    uvicorn.run(build(args.data, people=args.people, trust=args.trust), host="127.0.0.1", port=args.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
