// The connection pill. While the line is down nothing is verified: the gun is shut, the page hears `link` and says so. It comes back by itself.
const EVERY_MS = 10_000, WHILE_DOWN_MS = 3000;

export class Link {
  constructor(root, texts) {
    this.root = root;
    this.texts = texts;
    this.lost = false;
    addEventListener("offline", () => this.gone());
    addEventListener("online", () => this.ask());
    this.next();
  }

  next() { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), this.lost ? WHILE_DOWN_MS : EVERY_MS); }

  async ask() {
    const answer = await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(4000) }).catch(() => null);
    if (answer?.ok) this.found(); else this.gone();
    this.next();
  }

  found() {
    const back = this.lost && this.then;
    this.lost = false;
    this.show("ok", "circle-check", this.texts.linkOk);
    if (back) { this.then = undefined; back(); }
  }

  gone(then) {
    this.then = then ?? this.then;
    if (!this.lost) this.since = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(new Date());
    this.lost = true;
    this.show("bad", "wifi-off", this.texts.linkLost.replace("{time}", this.since));
    this.next();
  }

  show(tone, name, text) {
    const pill = this.root.querySelector("[data-link-pill]");
    if (pill.dataset.tone === tone && pill.lastElementChild.textContent === text) return;
    pill.dataset.tone = tone;
    pill.className = `tag ${tone}`;
    pill.querySelector("use").setAttribute("href", `${this.root.dataset.icons}#${name}`);
    pill.lastElementChild.textContent = text;
    this.root.dataset.link = this.lost ? "lost" : "ok";
    const gun = this.root.querySelector("ssc-gun input");
    if (gun) { gun.disabled = this.lost; if (!this.lost && document.activeElement === document.body) gun.focus(); }
    this.root.dispatchEvent(new CustomEvent("link", { detail: { lost: this.lost, text } }));
  }
}
