"""A newcomer's five minutes: registers in the portal, copies the quickstart's commands from the page, runs them, and finds the calls in the log.

The commands are those that stand on the page, run by bash and by Python in an empty directory; what they print is what the page says.
"""
from pathlib import Path

import pytest

from essc.surfaces.portal import cast
from tests.callers import PASSWORD
from tests.portal import Developer, fits, typed
from tests.running import House, until
from tests.town import Town


@pytest.fixture(scope="module")
def staged(house: House, town: Town) -> House:
    """A demonstration as `essc demo` stages it: the portal is told who has a card and an electronic one."""
    who = town.resident().person
    told = cast.Cast(PASSWORD, (cast.Somebody("正常", "normal", who.name, who.number, who.mobile),))
    (house.data / cast.FILE).write_bytes(cast.written(told))
    return house


def arrived(house: House, place: Path, **changes: str) -> Developer:
    """A developer who has registered and saved the private key."""
    developer = Developer(house.url)
    house.lines.append(developer.http)
    developer.register(**changes)
    (place / "channel.pem").write_text(developer.code("private-key"))
    house.keep_private(developer.code("private-key").splitlines()[1], developer.code("management-token"))
    return developer


def run(language: str, developer: Developer, place: Path) -> dict[str, str]:
    """Run what the page says; gives what it said would be printed, and under "" what was printed."""
    blocks = developer.blocks(language)
    if language == "curl":
        seen = typed("bash", "".join(f"{commands}\n" for commands, _ in blocks.values()), place)
    else:
        typed("bash", blocks["ready"][0], place)
        seen = typed("python", "".join(f"{commands}\n\n" for name, (commands, _) in blocks.items() if name != "ready"), place)
    return {"": seen, **{name: prints for name, (_, prints) in blocks.items() if prints}}


@pytest.mark.parametrize(("language", "algorithm"), [("curl", "Ed25519"), ("curl", "ES256"), ("python", "Ed25519"), ("python", "ES256")])
def test_the_commands_of_the_quickstart_do_what_the_page_says(staged: House, tmp_path: Path, language: str, algorithm: str) -> None:
    developer = arrived(staged, tmp_path, algorithm=algorithm)
    seen = run(language, developer, tmp_path)
    printed = seen.pop("")
    assert list(seen) == ["first", "link", "terminal", "code"]
    assert [name for name, told in seen.items() if not fits(printed, told)] == [], printed


def test_the_overview_the_log_and_the_twelve_tell_of_it_and_it_can_begin_anew(staged: House, tmp_path: Path) -> None:
    developer = arrived(staged, tmp_path)
    app = developer.app
    run("curl", developer, tmp_path)
    until(lambda: "POST /v1/ecards/links" in developer.get(f"/dev/app/{app}/logs").text, "the calls are in the log", 20)
    assert "No call yet" not in developer.get(f"/dev/app/{app}").text
    assert "last used Today" in developer.get(f"/dev/app/{app}/keys").text
    assert "Linked to your app" in developer.get("/dev/holders").text
    developer.post(f"/dev/app/{app}/reset", confirm="快速接入（演示）")
    assert developer.at == "/dev/holders" and "Linked to your app" not in developer.text
    staged.prove()


def test_a_revoked_key_signs_no_more(staged: House, tmp_path: Path) -> None:
    developer = arrived(staged, tmp_path)
    blocks = developer.blocks("curl")
    key = blocks["ready"][0].split("ESSC_KEY_ID=")[1].split()[0]
    developer.get(f"/dev/app/{developer.app}/keys/{key}").post(f"/dev/app/{developer.app}/keys/{key}/revoke", confirm="快速接入（演示）", when="now")
    printed = typed("bash", f"{blocks['ready'][0]}\n{blocks['first'][0]}\n", tmp_path)
    assert "-> 401" in printed and "channel_key_revoked" in printed
