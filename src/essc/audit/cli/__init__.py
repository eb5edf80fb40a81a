"""`essc audit`: verify the log, show its keys, print a proof."""
from essc.audit.cli.commands import app

__all__ = ["app"]
