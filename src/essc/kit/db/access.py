"""Who may connect to the embedded server: the roles of a fresh cluster, their passwords, and how to say so in a URL."""
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec

DATABASE: Final = "essc"
SUPERUSER: Final = "postgres"
OWNER: Final = "essc_owner"
APP: Final = "essc_serve"
PORT: Final = 5432
"""Only a part of the socket's name: nothing listens on a network."""


class Secrets(msgspec.Struct):
    """What the owner-only file in the data directory holds: passwords, and where the cluster stands (relative to it, or absolute)."""

    superuser: str
    owner: str
    app: str
    cluster: str


@dataclass(frozen=True)
class Access:
    """How to connect, per role. `repr` shows no password."""

    host: str
    _passwords: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Access({self.host!r}, ***)"

    def url(self, role: str, database: str = DATABASE) -> str:
        """A connection URL for `role`."""
        return f"postgresql://{role}:{quote(self._passwords[role])}@/{database}?host={quote(self.host, safe='')}&port={PORT}"

    @property
    def app(self) -> str:
        """The URL the application connects with: a login that is only a member of `essc_app`."""
        return self.url(APP)

    @property
    def owner(self) -> str:
        """The URL of the owner of all tables: migrations use it, nothing else."""
        return self.url(OWNER)

    @property
    def superuser(self) -> str:
        """The URL of the superuser: only tests and an operator's own hands use it."""
        return self.url(SUPERUSER, "postgres")


def fresh(cluster: str) -> Secrets:
    """New random passwords for the cluster in that place."""
    return Secrets(superuser=_password(), owner=_password(), app=_password(), cluster=cluster)


def _password() -> str:
    return os.urandom(24).hex()


def bootstrap(secrets: Secrets) -> str:
    """The statements, one a line, that a fresh cluster starts with: roles and the database. Passwords are hexadecimal digits."""
    return "\n".join((
        f"CREATE ROLE {OWNER} LOGIN PASSWORD '{secrets.owner}'",
        "CREATE ROLE essc_app NOLOGIN",
        f"CREATE ROLE {APP} LOGIN PASSWORD '{secrets.app}' IN ROLE essc_app",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO essc_app",
    )) + "\n"
