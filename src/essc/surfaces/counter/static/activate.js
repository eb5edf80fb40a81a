// S0: an activation code makes this browser a terminal. The key pair is made here and cannot leave.
import { Lost, Problem, call } from "./api.js";
import { newKeyPair, publicKey } from "./signature.js";
import { drop, keep, kept } from "./keep.js";

const page = document.querySelector("[data-testid=s-activate]"), find = (what) => page.querySelector(what);
const texts = JSON.parse(find("[data-texts]").dataset.texts);
const form = find("[data-form]"), input = form.elements.code;

function problem(title, action) {
  const box = find("[data-problem]");
  box.hidden = false;
  box.querySelector("[data-title]").textContent = title;
  box.querySelector("[data-action]").textContent = action ?? "";
  box.focus();
}

// The pair is kept before the code is sent: an answer that was lost is asked for again with the same key, and answered alike.
async function activate(code) {
  const begun = await kept("begun");
  const pair = begun?.code === code ? begun.pair : await newKeyPair();
  await keep("begun", { code, pair });
  const terminal = await call("POST", "/v1/terminal-activations", { code, public_key: await publicKey(pair) });
  await drop("session");
  await keep("terminal", { id: terminal.id, number: terminal.number, name: terminal.name, venue: terminal.venue_name, pair });
  await drop("begun");
  return terminal;
}

async function done(terminal) {
  const scenes = await call("GET", "/v1/scenes").then((found) => found.items, () => []);
  const title = document.documentElement.lang === "en" ? "title_en" : "title_zh";
  find("[data-part=ask]").hidden = true;
  const part = find("[data-part=done]");
  part.hidden = false;
  find("[data-venue]").textContent = terminal.venue_name;
  find("[data-number]").textContent = `${terminal.name} · ${terminal.number}`;
  find("[data-scenes]").textContent = terminal.scenes.map((code) => scenes.find((scene) => scene.code === code)?.[title] ?? code).join(texts.comma);
  part.querySelector("h2").focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button"), label = button.innerHTML;
  const code = input.value.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
  if (!/^[A-Z0-9]{8}$/.test(code)) return problem(texts.incomplete, texts.incompleteAction);
  button.disabled = true;
  button.textContent = texts.making;
  try { await done(await activate(code)); } catch (trouble) {
    if (trouble instanceof Lost) problem(texts.lost, texts.lostAction);
    else if (trouble instanceof Problem) problem(trouble.body.title ?? texts.other, trouble.body.detail);
    else problem(texts.noCrypto);
  }
  button.disabled = false;
  button.innerHTML = label;
  return undefined;
});

page.addEventListener("scan", (event) => {
  const found = /(?:^|[^A-Z0-9])([A-Z0-9]{4}-?[A-Z0-9]{4})$/.exec(event.detail.text.toUpperCase());
  page.querySelector("ssc-scan").stop();
  if (!found) { problem(texts.unknown); return; }
  input.value = found[1];
  form.requestSubmit();
});

if (!window.isSecureContext || !crypto.subtle) problem(texts.noCrypto);
const before = await kept("terminal").catch(() => undefined);
if (before) {
  const note = find("[data-again]");
  note.hidden = false;
  note.querySelector("span").textContent = note.dataset.text.replace("{name}", `${before.venue} ${before.name}`);
}
