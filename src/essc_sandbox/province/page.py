"""The card office's desk as a page: who the twelve are, how their cards stand, and what can be done to them."""
import html
import sqlite3
from collections.abc import Sequence

from essc_sandbox.province.holders import Holder
from essc_sandbox.province.office import MOVES

STATES = {"not_enabled": "未启用", "sealed": "封存", "active": "正常", "lost": "挂失", "locked": "锁定", "temporarily_lost": "临时挂失", "cancelled": "注销"}
LABELS = {"enable": "启用", "seal": "封存", "unseal": "解封", "report_temporary_loss": "临时挂失", "report_loss": "挂失", "lift_loss": "解挂",
          "lock": "锁定", "unlock": "解锁", "cancel": "注销", "replace": "换卡"}
_STYLE = """body{font:16px/1.6 system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif;margin:0;background:#f3f6fb;color:#161d2b}
main{max-width:60rem;margin:0 auto;padding:1.5rem}h1{font-size:1.25rem}table{border-collapse:collapse;width:100%;background:#fff}
th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid #e2e7ef;vertical-align:top}
form{display:inline-flex;flex-wrap:wrap;gap:.25rem}button{font:inherit;padding:.25rem .6rem;min-height:44px}td.n{font-variant-numeric:tabular-nums}"""


def desk(people: Sequence[tuple[Holder, sqlite3.Row]]) -> str:
    """The page."""
    rows = "".join(_row(person, card) for person, card in people)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>发卡地（演示）</title><style>{_STYLE}</style></head><body><main><h1>发卡地（演示环境 · 数据均为模拟生成）</h1>"
        "<p>在这里改变实体社保卡的状态，平台几秒内收到。 / Move a physical card; the platform hears of it within seconds.</p>"
        "<table><thead><tr><th>情形</th><th>姓名</th><th>社会保障号码</th><th>手机</th><th>卡状态</th><th>操作</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></main></body></html>")


def _row(person: Holder, card: sqlite3.Row) -> str:
    moves = [move for move, (sources, _) in MOVES.items() if card["state"] in sources]
    moves += ["replace"] if card["state"] in ("active", "lost") else []
    buttons = "".join(f'<button name="move" value="{move}">{LABELS[move]}</button>' for move in moves)
    form = f'<form method="post" action="moves"><input type="hidden" name="card" value="{html.escape(card["number"])}">{buttons}</form>'
    cells = (person.situation, person.name, person.number, person.mobile, STATES[card["state"]])
    return "<tr>" + "".join(f'<td class="n">{html.escape(cell)}</td>' for cell in cells) + f"<td>{form}</td></tr>"
