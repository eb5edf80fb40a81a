// The right half of the counter: made from the page's templates, filled with textContent only.
import "../elements/idle.js";
import { second } from "./station.js";

const TONES = { PASS: ["ok", "circle-check"], NETWORK: ["bad", "wifi-off"], EXPIRED: ["warn", "clock"], USED: ["warn", "history"], NOT_YET: ["warn", "clock"], READER_THROTTLED: ["warn", "clock"], UNREADABLE: ["warn", "nfc"] };
const KEYS = { PASS: "pass-keys", FORGED: "forged-keys" };
const MOST_LAST = 4, COMPARED_MS = 4000, PERSON_CHECK = "counter.person_check";

// As everywhere: the first and the last character stay, of two only the first.
function masked(name) {
  const characters = [...name];
  return characters.length < 3 ? `${characters[0]}*` : `${characters[0]}${"*".repeat(characters.length - 2)}${characters.at(-1)}`;
}

export class Screen {
  constructor(station) {
    this.station = station;
    this.texts = station.texts;
    this.right = station.find("[data-right]");
    this.last = station.find("[data-last]");
  }

  part(name) { return this.station.part(name); }

  rest() {
    const part = this.part(this.station.link.lost ? "lost" : "wait");
    const since = part.querySelector("[data-since]");
    if (since) since.textContent = this.station.root.querySelector("[data-link-pill] span").textContent;
    this.right.replaceChildren(part);
  }

  working() { this.right.replaceChildren(this.part("working")); }

  show(answer, acts) {
    const passed = answer.verdict === "PASS", words = this.texts.verdicts[answer.verdict] ?? this.texts.verdicts.OTHER;
    const [tone, name] = TONES[answer.verdict] ?? ["bad", "circle-x"];
    const head = this.headline(tone, name, answer.title ?? words.title, words.text.replace("{n}", "60"), answer.verdict);
    const keys = this.part(KEYS[answer.verdict] ?? "other-keys");
    const check = passed && answer.scene === PERSON_CHECK ? [this.part("person-check")] : [];
    this.right.replaceChildren(head, ...(passed ? [this.person(answer), ...check] : []), keys, this.part("trouble"), this.part("idle"));
    for (const [act, press] of [["confirm", acts.confirm], ["mismatch", acts.mismatch], ["report", acts.report], ["next", acts.again]]) keys.querySelector(`[data-${act}]`)?.addEventListener("click", press);
    const next = keys.querySelector("[data-next]");
    if (next) next.textContent = words.next;
    if (answer.verdict !== "NETWORK") this.note(answer, tone, name, words.title);
  }

  headline(tone, name, title, text, verdict) {
    const head = this.part("verdict");
    head.classList.add(tone);
    head.dataset.verdict = verdict;
    this.station.icon(head, name);
    head.querySelector("[data-title]").textContent = title;
    head.querySelector("[data-text]").textContent = text;
    head.querySelector("[data-time]").textContent = second();
    return head;
  }

  person(answer) {
    const part = this.part("person"), { name, name_masked: hidden, photo, level, ...rest } = answer.shown ?? {};
    part.querySelector("[data-name]").textContent = name ?? hidden ?? this.texts.nobody;
    const image = part.querySelector("[data-photo]");
    if (photo) image.src = photo; else image.alt = this.texts.noPhoto;
    part.querySelector("[data-no-photo]").hidden = Boolean(photo);
    const tags = part.querySelector("[data-tags]");
    tags.append(this.tag("ok", "circle-check", this.texts.normal));
    if (level) tags.append(this.tag(level === 2 ? "info" : "", level === 2 ? "credit-card" : "id-card", this.texts[`level${level}`]));
    this.facts(part.querySelector("[data-facts]"), answer, rest);
    return part;
  }

  facts(list, answer, rest) {
    for (const [field, value] of Object.entries({ ...rest, region: answer.region })) if (value) this.fact(list, this.texts.fields[field] ?? field, value);
    const seen = Object.keys(answer.shown ?? {}).map((field) => this.texts.fields[field] ?? field).join(this.texts.comma);
    if (seen) this.fact(list, this.texts.may, this.texts.mayIs.replace("{fields}", seen).replace("{scene}", this.station.scenes?.get(answer.scene) ?? answer.scene));
    if (answer.channel) this.fact(list, this.texts.channel, answer.channel);
    if (answer.way === "physical_card") this.fact(list, this.texts.way, this.texts.wayCard);
    else if (Number.isFinite(answer.code_age_s)) this.fact(list, this.texts.age, this.texts.ageIs.replace("{n}", String(Math.max(1, answer.code_age_s))));
  }

  tag(tone, name, text) {
    const tag = document.createElement("span");
    tag.className = `tag ${tone}`;
    tag.innerHTML = '<svg class="i" aria-hidden="true"><use/></svg>';
    this.station.icon(tag, name);
    tag.append(text);
    return tag;
  }

  fact(list, label, value) {
    const row = document.createElement("div");
    row.append(Object.assign(document.createElement("dt"), { textContent: label }), Object.assign(document.createElement("dd"), { textContent: value }));
    list.append(row);
  }

  // What the clerk filled in for a check that waits on the holder's phone; empty where there is no such check.
  personCheck() {
    const pairing = this.right.querySelector("[data-pairing]")?.value.normalize("NFKC").replace(/\D/g, "");
    return { ...(pairing ? { pairing } : {}), ...(this.right.querySelector("[data-end-sessions]")?.checked ? { end_sessions: true } : {}) };
  }

  trouble(body) {
    const line = this.right.querySelector("[data-trouble]");
    if (!line) return;
    line.querySelector("span").textContent = [body.title, body.detail].filter(Boolean).join(" ");
    line.hidden = false;
  }

  reported() {
    const button = this.right.querySelector("[data-report]"), line = this.right.querySelector("[data-told]");
    button.disabled = true;
    line.hidden = false;
  }

  compared(matched, ended, clear) {
    const words = this.texts.compared[matched ? "yes" : "no"];
    const head = this.headline(matched ? "ok" : "bad", matched ? "user-round-check" : "user-round-x", words.title, ended ? this.texts.compared.ended : words.text, matched ? "CONFIRMED" : "MISMATCH");
    this.right.replaceChildren(head);
    setTimeout(() => { if (this.right.firstElementChild === head) clear(); }, COMPARED_MS);
  }

  note(answer, tone, name, word) {
    const row = this.part("row"), whole = answer.shown?.name, seen = whole ? masked(whole) : answer.shown?.name_masked;
    row.querySelector(".ic").classList.add({ ok: "c-green", warn: "c-amber", bad: "c-red" }[tone]);
    this.station.icon(row, name);
    row.querySelector("b").textContent = seen ?? this.texts.nobody;
    row.querySelector("small").textContent = second();
    row.querySelector(".r").textContent = word;
    this.last.querySelector("[data-none]")?.remove();
    this.last.prepend(row);
    while (this.last.children.length > MOST_LAST) this.last.lastElementChild.remove();
  }
}
