"""What the operating system tells about processes, and how one goes with its parent."""
import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_libc: Final = ctypes.CDLL(None)


def die_with(parent: int, number: int) -> None:
    """In a fresh child, after it changed its user (which clears it): ask for signal `number` when `parent` dies; end if it has. Linux only.

    The death that counts is that of the thread which made the child: make children from the main thread.
    """
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def lives(pid: int) -> bool:
    """Whether there is a process `pid`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def serves(pid: int, name: str) -> bool:
    """Whether `pid` is a living process of the program `name`, as far as this system can tell."""
    try:
        found, _, state = Path(f"/proc/{pid}/stat").read_text().partition(" (")[2].rpartition(") ")
    except OSError:
        return sys.platform != "linux" and lives(pid)
    return found == name and not state.startswith("Z")
