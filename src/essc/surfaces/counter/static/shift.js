// S9: what this terminal verified since its shift began, as the platform recorded it. Nothing is counted here, nobody is named.
import { Lost } from "./api.js";
import { drop } from "./keep.js";
import { Station, moment } from "./station.js";

const root = document.querySelector(".ctr"), find = (what) => root.querySelector(what);
const station = await Station.open(root);
const sum = (counts) => counts.reduce((total, one) => total + one.count, 0);
const cell = (text, number) => Object.assign(document.createElement("td"), { textContent: String(text), className: number ? "num r" : "" });

function rows(name, lines) {
  find(`[data-rows="${name}"]`).replaceChildren(...lines.map(([head, ...numbers]) => {
    const row = document.createElement("tr");
    row.append(Object.assign(document.createElement("th"), { textContent: head, scope: "row" }), ...numbers.map((one) => cell(one, true)));
    return row;
  }));
  find(`[data-part="${name}"]`).hidden = !lines.length;
}

function grouped(counts, key) {
  const groups = new Map();
  for (const one of counts) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups].map(([name, found]) => ({ name, found, all: sum(found), passed: sum(found.filter((one) => one.verdict === "PASS")) })).sort((one, other) => other.all - one.all);
}

function show(told) {
  const { counts, forged, mismatched } = told, passed = sum(counts.filter((one) => one.verdict === "PASS")), all = sum(counts) + forged;
  const figures = { all, passed, refused: all - passed, mismatched };
  for (const [name, value] of Object.entries(figures)) find(`[data-figure="${name}"]`).textContent = String(value);
  find("[data-began]").textContent = moment(new Date(told.began_at));
  find("[data-counted]").textContent = moment(new Date(told.counted_at));
  const kinds = grouped(counts, (one) => [station.scenes.get(one.scene) ?? one.scene, station.texts.ways[one.way] ?? one.way].join(" · "));
  rows("kinds", kinds.map((one) => [one.name, one.all, one.passed, one.all - one.passed]));
  const reasons = grouped(counts.filter((one) => one.verdict !== "PASS"), (one) => one.verdict).map((one) => [station.texts.verdicts[one.name]?.title ?? one.name, one.all]);
  if (forged) reasons.push([station.texts.verdicts.FORGED.title, forged]);
  rows("reasons", reasons);
  find("[data-none]").hidden = all > 0;
}

async function count() {
  try { show(await station.terminal.ask("GET", `/v1/terminals/${station.terminal.id}/work?since=shift`)); station.link.found(); } catch (trouble) {
    if (trouble instanceof Lost) station.link.gone(count); else say(trouble.body?.title ?? station.texts.verdicts.OTHER.title);
  }
}

function say(text) { find("[data-said]").textContent = text; }

// The sessions of this terminal end, and with them its shift; the next person's begins with a session of its own.
async function handOver() {
  const key = crypto.randomUUID();
  try { await station.terminal.ask("POST", `/v1/terminals/${station.terminal.id}/session-revocation`, {}, key); } catch (trouble) {
    if (trouble instanceof Lost) station.link.gone();
    say(trouble instanceof Lost ? station.texts.verdicts.NETWORK.title : trouble.body?.title ?? station.texts.verdicts.OTHER.title);
    return;
  }
  await drop("session");
  station.terminal.open = undefined;
  say(station.texts.handedOver);
  await count();
}

if (station) {
  find("[data-print]").addEventListener("click", () => print());
  const dialog = find("[data-hand-dialog]");
  find("[data-hand]").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") handOver(); dialog.returnValue = ""; });
  if (await station.begin((trouble) => say(trouble.body.title))) count();
}
