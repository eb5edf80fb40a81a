"""`essc serve`: the database, the HTTP processes and the worker of one installation, until it is told to stop."""
import asyncio
import gc
import os
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

import msgspec
import uvicorn
import uvloop

from essc import app
from essc.cli import places
from essc.cli.supervisor import Program, Supervisor, listeners, say_ready
from essc.kit import console, log, metrics
from essc.kit.db.embedded import Embedded
from essc.kit.http.server import BoundedProtocol
from essc.settings import Settings
from essc.worker import work

YIELDS: Final = 5
"""How much the worker stands back (nice) when the processor is full: people wait for HTTP processes, nobody waits for it."""

COLLECT: Final = (25_000, 20, 50)
"""When the garbage collector walks in an HTTP process: requests make few cycles, and a walk in the middle of a batch makes everybody in it wait."""


def serve(settings: Settings, *, more: Sequence[Program] = (), up: Callable[[], None] | None = None) -> None:
    """Bring an installation up and keep it so. `more` are further processes to keep alive; `up` is called once when it serves.

    Raises ServerTrouble, SchemaTrouble, StartFailed.
    """
    log.configure(settings.log_level, process="supervisor")
    with ExitStack() as stack:
        sockets = [stack.enter_context(one) for one in listeners(settings.host, settings.port, settings.workers)]
        settings = msgspec.structs.replace(settings, port=sockets[0].getsockname()[1])
        server = places.server(settings, _say) if settings.database_url is None else None
        if server is None:
            settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = places.addresses(server.start()) if server else places.named(settings)
        if server:
            stack.callback(server.stop)
        places.prepare(found, settings)
        app.keys(settings)
        settings = msgspec.structs.replace(settings, database_url=found.app, database_owner_url=None)
        Supervisor([*_programs(settings, sockets), *more], server).run(up or (lambda: _greet(settings, server)))


def _programs(settings: Settings, sockets: Sequence[socket.socket]) -> list[Program]:
    counted = settings.data / "metrics"
    shutil.rmtree(counted, ignore_errors=True)
    counted.mkdir()
    os.environ[metrics.DIRECTORY] = str(counted)
    environment = {**settings.environment(), metrics.DIRECTORY: str(counted)}
    itself = [sys.executable, "-m", "essc.cli.process"]
    served = [Program(f"http-{number}", [*itself, "http", "--fd", str(line.fileno()), "--name", f"http-{number}"], environment, line)
              for number, line in enumerate(sockets, 1)]
    return [*served, Program("worker", [*itself, "worker"], environment)]


def _say(line: str) -> None:
    console.err.print(line, style="dim", markup=False, highlight=False)


def _greet(settings: Settings, server: Embedded | None) -> None:
    where = "the embedded PostgreSQL" if server else "the PostgreSQL that ESSC_DATABASE_URL names"
    console.out.print(f"essc serves [bold]{settings.url}[/] on {where}, data in {settings.data}. Ctrl-C stops it.", highlight=False)


class _Server(uvicorn.Server):
    """Says that it is ready when it takes requests."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and not self.should_exit:
            gc.collect()
            gc.freeze()                 # what was made at start lives for ever: the collector need not walk it
            gc.set_threshold(*COLLECT)
            say_ready()


def http(settings: Settings, fd: int, name: str) -> None:
    """One HTTP process on an inherited listening socket. Ends the process with status 1 when it cannot start."""
    log.configure(settings.log_level, process=name)
    certificate = places.certificate(settings)
    config = uvicorn.Config(
        app.Process(settings), loop="uvloop", http=BoundedProtocol, ws="none", lifespan="on", access_log=False, log_config=None,
        server_header=False, backlog=2048, timeout_keep_alive=75, timeout_graceful_shutdown=10, h11_max_incomplete_event_size=16 * 1024,
        proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=settings.trusted_proxies or None,
        ssl_certfile=certificate.chain if certificate else None, ssl_keyfile=certificate.key if certificate else None,
    )
    server = _Server(config)
    server.run(sockets=[socket.socket(fileno=fd)])
    if not server.started:
        raise SystemExit(1)


def worker(settings: Settings) -> None:
    """The worker process; without ESSC_DATABASE_URL it joins the installation that runs on the data directory."""
    log.configure(settings.log_level, process="worker")
    os.nice(YIELDS)
    with places.database(settings, _say) as found:
        told = msgspec.structs.replace(settings, database_url=found.app)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work(told, say_ready))
