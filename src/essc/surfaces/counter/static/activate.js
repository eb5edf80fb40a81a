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

async function activate(code) {
  const pair = await newKeyPair();
  const body = { code, algorithm: "ecdsa-p256-sha256", public_key: await publicKey(pair) };
  const terminal = await call("POST", "/v1/terminal-activations", body, undefined, crypto.randomUUID());
  await drop("session");
  await keep("terminal", { id: terminal.terminal_id, keyid: terminal.key_id, number: terminal.number, venue: terminal.venue_name, pair });
  return terminal;
}

function done(terminal) {
  find("[data-part=ask]").hidden = true;
  const part = find("[data-part=done]");
  part.hidden = false;
  find("[data-venue]").textContent = terminal.venue_name;
  find("[data-number]").textContent = terminal.number;
  find("[data-scenes]").textContent = terminal.scenes.map((scene) => scene.title).join(texts.comma);
  part.querySelector("h2").focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button"), label = button.innerHTML;
  const code = input.value.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
  if (!/^[A-Z0-9]{8}$/.test(code)) return problem(texts.incomplete, texts.incompleteAction);
  button.disabled = true;
  button.textContent = texts.making;
  try { done(await activate(code)); } catch (trouble) {
    if (trouble instanceof Lost) problem(texts.lost, texts.lostAction);
    else if (trouble instanceof Problem) problem(trouble.body.title ?? texts.other, trouble.body.action ?? trouble.body.detail);
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
  note.querySelector("span").textContent = note.dataset.text.replace("{name}", `${before.venue} ${before.number}`);
}
