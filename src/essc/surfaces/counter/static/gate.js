// S5: for passages. The camera looks all the time, a verdict fills the screen for two seconds, nobody's whole name is shown and nothing is kept.
import { sound } from "./sound.js";
import { Station } from "./station.js";
import { asked, codeRequest, isCode, plain } from "./verify.js";

const SHOWN_MS = 2000, COUNT_EVERY_MS = 60_000;
const WORDS = { PASS: "pass", EXPIRED: "refresh", USED: "refresh", NOT_YET: "refresh", FORGED: "foreign", READER_THROTTLED: "wait", NETWORK: "lost", TERMINAL_DISABLED: "closed", SCENE_NOT_ALLOWED: "closed" };
const LOOKS = { pass: ["ok", "circle-check"], refresh: ["bad", "refresh-cw"], foreign: ["bad", "circle-x"], wait: ["bad", "clock"], lost: ["bad", "wifi-off"], closed: ["bad", "ban"], staff: ["bad", "user-round"] };
const root = document.querySelector(".ctr"), find = (what) => root.querySelector(what);
const station = await Station.open(root);
const over = find("[data-over]");
let waiting = false, hide = 0;

// Only the family name is said, with the form of address that the number tells, where the scene may see it; else nobody is named.
function called(shown) {
  const name = [...(shown?.name ?? shown?.name_masked ?? "")];
  if (!name.length) return "";
  const family = shown.name && name.length === 4 && !shown.name.includes("·") ? name.slice(0, 2).join("") : name[0];
  const digit = Number((shown.number ?? shown.number_masked ?? "").at(-2));
  const form = Number.isInteger(digit) && (shown.number ?? shown.number_masked)?.length === 18 ? (digit % 2 ? "male" : "female") : "either";
  return station.texts.gate.called[form].replace("{family}", family);
}

function fill(verdict, shown) {
  const word = WORDS[verdict] ?? "staff", [tone, icon] = LOOKS[word];
  over.className = `over ${tone}`;
  over.dataset.verdict = verdict;
  station.icon(over, icon);
  find("[data-word]").textContent = station.texts.gate.words[word];
  find("[data-called]").textContent = verdict === "PASS" ? called(shown) : station.texts.gate.whys[word];
  over.hidden = false;
  sound(verdict === "PASS");
  clearTimeout(hide);
  hide = setTimeout(() => { over.hidden = true; find("[data-called]").textContent = ""; }, SHOWN_MS);
}

async function judge(text) {
  if (waiting) return;
  waiting = true;
  const answer = isCode(text) ? await asked(station, codeRequest(text, station.scene)) : { verdict: "FORGED" };
  waiting = false;
  fill(answer.verdict, answer.shown);
  if (answer.verdict === "PASS" && !answer.replayed) passed(today + 1);
}

let today = 0;
function passed(count) {
  today = count;
  find("[data-today]").textContent = String(count);
}

// The figure is the platform's: what this terminal let pass today, whichever browser or shift it was.
async function recount() {
  const told = await station.terminal.ask("GET", `/v1/terminals/${station.terminal.id}/work?since=day`).catch(() => null);
  if (told) passed(told.counts.filter((one) => one.verdict === "PASS").reduce((sum, one) => sum + one.count, 0));
}

if (station) {
  root.addEventListener("scan", (event) => judge(plain(event.detail.text)));
  root.addEventListener("link", (event) => { find("[data-halt]").hidden = !event.detail.lost; find("[data-halt-since]").textContent = event.detail.text; });
  document.addEventListener("keydown", (event) => { if (event.code === "F2") { event.preventDefault(); find("ssc-scan").toggle(); } });
  await station.begin(() => { find("[data-halt]").hidden = false; find("[data-halt-since]").textContent = station.texts.gate.words.closed; });
  recount();
  setInterval(recount, COUNT_EVERY_MS);
}
