// The counter as a client of the public API: a terminal session opened with this terminal's own key (ES256), then every request under the
// session's secret (HMAC-SHA-256). A request without an answer is a lost connection, never a yes.
import { byKeyPair, bySecret, secretKey, signedHeaders, unbase64 } from "./signature.js";
import { drop, keep, kept } from "./keep.js";
const TIMEOUT_MS = 6000, EARLY_MS = 60_000;
// The state of the files that this page was made of stands in their address: what whoever looks after terminals sees as our version.
const VERSION = /\/static\/([0-9a-f]{6,})\//.exec(import.meta.url)?.[1];

export class Lost extends Error {}
export class Problem extends Error {
  constructor(status, body) { super(body?.title ?? String(status)); this.status = status; this.body = body ?? {}; this.code = body?.code ?? "unknown"; }
}

// The platform's clock, because a counter's own may be wrong: taken from the Date header of any answer.
let ahead = 0;
export const nowMs = () => Date.now() + ahead;
function learn(answer) { const date = Date.parse(answer.headers.get("date") ?? ""); if (date) ahead = date - Date.now(); }

async function send(method, path, body, key, idempotencyKey) {
  const text = body === undefined ? "" : JSON.stringify(body);
  const created = Math.floor(nowMs() / 1000);
  const headers = key ? await signedHeaders(method, path, text, { ...key, created, idempotencyKey })
    : { ...(text && { "content-type": "application/json" }), ...(idempotencyKey && { "idempotency-key": idempotencyKey }) };
  let answer;
  try {
    answer = await fetch(path, { method, headers: { ...headers, "accept-language": document.documentElement.lang }, body: text || undefined,
      signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" });
  } catch { throw new Lost(); }
  learn(answer);
  const read = await answer.json().catch(() => null);
  if (answer.status >= 502) throw new Lost();
  if (!answer.ok) throw new Problem(answer.status, read);
  return read;
}

export const call = send;

export class Terminal {
  constructor(record) { this.record = record; }

  static async load() { const record = await kept("terminal"); return record ? new Terminal(record) : null; }

  get id() { return this.record.id; }

  async session() {
    this.open ??= await kept("session");
    if (this.open && this.open.terminal === this.id && this.open.expires - EARLY_MS > nowMs()) return this.open;
    return this.openSession();
  }

  async openSession() {
    const key = { keyid: this.record.id, sign: byKeyPair(this.record.pair) };
    const opened = await send("POST", "/v1/terminal-sessions", VERSION ? { software: `counter ${VERSION}` } : {}, key, crypto.randomUUID());
    this.open = { terminal: this.id, keyid: opened.key_id, secret: await secretKey(unbase64(opened.secret)), expires: Date.parse(opened.expires_at), scenes: opened.terminal.scenes };
    await keep("session", this.open);
    return this.open;
  }

  // One request under the session; a session that has ended is opened again once, with the same idempotency key.
  async ask(method, path, body, idempotencyKey) {
    const attempt = async () => { const open = await this.session(); return send(method, path, body, { keyid: open.keyid, sign: bySecret(open.secret) }, idempotencyKey); };
    try { return await attempt(); } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
      this.open = undefined;
      await drop("session");
      return attempt();
    }
  }
}
