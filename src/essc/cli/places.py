"""From settings to what a process stands on: the database's addresses, the keys, the certificate."""
import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import essc
from essc import app
from essc.kit import tls
from essc.kit.db import embedded, migrate
from essc.kit.db.embedded import Embedded
from essc.kit.db.pool import Database
from essc.settings import Secret, Settings

SCHEMA: Final = Path(essc.__file__).parent / "schema"


@dataclass(frozen=True)
class Addresses:
    """How the application and the owner of the tables connect."""

    app: Secret
    owner: Secret


def server(settings: Settings, say: Callable[[str], None]) -> Embedded:
    """The embedded server of a data directory, with the settings of one that carries a platform."""
    return Embedded(settings.data, settings={**embedded.SERVE, "shared_buffers": settings.pg_shared_buffers}, bin=settings.pg_bin,
                    user=settings.pg_user or None, say=say)


@contextmanager
def database(settings: Settings, say: Callable[[str], None]) -> Iterator[Addresses]:
    """The database of the installation: the one that is named, the one that runs here, else the embedded one, for as long as the block.

    Raises ServerTrouble when the embedded server does not start.
    """
    if settings.database_url is not None:
        yield named(settings)
    elif (running := embedded.running(settings.data)) is not None:
        yield addresses(running)
    else:
        with server(settings, say) as started:
            yield addresses(started.access)


def named(settings: Settings) -> Addresses:
    """The addresses of the database that the settings name. Raises ValueError when they name none."""
    if settings.database_url is None:
        raise ValueError("ESSC_DATABASE_URL is not set")
    return Addresses(settings.database_url, settings.database_owner_url or settings.database_url)


def addresses(access: embedded.Access) -> Addresses:
    """The addresses of an embedded server."""
    return Addresses(Secret(access.app), Secret(access.owner))


@asynccontextmanager
async def opened(settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Database]:
    """A Database on an up-to-date schema, for a command. Raises ServerTrouble, SchemaTrouble."""
    with database(settings, say) as found:
        if settings.database_url is None:
            await migrate.migrate(found.owner.reveal(), SCHEMA)
        await migrate.require(found.app.reveal(), SCHEMA)
        ring = app.keys(settings)
        db = await Database.open(found.app.reveal(), ring, largest=settings.database_connections)
        try:
            async with app.furnished(settings, ring):
                yield db
        finally:
            await db.close()


def prepare(found: Addresses, settings: Settings) -> list[migrate.Migration]:
    """Bring an embedded database up to date, or refuse a schema of somebody else's that this code does not know. Gives what was applied.

    Raises SchemaTrouble.
    """
    applied = asyncio.run(migrate.migrate(found.owner.reveal(), SCHEMA)) if settings.database_url is None else []
    asyncio.run(migrate.require(found.app.reveal(), SCHEMA))
    return applied


def certificate(settings: Settings) -> tls.Certificate | None:
    """The certificate to serve with, made when `https` is asked for and none is given."""
    if not settings.https:
        return None
    if settings.certificate is not None and settings.certificate_key is not None:
        return tls.Certificate(settings.certificate, settings.certificate_key)
    own = [] if settings.host in ("0.0.0.0", "::") else [settings.host]
    return tls.self_signed(settings.data / "tls", list(dict.fromkeys(["localhost", "127.0.0.1", *own])))
