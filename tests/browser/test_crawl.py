"""The running site under its real policy: every page that a face declares is opened by somebody who may see it, and no browser complains."""
import re
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.operators import actions as operators
from essc.operators.actions import Invited
from essc.operators.api import COOKIE as STAFF_COOKIE
from essc.operators.api import COOKIE_PATH
from essc.operators.model import Role
from essc.sessions.api import COOKIE
from tests.browser.crawling import DECLARED, Crawl
from tests.browser.looking import Seen
from tests.browser.stage import chromium
from tests.callers import activation
from tests.callers_console import colleague
from tests.operators.staffing import PASSWORD as STAFF_PASSWORD
from tests.operators.staffing import code_of, joined, staff
from tests.running import House, within
from tests.surfaces.test_gallery import NO_SCREEN
from tests.town import Town

pytestmark = pytest.mark.browser
NO_PAGE = set(NO_SCREEN) - {"/m/me/{purpose}"}
"""What is no page but data, a file, or leads to another page."""
ON_THE_WAY = {
    "/m/apply/consent", "/m/apply/details", "/m/apply/mobile", "/m/apply/sms", "/m/apply/face", "/m/apply/password", "/m/apply/done",
    "/signin/sms", "/m/apply/counter", "/m/apply/existing", "/console/person/{lookup_id}", "/dev/app/{app}/shown", "/dev/app/{app}/logs/{request}",
    "/m/me/mobile/old", "/m/me/mobile/new", "/m/me/mobile/code",
}
"""Steps that a form leads to: test_card_story.py applies with the same eyes, test_portal_try.py makes a call; the others are visited without scripts in tests/surfaces."""
STAFF = ((Role.MAKER,), (Role.CHECKER,), (Role.SYSTEM,), (Role.SECURITY,), (Role.AUDITOR,), (Role.READER,))


def holder(house: House, town: Town) -> list[dict[str, Any]]:
    """The cookies of somebody with a card, a use in the records and a message; the terminal that read it reports somebody else's forgery."""
    who = town.resident()
    reader = town.terminal()
    assert reader.verdict(who.phone.code()) == "PASS"
    reader.line.post("/v1/forgery-reports", {"scene": "pharmacy.buy"}, key=reader.key)
    within(1, lambda: who.phone.get("/uses")["items"], "the use is told")
    return [{"name": COOKIE, "value": who.phone.token, "url": house.url}]


async def _staff(db: Database) -> list[str]:
    tokens = []
    for number, roles in enumerate(STAFF):
        async with db.tx(SYSTEM) as tx:
            member = await joined(tx, roles=roles, login=f"crawler{number}")
            tokens.append((await operators.open_session(tx, member, "Linux · Chrome", "one_time_code"))[1])
    async with db.tx(SYSTEM) as tx:
        inviting = await staff(tx, roles=(Role.SYSTEM,), login="crawlers-host")
        invited = await operators.invite(tx, inviting, "crawlers-guest", "覃丽", "示例单位", roles=(Role.READER,), areas=("450100",), reason="遍历测试")
    assert isinstance(invited, Invited)
    return [invited.token, *tokens]


async def _wallet(db: Database) -> None:
    wanted = Application("电子社保卡（遍历）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",))
    async with db.tx(SYSTEM) as tx:
        await channels.register(tx, wanted, sandbox=True, demonstration=True)


def fixed(*faces: str) -> list[str]:
    """The addresses without a parameter below these."""
    return [path for path in DECLARED if "{" not in path and path.startswith(faces) and path not in NO_PAGE]


def develops(browser: Browser, crawl: Crawl) -> None:
    """Somebody registers an app in the sandbox, makes a second key, and looks at everything that came with it."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN", base_url=crawl.url) as context:
        page = context.new_page()
        page.goto("/dev/apply")
        for label, text in (("organisation", "示例软件公司"), ("name", "遍历应用（演示）"), ("contact_name", "覃丽"), ("contact_mobile", "19900000001")):
            page.locator(f"#f-{label}").fill(text)
        page.get_by_test_id("register").click()
        page.wait_for_url(re.compile("/dev/app/.*/welcome"))
        app = page.url.removeprefix(crawl.url).removesuffix("/welcome")
        page.close()
        crawl.visit(browser, "developer", [f"{app}/welcome", app, f"{app}/keys", f"{app}/keys/add", f"{app}/logs", *fixed("/dev")], context)


def signs_in(browser: Browser, crawl: Crawl, login: str, secret: str) -> None:
    """A member signs in with password and one-time code, and locks the screen."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN", base_url=crawl.url) as context:
        page = context.new_page()
        seen = Seen(page, crawl.url)
        page.goto("/console/login")
        page.locator("input[name=login]").fill(login)
        page.locator("input[name=password]").fill(STAFF_PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("**/console/login/code**")
        crawl.note(page, seen, "maker")
        page.locator("input[name=code]").fill(code_of(secret))
        page.locator("input[name=code]").press("Enter")
        page.wait_for_url(re.compile("/console(?!/login)"))
        page.evaluate("() => document.querySelector('form[action=\"/console/lock\"]').submit()")
        page.wait_for_url("**/console/lock**")
        crawl.note(page, seen, "maker")


def terminal(browser: Browser, house: House, code: str) -> BrowserContext:
    """A browser that was made a terminal."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN", base_url=house.url)
    page = context.new_page()
    page.goto("/counter/activate")
    page.get_by_label("激活码").fill(code)
    page.get_by_test_id("activate").click()
    page.get_by_test_id("start").click()
    page.wait_for_selector("[data-link=ok]")
    page.close()
    return context


def signed_in(browser: Browser, cookies: Sequence[Any]) -> BrowserContext:
    """A browser with these cookies."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", service_workers="block")
    context.add_cookies(cookies)
    return context


def crawled(browser: Browser, house: House, cookies: list[Any], tokens: list[str], code: str, member: tuple[str, str]) -> Crawl:
    """Everybody opens what they can find."""
    crawl, (invitation, *members) = Crawl(house.url), tokens
    crawl.visit(browser, "nobody", [f"/console/join?link={invitation}", "/", "/m/apply", *fixed("/signin", "/dev", "/console/", "/m/")])
    with signed_in(browser, cookies) as context:
        crawl.visit(browser, "holder", fixed("/m/"), context)
    for roles, token in zip(STAFF, members, strict=True):
        with signed_in(browser, [{"name": STAFF_COOKIE, "value": token, "domain": "127.0.0.1", "path": COOKIE_PATH}]) as context:
            crawl.visit(browser, str(roles[0]), fixed("/console"), context)
    develops(browser, crawl)
    signs_in(browser, crawl, *member)
    with terminal(browser, house, code) as context:
        crawl.visit(browser, "terminal", fixed("/counter"), context)
    return crawl


def test_every_declared_page_is_reached_by_somebody_and_nothing_breaks_the_policy(house, town):
    house.operate(_wallet)
    cookies, tokens, [code] = holder(house, town), house.operate(_staff), activation(house)   # before the browser: its driver keeps the thread's event loop
    member, secret = house.operate(lambda db: colleague(db, login="crawlers-maker"))
    with chromium() as browser:
        crawl = crawled(browser, house, cookies, tokens, code, (member.login, secret))
    assert crawl.wrong == {}, crawl.wrong
    unreached = sorted(set(DECLARED) - crawl.reached - NO_PAGE - ON_THE_WAY)
    assert unreached == [], " ".join(unreached)
