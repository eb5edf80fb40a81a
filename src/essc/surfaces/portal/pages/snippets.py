"""Requests to copy, in a shell and in Python: with the two clients of the quickstart, which sign, and nothing else of ours."""
import json
import shlex
from collections.abc import Mapping
from pprint import pformat
from typing import Any, Final, NamedTuple

from essc.surfaces.portal.pages.contract import Told
from essc.surfaces.portal.pages.steps import CLIENTS

SHELL, PYTHON = CLIENTS
WIDTH: Final = 72


class Who(NamedTuple):
    """How a kind of caller shows who it is: the shell's variables, and the arguments of the Python client."""

    shell: str
    python: str


CALLERS: Final[Mapping[str, Who]] = {
    "public": Who("", ""), "channel": Who("ESSC_KEY_ID={key} ESSC_KEY_FILE=channel.pem", ', "{key}", "channel.pem"'),
    "terminal": Who("ESSC_KEY_ID=$SESSION ESSC_SECRET=$SECRET", ", session_id, secret"), "holder": Who("ESSC_TOKEN=$TOKEN", ", token=token"),
    "terminal-key": Who("ESSC_KEY_ID=term_… ESSC_KEY_FILE=terminal.pem", ', "term_…", "terminal.pem"'),
    "region": Who("ESSC_KEY_ID=… ESSC_KEY_FILE=region.pem", ', "…", "region.pem"'),
}


def body(example: Any) -> str:
    """A body as it is sent."""
    return json.dumps(example, ensure_ascii=False, indent=2)


def curl(told: Told, url: str, *, key: str = "", path: str = "", sent: str = "") -> str:
    """The request in a shell. `key`, `path` and `sent` are those of a call that was made; else the contract's own."""
    given = sent or ("" if told.example is None else body(told.example))
    who = CALLERS[told.by].shell.format(key=key or "ckey_…")
    return "\n".join([f"curl -sSO {url}/dev/quickstart/{SHELL} && . ./{SHELL}", f"export ESSC_URL={url}" + (f" {who}" if who else ""), "",
                      f"essc {told.line.method} {shlex.quote(path or told.line.path)}" + (f" {shlex.quote(given)}" if given else "")])


def python(told: Told, url: str, *, key: str = "", path: str = "") -> str:
    """The request in Python."""
    who = CALLERS[told.by].python.format(key=key or "ckey_…")
    given = "" if told.example is None else ", " + pformat(told.example, width=WIDTH, sort_dicts=False)
    verb = "get(" if told.line.method == "GET" else "post(" if given else f'ask("{told.line.method}", '
    return "\n".join([f"# curl -sSO {url}/dev/quickstart/{PYTHON}", f"from {PYTHON.removesuffix('.py')} import Client", "", f'client = Client("{url}"{who})',
                      f'answer = client.{verb}"{path or told.line.path}"{given})', "print(answer)"])
