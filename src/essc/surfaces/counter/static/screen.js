// The right half of the counter: made from the page's templates, filled with textContent only.
import "../elements/idle.js";

const TONES = { PASS: ["ok", "circle-check"], NETWORK: ["bad", "wifi-off"], EXPIRED: ["warn", "clock"], USED: ["warn", "history"], NOT_YET: ["warn", "clock"], READER_THROTTLED: ["warn", "clock"], UNREADABLE: ["warn", "nfc"] };
const MOST_LAST = 4;

// As everywhere: the first and the last character stay, of two only the first.
function masked(name) {
  const characters = [...name];
  return characters.length < 3 ? `${characters[0]}*` : `${characters[0]}${"*".repeat(characters.length - 2)}${characters.at(-1)}`;
}

export class Screen {
  constructor(root, texts) {
    this.root = root;
    this.texts = texts;
    this.right = root.querySelector("[data-right]");
    this.last = root.querySelector("[data-last]");
  }

  part(name) { return this.root.querySelector(`template[data-tpl="${name}"]`).content.cloneNode(true).firstElementChild; }

  icon(within, name) { within.querySelector("use").setAttribute("href", `${this.root.dataset.icons}#${name}`); }

  clock() { return new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Asia/Shanghai" }).format(new Date()); }

  wait() { this.right.replaceChildren(this.part("wait")); }

  working() { this.right.replaceChildren(this.part("working")); }

  show(answer, acts) {
    const passed = answer.verdict === "PASS", words = this.texts.verdicts[answer.verdict] ?? this.texts.verdicts.OTHER;
    const [tone, name] = TONES[answer.verdict] ?? ["bad", "circle-x"];
    const head = this.headline(tone, name, answer.title ?? words.title, words.text.replace("{n}", String(answer.seconds ?? 60)), answer.verdict);
    head.querySelector("[data-time]").textContent = this.clock();
    const keys = this.part(passed ? "pass-keys" : "other-keys");
    this.right.replaceChildren(head, ...(passed ? [this.person(answer)] : []), keys, this.part("idle"));
    if (passed) {
      keys.querySelector("[data-confirm]").addEventListener("click", acts.confirm);
      keys.querySelector("[data-mismatch]").addEventListener("click", acts.mismatch);
    } else {
      const next = keys.querySelector("[data-next]");
      next.textContent = words.next;
      next.addEventListener("click", acts.again);
    }
    if (answer.verdict !== "NETWORK") this.note(answer, tone, name, words.title);
  }

  headline(tone, name, title, text, verdict) {
    const head = this.part("verdict");
    head.classList.add(tone);
    head.dataset.verdict = verdict;
    this.icon(head, name);
    head.querySelector("[data-title]").textContent = title;
    head.querySelector("[data-text]").textContent = text;
    return head;
  }

  person(answer) {
    const part = this.part("person"), { name, name_masked: masked, photo, level, ...rest } = answer.shown ?? {};
    part.querySelector("[data-name]").textContent = name ?? masked ?? this.texts.nobody;
    const image = part.querySelector("[data-photo]");
    if (photo) image.src = photo; else image.alt = this.texts.noPhoto;
    part.querySelector("[data-no-photo]").hidden = Boolean(photo);
    const tags = part.querySelector("[data-tags]");
    tags.append(this.tag("ok", "circle-check", this.texts.normal));
    if (level) tags.append(this.tag(level === 2 ? "info" : "", level === 2 ? "credit-card" : "id-card", this.texts[`level${level}`]));
    const facts = part.querySelector("[data-facts]");
    for (const [field, value] of Object.entries({ ...rest, region: answer.region })) if (value) this.fact(facts, this.texts.fields[field] ?? field, value);
    if (answer.channel) this.fact(facts, this.texts.channel, answer.channel);
    if (answer.way === "physical_card") this.fact(facts, this.texts.way, this.texts.wayCard);
    else if (Number.isFinite(answer.code_age_s)) this.fact(facts, this.texts.age, this.texts.ageIs.replace("{n}", String(Math.max(1, answer.code_age_s))));
    return part;
  }

  tag(tone, name, text) {
    const tag = document.createElement("span");
    tag.className = `tag ${tone}`;
    tag.innerHTML = '<svg class="i" aria-hidden="true"><use/></svg>';
    this.icon(tag, name);
    tag.append(text);
    return tag;
  }

  fact(list, label, value) {
    const row = document.createElement("div");
    row.append(Object.assign(document.createElement("dt"), { textContent: label }), Object.assign(document.createElement("dd"), { textContent: value }));
    list.append(row);
  }

  compared(matched, clear) {
    const words = this.texts.compared[matched ? "yes" : "no"];
    const head = this.headline(matched ? "ok" : "bad", matched ? "user-round-check" : "user-round-x", words.title, words.text, matched ? "CONFIRMED" : "MISMATCH");
    head.querySelector("[data-time]").textContent = this.clock();
    this.right.replaceChildren(head);
    setTimeout(() => { if (this.right.firstElementChild === head) clear(); }, 4000);
  }

  note(answer, tone, name, word) {
    const row = this.part("row"), whole = answer.shown?.name, seen = whole ? masked(whole) : answer.shown?.name_masked;
    row.querySelector(".ic").classList.add({ ok: "c-green", warn: "c-amber", bad: "c-red" }[tone]);
    this.icon(row, name);
    row.querySelector("b").textContent = seen ?? this.texts.nobody;
    row.querySelector("small").textContent = this.clock();
    row.querySelector(".r").textContent = word;
    this.last.querySelector("[data-none]")?.remove();
    this.last.prepend(row);
    while (this.last.children.length > MOST_LAST) this.last.lastElementChild.remove();
  }
}
