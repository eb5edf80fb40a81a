"""`essc demo`: an installation with invented partners and people, everything on one port. The first start prepares it, later ones only serve."""
import asyncio
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import httpx
import msgspec
import typer
from rich.table import Table

from essc import app
from essc.cli import places, staging
from essc.cli import serve as serving
from essc.cli.staging import Stage
from essc.cli.supervisor import Program
from essc.kit import console
from essc.kit.crypto.suites import SuiteName
from essc.settings import Settings

PEOPLE: Final = 20_000
DATA: Final = Path("data/demo")
STAGED: Final = "demo.json"
"""What stands on the stage; its presence says that the preparation was finished."""


def demo(data: console.Data = None, port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
         host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets a phone in.")] = "127.0.0.1",
         https: Annotated[bool, typer.Option(help="Serve HTTPS (a phone's camera needs it), with a self-signed certificate.")] = False,
         suite: Annotated[SuiteName | None, typer.Option(help="Cryptography, decided at the first start; national: SM2, SM3, SM4.", show_default=False)] = None,
         people: Annotated[int, typer.Option(help="Invented people of the province.", min=0, max=2_000_000)] = PEOPLE) -> None:
    """A demonstration: invented partners, people, venues and terminals; prints what to open."""
    place = data or DATA
    place.mkdir(parents=True, exist_ok=True)
    partners = _free_port()
    base = Settings.read(data=place, port=port, host=host, https=https, suite=_suite(place, suite), demonstration=True, log_level="warning",
                         sandbox_url=f"http://127.0.0.1:{partners}")
    sandbox = _sandbox(base, partners, people)
    stage = _prepared(base, sandbox)
    settings = msgspec.structs.replace(base, partner_keys=stage.partner_keys, **staging.partners_at(base.sandbox_url))
    serving.serve(settings, more=[sandbox], up=lambda: asyncio.run(_open_doors(settings, stage)))


def _suite(place: Path, asked: SuiteName | None) -> str | None:
    """The suite that the demonstration was prepared with; before that the one asked for, or (None) the settings'. Raises BadParameter for another."""
    file = place / STAGED
    if not file.exists():
        return asked.value if asked else None
    prepared = msgspec.json.decode(file.read_bytes(), type=Stage).suite
    if asked and asked != prepared:
        raise typer.BadParameter(f"this demonstration was prepared with the {prepared} suite; another one needs another --data")
    return prepared


def _sandbox(settings: Settings, port: int, people: int) -> Program:
    """The partners' process; it believes our self-signed certificate, or its feed could not reach us."""
    own = places.certificate(settings)
    command = [sys.executable, "-m", "essc_sandbox", "--port", str(port), "--data", str(settings.data / "sandbox"), "--people", str(people)]
    return Program("sandbox", command + (["--trust", str(own.chain)] if own else []), critical=False)


def _prepared(settings: Settings, sandbox: Program) -> Stage:
    """What stands on the stage, built on the first start. Whatever stopped an earlier preparation, this one goes on from there."""
    file = settings.data / STAGED
    if file.exists():
        return msgspec.json.decode(file.read_bytes(), type=Stage)
    console.err.print("First start: preparing partners, people, venues and terminals. Later starts take seconds.", style="bold")
    with places.database(settings, _say) as found, subprocess.Popen(sandbox.command, stdin=subprocess.DEVNULL) as process:
        try:
            places.prepare(found, settings)
            stage = asyncio.run(staging.build(msgspec.structs.replace(settings, database_url=found.app)))
        finally:
            process.terminate()
    unfinished = file.with_suffix(".new")
    unfinished.write_bytes(msgspec.json.encode(stage))
    unfinished.replace(file)
    return stage


async def _open_doors(settings: Settings, stage: Stage) -> None:
    """Point the province's feed at this port, let the twelve apply if they have not, and say what to open."""
    with places.database(settings, _say) as found:
        told = msgspec.structs.replace(settings, database_url=found.app)
    async with httpx.AsyncClient(base_url=settings.sandbox_url, trust_env=False) as sandbox:
        await sandbox.post("/province/_control/feed", json={"url": f"{_inside(settings)}/v1/card-events"})
        await staging.tell_cast(sandbox, settings.data)
        async with app.database(told) as db:
            await staging.staff(db, sandbox)
    issued = settings.data / "issued"
    async with app.database(told) as db:
        if not issued.exists():
            await staging.issue(db, told, stage)
            issued.touch()
        codes = await staging.activations(db, stage.venues)
    _greet(settings, codes)


def _inside(settings: Settings) -> str:
    """The address under which a process of this machine reaches the installation."""
    return f"{'https' if settings.https else 'http'}://127.0.0.1:{settings.port}"


def _greet(settings: Settings, codes: list[tuple[str, str, str]]) -> None:
    outside = f"{'https' if settings.https else 'http'}://{_lan_address(settings.host)}:{settings.port}"
    table = Table(box=None, show_header=False, padding=(0, 2))
    for what, where in (("wallet 钱包", "/m/"), ("counter 柜台", "/counter"), ("console 控制台", "/console"), ("staff codes 验证器", "/sandbox/authenticator/"),
                        ("SMS inbox 短信", "/sandbox/sms/"),
                        ("the province 发卡地", "/sandbox/province/"), ("developers 开发者", "/dev"), ("API reference 接口", "/docs"), ("metrics", "/metrics")):
        table.add_row(what, f"[bold]{outside}{where}[/]")
    console.out.print("\n[bold]essc demonstration[/]: everybody and everything in it is invented. 演示环境，数据均为模拟生成\n")
    console.out.print(table)
    console.out.print(f"\nApply as [bold]{staging.APPLICANT}[/] (numbers at /sandbox/province/), or sign in as any of the twelve, password {staging.PASSWORD}.")
    console.out.print(f"\nConsole staff, password [bold]{staging.STAFF_PASSWORD}[/], one-time codes at {outside}/sandbox/authenticator/", highlight=False)
    for one in staging.STAFF:
        console.out.print(f"  [bold]{one.login}[/] {one.name} {one.note}", highlight=False)
    console.out.print("")
    for venue, terminal, code in codes:
        console.out.print(f"  activation code [bold]{code[:4]}-{code[4:]}[/]  {venue} {terminal}", highlight=False)
    console.out.print(f"\nOn a phone, open {outside}/m/" + ("" if settings.https else " (its camera needs --https)"), highlight=False)
    console.out.print(console.qr_blocks(f"{outside}/m/"), highlight=False)
    console.out.print("Ctrl-C stops it; the next start continues from here.")


def _lan_address(host: str) -> str:
    """The address that a phone in the same network would use, or localhost when only this machine is let in. Nothing is sent."""
    if host not in ("0.0.0.0", "::"):
        return "localhost" if host == "127.0.0.1" else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "localhost"


def _say(line: str) -> None:
    console.err.print(line, style="dim", markup=False, highlight=False)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
