// S1 ready, S2 verdict, S8 connection lost. What a holder shows stands on the screen for at most 60 s and is kept nowhere.
import { Lost, Problem } from "./api.js";
import { Screen } from "./screen.js";
import { sound } from "./sound.js";
import { Station } from "./station.js";
import { asked, cardRequest, codeRequest, isCode, plain } from "./verify.js";

const root = document.querySelector(".ctr"), find = (what) => root.querySelector(what);
const station = await Station.open(root);
const screen = station && new Screen(station);

let current = null;                                      // {verdict, request, …} while something is on the screen
let waiting = false;

function clear() { current = null; screen.rest(); find("ssc-gun input").focus(); }

async function judge(request) {
  if (waiting) return;
  waiting = true;
  screen.working();
  const answer = await asked(station, request);
  waiting = false;
  show({ ...answer, request });
}

function show(answer) {
  current = answer;
  sound(answer.verdict === "PASS");
  screen.show(answer, { again: () => (answer.verdict === "NETWORK" && answer.request ? judge(answer.request) : clear()), confirm: () => compare(true), mismatch: () => compare(false), report, clear });
}

// The clerk's word. The same word again after a lost line carries the same key, so it is taken once.
async function compare(matched) {
  const one = current;
  if (one?.verdict !== "PASS" || one.compared) return;
  one.compared = true;
  const { code, card_string, scene } = one.request.body, key = (one.keys ??= { true: crypto.randomUUID(), false: crypto.randomUUID() })[matched];
  const word = { ...(code ? { code } : { card_string, scene }), matched, ...(matched ? screen.personCheck() : {}) };
  try { await station.terminal.ask("POST", "/v1/person-comparisons", word, key); } catch (trouble) {
    one.compared = false;
    if (trouble instanceof Lost) station.link.gone();
    if (current !== one) return;
    if (trouble instanceof Problem) { one.keys = undefined; screen.trouble(trouble.body); return; }
    screen.show({ verdict: "NETWORK" }, { again: () => { current = one; compare(matched); }, clear });
    return;
  }
  if (current === one) screen.compared(matched, Boolean(word.end_sessions), clear);
}

// Reporting: that somebody held up what is none of our codes. The code itself is not told.
async function report() {
  const one = current;
  if (one?.verdict !== "FORGED" || one.reported) return;
  one.reported = true;
  try { await station.terminal.ask("POST", "/v1/forgery-reports", { scene: station.scene }, crypto.randomUUID()); } catch (trouble) {
    one.reported = false;
    if (trouble instanceof Lost) station.link.gone();
    if (current === one) screen.trouble(trouble instanceof Problem ? trouble.body : { title: station.texts.verdicts.NETWORK.title });
    return;
  }
  if (current === one) screen.reported();
}

function escape() { if (current?.verdict === "PASS" && !current.compared) compare(false); else clear(); }
function enter(event) {
  if (event.target.closest("button, a, select")) return;
  if (current?.verdict === "PASS") compare(true);
  else if (current) find("[data-next]")?.click();
}

function begin() {
  root.addEventListener("scan", (event) => {
    const text = plain(event.detail.text);
    if (isCode(text)) judge(codeRequest(text, station.scene));
    else if (!waiting) show({ verdict: "FORGED" });
  });
  root.addEventListener("idle", clear);
  root.addEventListener("link", () => { if (!current && !waiting) screen.rest(); });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || find("dialog[open]")) return;
    const act = { F2: () => find("ssc-scan").toggle(), F3: () => report(), F6: () => find("[data-open-card]").click(), Escape: () => escape(), Enter: () => enter(event), NumpadEnter: () => enter(event) }[event.code];
    if (!act) return;
    if (event.code.startsWith("F") || event.code === "Escape") event.preventDefault();
    act();
  });
  const dialog = find("[data-card-dialog]"), form = find("[data-card-form]");
  find("[data-open-card]").addEventListener("click", () => { form.reset(); dialog.showModal(); find("#f-card").focus(); });
  form.addEventListener("submit", () => { const text = find("#f-card").value.trim(); form.reset(); if (text) judge(cardRequest(text, station.scene)); });
  station.begin((trouble) => screen.show({ verdict: "TERMINAL_DISABLED", title: trouble.body.title }, { again: clear, clear }));
}
if (station) begin();
