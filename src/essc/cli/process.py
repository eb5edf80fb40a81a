"""One process of an installation, as `essc serve` starts it: it loads what it needs and none of the commands."""
import argparse

from essc.cli import serve
from essc.settings import Settings


def main() -> None:
    """Be an HTTP process on an inherited socket, or the worker; settings come from the environment."""
    asked = argparse.ArgumentParser(prog="python -m essc.cli.process", description="Started by `essc serve`.")
    asked.add_argument("kind", choices=["http", "worker"])
    asked.add_argument("--fd", type=int, default=-1, help="the inherited listening socket")
    asked.add_argument("--name", default="http")
    told = asked.parse_args()
    if told.kind == "http":
        serve.http(Settings.read(), told.fd, told.name)
    else:
        serve.worker(Settings.read())


if __name__ == "__main__":
    main()
