"""C7 服务机构与终端, page by page: what a member sees of his area, what he does there, and what a wrong file is told."""
import csv
import io
import re
import zipfile

import openpyxl
import pytest

from essc.kit import ids
from essc.kit.crypto import Algorithm
from essc.kit.db.tx import SYSTEM
from essc.operators.model import Role
from essc.regions import queries as regions
from essc.regions.model import Level
from essc.venues import actions, queries
from essc.venues.model import TerminalKind
from tests.surfaces.desk import desk
from tests.venues.places import Device

pytestmark = pytest.mark.anyio
HEAD = "机构名称,机构类别,行政区划代码,终端名称,终端类型\n"
FAR = "330100"
CITIES = (one.code for one in regions.listed(None, Level.CITY, abolished=False, after=FAR, limit=200))
"""A city for each test: they share a database."""


@pytest.fixture
async def maker(db):
    """A maker of a city, with a pharmacy of two terminals there and a park in another province."""
    city = next(CITIES)
    async with desk(db, areas=(city,)) as found:
        found.city = city
        async with db.tx(SYSTEM) as tx:
            here = await actions.add_venue(tx, "安康大药房（演示）", "pharmacy", city, demonstration=True)
            there = await actions.add_venue(tx, "西湖公园（演示）", "park", FAR, demonstration=True)
            found.first, found.second = [await actions.add_terminal(tx, here.id, name, TerminalKind.WINDOW) for name in ("收银 1 号", "收银 2 号")]
            found.far = await actions.add_terminal(tx, there.id, "东门闸机", TerminalKind.GATE)
            found.venue, found.far_venue = here, there
        yield found




def good(maker):
    """A file that can be taken."""
    return HEAD + f"青禾医院（演示）,医院,{maker.city},门诊 1 号,窗口\n青禾医院（演示）,医院,{maker.city},东门,闸机\n"


def wire(prefix, thing):
    return ids.wire(prefix, thing.id)


async def upload(maker, content, name="terminals.csv"):
    await maker.get("/console/terminals/import")
    return await maker.post("/console/terminals/import", files={"file": (name, content, "application/octet-stream")})


async def test_a_member_sees_the_terminals_of_his_area_and_no_others(maker):
    await maker.get("/console/terminals")
    assert (maker.status, maker.seen("c-terminals"), maker.seen("terminal")) == (200, 1, 2)
    assert "收银 1 号" in maker.text and "西湖公园" not in maker.text
    await maker.get("/console/terminals?view=venues")
    assert maker.seen("venue") == 1 and "西湖公园" not in maker.text


@pytest.mark.parametrize("query", ["q=收银 2", "presence=waiting&q=收银 2 号", "kind=window&venue_kind=pharmacy&q=2 号", "q=收银 2&size=50&sort=seen&falling=1"])
async def test_the_list_is_narrowed_and_ordered(maker, query):
    await maker.get(f"/console/terminals?{query}")
    assert maker.seen("terminal") == 1 and maker.second.number in maker.text


@pytest.mark.parametrize("query", ["size=7&sort=secret&presence=gone&kind=x&venue_kind=y&state=z&falling=9", "view=venues&sort=nonsense"])
async def test_what_means_nothing_in_the_address_is_as_if_nobody_had_said_it(maker, query):
    assert (await maker.get(f"/console/terminals?{query}")).status == 200


async def test_nothing_found_says_so(maker):
    await maker.get("/console/terminals?q=没有这样的终端")
    assert maker.seen("terminal") == 0 and "没有符合条件的终端" in maker.text


async def test_terminals_and_venues_of_other_areas_are_not_found_and_other_areas_are_not_permitted(maker):
    for path in (f"/console/terminals/{wire('term', maker.far)}", f"/console/terminals/venues/{wire('ven', maker.far_venue)}", "/console/terminals/term_nonsense",
                 "/console/terminals/venues/ven_nonsense"):
        assert (await maker.get(path)).status == 404, path
    assert (await maker.get(f"/console/terminals?area={FAR}")).status == 403


async def test_a_provider_is_registered_within_the_area_only(maker):
    await maker.get("/console/terminals/venues/new")
    assert f'value="{maker.city}"' in maker.text and f'value="{FAR}"' not in maker.text
    await maker.post("/console/terminals/venues/new", name="示例图书馆", kind="library", region=FAR)
    assert (maker.status, maker.problem) == (422, "venue_wrong") and "不在您的管辖范围内" in maker.text
    await maker.post("/console/terminals/venues/new", name="示例图书馆", kind="library", region=maker.city)
    assert maker.at.startswith("/console/terminals/venues/ven_") and "示例图书馆" in maker.text


async def test_a_terminal_is_added_and_its_code_is_shown_once(maker):
    await maker.get(f"/console/terminals/venues/{wire('ven', maker.venue)}")
    await maker.post(f"/console/terminals/venues/{wire('ven', maker.venue)}/terminals", name="收银 3 号", kind="scanner")
    terminal = maker.at.rpartition("/")[2]
    assert "收银 3 号" in maker.text and "待激活" in maker.text
    await maker.post("/console/terminals/codes", terminal=terminal)
    [code] = re.findall(r'data-testid="code">([A-Z0-9]{4}-[A-Z0-9]{4})<', maker.text)
    async with maker.db.tx(SYSTEM) as tx:
        answer = await actions.try_activation(tx, code, Device(Algorithm.ES256).jwk, "test")
    assert wire("term", answer) == terminal
    await maker.get("/console/terminals/codes")
    assert code not in maker.text and "激活码已不再显示" in maker.text


async def test_codes_are_issued_for_many_terminals_at_once_and_never_for_those_of_others(maker):
    await maker.get("/console/terminals")
    await maker.post("/console/terminals/codes", terminal=[wire("term", maker.first), wire("term", maker.second)])
    assert maker.seen("code-sheet") == 2
    await maker.get("/console/terminals")
    await maker.post("/console/terminals/codes", terminal=[wire("term", maker.first), wire("term", maker.far)])
    assert (maker.status, maker.seen("code-sheet")) == (404, 0)


async def test_all_of_a_page_that_wait_get_their_codes_on_one_sheet(maker):
    await maker.get("/console/terminals")
    [page] = re.findall(r'name="page" value="([^"]+)"', maker.text)
    await maker.post("/console/terminals/codes", page=page, whole="1")
    assert maker.seen("code-sheet") == 2


async def test_the_same_form_sent_twice_issues_no_second_code(maker):
    await maker.get("/console/terminals")
    key = re.search(r'name="form_key" value="([^"]+)"', maker.text)[1]
    first = await maker.http.post("/console/terminals/codes", data={"form_key": key, "terminal": wire("term", maker.first)})
    second = await maker.http.post("/console/terminals/codes", data={"form_key": key, "terminal": wire("term", maker.first)})
    assert (first.status_code, second.status_code, second.headers["location"]) == (200, 303, "/console/terminals/codes")


async def test_a_terminal_is_disabled_for_a_reason_and_enabled_again(maker):
    path = f"/console/terminals/{wire('term', maker.first)}"
    await maker.get(path)
    await maker.post(f"{path}/stop", reason="坏了")
    assert (maker.status, maker.problem) == (422, "staff_reason_missing")
    await maker.post(f"{path}/stop", reason="设备送修更换模块")
    assert maker.at == path and "停用" in maker.text and "设备送修更换模块" in maker.text and "黄海燕" in maker.text
    await maker.post(f"{path}/start", reason="修好装回原位")
    async with maker.db.read_tx() as tx:
        moves = await queries.history(tx, maker.first.id)
    assert [one.move for one in moves] == ["enable", "disable", "add"] and moves[0].moved_by.startswith("staff_")


async def test_a_provider_is_paused_resumed_and_closed(maker):
    path = f"/console/terminals/venues/{wire('ven', maker.venue)}"
    await maker.get(path)
    assert (await maker.post(f"{path}/explode", reason="按流程处理本机构")).status == 404
    for move, word in (("pause", "已暂停"), ("resume", "正常"), ("close", "已关闭")):
        await maker.get(path)
        await maker.post(f"{path}/{move}", reason="按流程处理本机构")
        assert maker.at == path and word in maker.text


async def test_the_list_is_taken_along_for_a_reason_that_is_written_down(maker):
    await maker.get("/console/terminals")
    await maker.post("/console/terminals/export", view="terminals", reason="")
    assert maker.status == 422
    await maker.get("/console/terminals")
    await maker.post("/console/terminals/export", view="terminals", reason="check")
    rows = list(csv.reader(io.StringIO(maker.page.content.decode("utf-8-sig"))))
    assert rows[0][0] == "编号" and {row[1] for row in rows[1:]} == {"收银 1 号", "收银 2 号"}
    await maker.get("/console/terminals?view=venues")
    await maker.post("/console/terminals/export", view="venues", reason="report")
    assert "安康大药房（演示）" in maker.page.content.decode("utf-8-sig")
    async with maker.db.read_tx() as tx:
        told = await tx.rows("SELECT body FROM kit.event WHERE kind = 'operators.list_exported' ORDER BY id")
    assert len(told) >= 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_file_is_imported_whole(maker, encoding):
    await upload(maker, good(maker).encode(encoding))
    assert maker.at == "/console/terminals" and "已导入 2 台终端" in maker.text and maker.seen("terminal") == 4


async def test_a_workbook_is_imported_too(maker):
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(good(maker))):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    file = io.BytesIO()
    book.save(file)
    await upload(maker, file.getvalue(), "terminals.xlsx")
    assert "已导入 2 台终端" in maker.text


async def test_wrong_lines_keep_the_whole_file_out_and_are_listed_to_take_along(maker):
    await upload(maker, (good(maker) + f"西湖公园（演示）,公园景区,{FAR},北门,闸机\n青禾医院（演示）,赌场,{maker.city},门诊 9 号,投影\n").encode())
    assert (maker.status, maker.problem, maker.seen("wrong-lines")) == (422, "terminals_not_imported", 1)
    assert "不在您的管辖范围内" in maker.text and 'download="errors.csv"' in maker.text and "有 2 行需要修改" in maker.text
    await maker.get("/console/terminals")
    assert maker.seen("terminal") == 2


async def test_the_same_file_again_names_every_terminal_that_is_there(maker):
    await upload(maker, good(maker).encode())
    await upload(maker, good(maker).encode())
    assert (maker.status, maker.problem) == (422, "terminals_not_imported") and "该机构已有同名终端" in maker.text


def bomb():
    """A workbook that says it unpacks to more than anybody needs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (33 * 1024 * 1024))
    return file.getvalue()


BAD = [
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "upload_not_table"), (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "upload_not_table"), (b"PK\x03\x04 not a workbook", "upload_not_table"),
    (b"one line of text and no table", "upload_not_table"), (b"", "upload_missing"), ("机构名称,终端名称\n甲医院,一号\n".encode(), "venue_wrong"),
    (HEAD.encode(), "upload_not_table"), (b"x" * (2 * 1024 * 1024 + 1), "upload_too_large"), (b"y" * (50 * 1024 * 1024), "upload_too_large"),
    ((HEAD + "甲医院,医院,440100,窗口,窗口\n" * 5001).encode(), "upload_too_long"), (bomb(), "upload_too_large"),
    (HEAD.encode() + b'"never ends,x\n' * 3, "upload_not_table"),
]


@pytest.mark.parametrize(("content", "code"), BAD, ids=["png", "pdf", "broken zip", "text", "empty", "columns", "head only", "2 MB", "50 MB", "long", "bomb", "quote"])
async def test_a_file_that_is_no_such_table_is_refused_with_a_clear_sentence(maker, content, code):
    await upload(maker, content)
    assert (maker.status, maker.problem) == (422, code)
    assert (await maker.get("/console/terminals")).seen("terminal") == 2


async def test_the_template_is_a_file_that_could_be_imported(maker):
    await maker.get("/console/terminals/import/template")
    await upload(maker, maker.page.content)
    assert "已导入 2 台终端" in maker.text


@pytest.mark.parametrize(("roles", "sees", "acts"), [((Role.READER,), True, False), ((Role.CHECKER,), True, False), ((Role.AUDITOR,), False, False)])
async def test_who_may_only_read_sees_no_button_and_can_send_no_form(db, roles, sees, acts):
    areas = ("000000",) if Role.AUDITOR in roles else ("450100",)
    async with desk(db, roles=roles, areas=areas) as found:
        await found.get("/console/terminals")
        assert (found.status == 200, "/console/terminals/import" in found.text) == (sees, acts)
        for path in ("/console/terminals/venues/new", "/console/terminals/import"):
            assert (await found.get(path)).status == 403
        assert (await found.http.post("/console/terminals/codes", data={"form_key": "form_x", "terminal": "term_x"})).status_code == 403


async def test_nobody_signed_in_is_led_to_the_login(maker):
    maker.http.cookies.clear()
    await maker.get("/console/terminals")
    assert maker.at == "/console/login"
