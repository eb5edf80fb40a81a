// S1 ready, S2 verdict, S8 connection lost. What a holder shows stands on the screen for at most 60 s and is kept nowhere.
import { Lost, Problem, Terminal, call } from "./api.js";
import { Link } from "./link.js";
import { setSound, sound, soundOn } from "./sound.js";
import { Screen } from "./screen.js";

const root = document.querySelector(".ctr"), find = (what) => root.querySelector(what);
const texts = JSON.parse(root.dataset.texts);
const screen = new Screen(root, texts);
const link = new Link(root, texts);
const terminal = await Terminal.load().catch(() => null);
if (!terminal) location.replace("/counter/activate");

let current = null;                                      // {verdict, presentation} while something is on the screen
let waiting = false;

function clear() { current = null; screen.wait(); find("ssc-gun input").focus(); }

async function judge(request) {
  if (waiting) return;
  waiting = true;
  screen.working();
  const answer = link.lost ? { verdict: "NETWORK" } : await asked(request);
  waiting = false;
  current = { ...answer, request };
  sound(answer.verdict === "PASS");
  screen.show(answer, { again: () => (answer.verdict === "NETWORK" ? judge(request) : clear()), confirm: () => compare(true), mismatch: () => compare(false), clear });
}

// The same request with the same key again is answered with its first verdict, so trying again after a lost line never burns a second code.
async function asked(request) {
  try {
    const answer = await terminal.ask("POST", request.path, request.body, request.key);
    link.found();
    return { ...answer, region: await place(answer.shown?.region) };
  } catch (trouble) {
    if (trouble instanceof Lost) { link.gone(); return { verdict: "NETWORK" }; }
    if (!(trouble instanceof Problem)) return { verdict: "OTHER" };
    return { verdict: texts.problems[trouble.code] ?? "OTHER", title: trouble.body.title, seconds: undefined };
  }
}

// Where a region code lies, in words; the code itself when nobody says.
const places = new Map();
async function place(code) {
  if (!code) return undefined;
  if (!places.has(code)) places.set(code, await call("GET", `/v1/regions/${code}`).then((found) => found.path.slice(1).join(" ") || found.name, () => code));
  return places.get(code);
}

const scene = () => find("[data-scene]").value;
const code = (text) => judge({ path: "/v1/code-redemptions", body: { code: text, scene: scene() }, key: crypto.randomUUID() });
const card = (text) => judge({ path: "/v1/card-readings", body: { card_string: text, scene: scene() }, key: crypto.randomUUID() });

async function compare(matched) {
  if (current?.verdict !== "PASS" || current.compared) return;
  current.compared = true;
  const shown = current.request.body.code;                 // a physical card leaves nothing to answer for: the clerk's word stays at the counter
  try { if (shown) await terminal.ask("POST", "/v1/person-comparisons", { code: shown, matched }, crypto.randomUUID()); } catch (trouble) {
    if (current) current.compared = false;
    if (trouble instanceof Lost) link.gone();
    screen.show({ verdict: trouble instanceof Lost ? "NETWORK" : "OTHER" }, { again: trouble instanceof Lost ? () => compare(matched) : clear, clear });
    return;
  }
  screen.compared(matched, clear);
}

root.addEventListener("scan", (event) => {
  const text = event.detail.text.normalize("NFKC").replace(/[\s-]/g, "");
  if (/^[0-9]{24}$/.test(text)) code(text);
  else { current = { verdict: "FORGED" }; sound(false); screen.show({ verdict: "FORGED" }, { again: clear, clear }); }
});
root.addEventListener("idle", clear);

document.addEventListener("keydown", (event) => {
  if (event.isComposing || find("dialog[open]")) return;
  const act = { F2: () => find("ssc-scan").toggle(), F6: () => find("[data-open-card]").click(), Escape: () => escape(), Enter: () => enter(event), NumpadEnter: () => enter(event) }[event.code];
  if (!act) return;
  if (event.code.startsWith("F") || event.code === "Escape") event.preventDefault();
  act();
});
function escape() { if (current?.verdict === "PASS" && !current.compared) compare(false); else clear(); }
function enter(event) {
  if (event.target.closest("button, a, select")) return;
  if (current?.verdict === "PASS") compare(true);
  else if (current) find("[data-next]")?.click();
}

const dialog = find("[data-card-dialog]");
find("[data-open-card]").addEventListener("click", () => { find("[data-card-form]").reset(); dialog.showModal(); find("#f-card").focus(); });
find("[data-card-form]").addEventListener("submit", () => { const text = find("#f-card").value.trim(); find("[data-card-form]").reset(); if (text) card(text); });

function showSound() {
  const button = find("[data-sound]"), on = soundOn();
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("span").textContent = on ? texts.soundOn : texts.soundOff;
  screen.icon(button, on ? "volume-2" : "volume-off");
}
find("[data-sound]").addEventListener("click", () => { setSound(!soundOn()); showSound(); });
showSound();

function clock() { find("[data-clock]").textContent = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(new Date()); }
setInterval(clock, 10_000);
clock();

async function begin() {
  find("[data-venue]").textContent = ` · ${terminal.record.venue} ${terminal.record.name}`;
  find("[data-terminal]").textContent = texts.terminal.replace("{number}", terminal.record.number);
  try {
    const allowed = (await terminal.session()).scenes, known = (await call("GET", "/v1/scenes")).items;
    const title = document.documentElement.lang === "en" ? "title_en" : "title_zh";
    find("[data-scene]").replaceChildren(...allowed.map((code) => new Option(known.find((one) => one.code === code)?.[title] ?? code, code)));
    link.found();
  } catch (trouble) {
    if (trouble instanceof Problem) { link.found(); screen.show({ verdict: "TERMINAL_DISABLED", title: trouble.body.title }, { again: clear, clear }); return; }
    link.gone(begin);
  }
}
if (terminal) begin();
