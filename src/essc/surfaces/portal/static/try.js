// "Try it": a real call of this page's operation, signed in this browser (RFC 9421). Shows the signature base line by line, the headers and the answer.
import { signed } from "../counter/signature.js";
import { Trouble, bring, forget, kept, signer } from "./keyring.js";

const root = document.querySelector("[data-try]"), find = (name) => root.querySelector(`[data-${name}]`);
const say = (name) => root.getAttribute(`data-t-${name.replaceAll("_", "-")}`) ?? "";
const signs = root.dataset.by === "channel";
let key;

function told(line, text) { line.textContent = text; line.hidden = !text; }

function show() {
  if (signs) {
    find("unkept").hidden = Boolean(key);
    find("kept").hidden = !key;
    find("which").textContent = key ? `${key.keyid} · ${key.name}` : "";
  }
  find("send").disabled = signs && !key;
}

async function take() {
  const secret = root.querySelector("[name=private]"), keyid = root.querySelector("[name=keyid]");
  told(find("trouble"), "");
  try {
    key = await bring(secret.value, keyid.value);
    secret.value = "";
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    told(find("trouble"), say(error.message));
  }
  show();
}

// The path with what was typed in its braces, and the query.
function target() {
  const path = root.dataset.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(find(`path="${name}"`)?.value.trim() ?? ""));
  const query = [...root.querySelectorAll("[data-query]")].filter((input) => input.value.trim())
    .map((input) => `${encodeURIComponent(input.dataset.query)}=${encodeURIComponent(input.value.trim())}`).join("&");
  return query ? `${path}?${query}` : path;
}

function explained(base) {
  return base.split("\n").map((line) => {
    const item = document.createElement("li"), code = document.createElement("code"), why = document.createElement("span");
    code.textContent = line;
    why.textContent = say(`line_${line.slice(1, line.indexOf('":')).replace("@", "").replaceAll("-", "_")}`);
    item.append(code, why);
    return item;
  });
}

function verdict(answer, body, ms) {
  const line = find("verdict"), ok = answer.ok, icon = `<svg class="i" aria-hidden="true"><use href="${root.dataset.icons}#${ok ? "circle-check" : "circle-alert"}"/></svg>`;
  line.innerHTML = `<span class="tag ${ok ? "ok" : "warn"}">${icon}${answer.status}</span>`;
  const id = document.createElement(root.dataset.app ? "a" : "code"), name = answer.headers.get("x-request-id") ?? "";
  id.textContent = name;
  if (root.dataset.app) Object.assign(id, { href: `/dev/app/${root.dataset.app}/logs?request=${name}`, title: say("to_log") });
  line.append(` ${say(ok ? "done" : "refused")} `, id, ` · ${ms} ms`);
  if (body?.code && !ok) {
    const link = Object.assign(document.createElement("a"), { href: `/dev/errors#${body.code}`, textContent: `${say("to_error")} ${body.code}` });
    line.append(" · ", link);
  }
}

async function send() {
  const text = root.querySelector("[name=body]")?.value ?? "", method = root.dataset.method, path = target();
  told(find("wrong"), "");
  if (text) { try { JSON.parse(text); } catch { told(find("wrong"), say("bad_json")); return; } }
  const once = root.dataset.once ? crypto.randomUUID?.() ?? String(Date.now()) : undefined;
  const created = Math.floor(Date.now() / 1000);
  const plain = { ...(text && { "content-type": "application/json" }), ...(once && { "idempotency-key": once }) };
  const { base, headers } = signs ? await signed(method, path, text, { keyid: key.keyid, sign: signer(key), created, idempotencyKey: once }) : { base: "", headers: plain };
  const began = performance.now();
  let answer;
  try {
    answer = await fetch(path, { method, headers: { ...headers, "accept-language": document.documentElement.lang }, body: text || undefined, cache: "no-store", credentials: "omit" });
  } catch { told(find("wrong"), say("unsent")); return; }
  const given = await answer.text(), ms = Math.round(performance.now() - began);
  let body;
  try { body = JSON.parse(given); } catch { body = undefined; }
  find("base-box").hidden = !signs;
  find("base").replaceChildren(...explained(base));
  find("headers").textContent = [`${method} ${path}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join("\n");
  find("answer").textContent = body === undefined ? given : JSON.stringify(body, null, 2);
  verdict(answer, body, ms);
  find("result").hidden = false;
  find("result").dataset.status = answer.status;
  find("result").scrollIntoView({ block: "nearest" });
}

if (signs) {
  find("import").addEventListener("click", take);
  find("forget").addEventListener("click", async () => { await forget(); key = undefined; show(); });
  if (!crypto?.subtle) told(find("trouble"), say("no_crypto"));
  key = await kept().catch(() => undefined);
}
find("send").addEventListener("click", async () => {
  find("send").disabled = true;
  try { await send(); } finally { show(); }
});
show();
