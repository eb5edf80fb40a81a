// <ssc-code data-ttl data-left data-now data-result>: counts down, asks for a new code at 0, on return and on tap, keeps the screen awake,
// and asks for the counter's answer every second while somebody looks. An old code is taken off the screen, never shown past its life.
// <ssc-code data-wait> has no code now and asks for one after so many seconds.
const POLL_MS = 1000;
const RETURN_MS = 2000;
const SKEW_MS = 120_000;

customElements.define("ssc-code", class extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.ttl) {
      if (this.dataset.wait) this.clock = setTimeout(() => { if (!document.hidden) this.renew(); }, Number(this.dataset.wait) * 1000);
      return;
    }
    this.ends = performance.now() + Number(this.dataset.left) * 1000;
    this.born = performance.now();
    this.clock = setInterval(() => this.tick(), 250);
    this.asking = setInterval(() => this.ask(), POLL_MS);
    this.querySelector("[data-renew]")?.addEventListener("click", (event) => { event.preventDefault(); this.renew(); });
    this.seen = () => { if (!document.hidden) { this.awake(); if (performance.now() - this.born > RETURN_MS) this.renew(); } };
    document.addEventListener("visibilitychange", this.seen);
    this.lost = (event) => this.veil({ "htmx:responseError": "trouble", "htmx:timeout": "late" }[event.type]);
    for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) this.addEventListener(name, this.lost);
    if (Math.abs(Date.now() - Number(this.dataset.now)) > SKEW_MS) this.querySelector("[data-skew]")?.removeAttribute("hidden");
    this.awake();
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.clock);
    clearInterval(this.asking);
    document.removeEventListener("visibilitychange", this.seen);
    this.lock?.release().catch(() => {});
  }

  async awake() {
    this.lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
  }

  tick() {
    const left = Math.max(0, Math.ceil((this.ends - performance.now()) / 1000));
    const number = this.querySelector("[data-count]");
    if (!number) return;
    number.textContent = String(left);
    this.querySelector("[data-bar]").setAttribute("width", String((100 * left) / Number(this.dataset.ttl)));
    if (left === 0 && !document.hidden) this.renew();
  }

  renew() {
    if (this.renewing) return;
    if (!window.htmx || !this.hasAttribute("hx-get")) { location.reload(); return; }      // a slow line has not brought it yet: the whole page will do
    this.renewing = true;
    this.dataset.state = "renewing";
    clearInterval(this.clock);
    this.dispatchEvent(new CustomEvent("renew", { bubbles: true }));
  }

  veil(why = "offline") {
    clearInterval(this.asking);
    this.renewing = false;
    this.dataset.state = "offline";
    this.querySelectorAll("[data-live]").forEach((part) => part.remove());
    const veil = this.querySelector("[data-veil]");
    if (!veil) return;
    veil.hidden = false;
    veil.querySelectorAll("[data-why]").forEach((part) => { part.hidden = part.dataset.why !== why; });
    veil.querySelector("[data-renew-again]")?.addEventListener("click", () => this.renew(), { once: true });
  }

  async ask() {
    if (document.hidden || this.busy) return;
    this.busy = true;
    const answer = await fetch(this.dataset.result, { method: "POST", body: new URLSearchParams({ since: this.dataset.since }) }).catch(() => null);
    this.busy = false;
    if (answer?.redirected) { location.assign(answer.url); return; }      // the session is over: to where one signs in
    if (answer?.status !== 200 || !this.isConnected) return;
    const shown = document.createElement("div");
    shown.innerHTML = await answer.text();               // our own fragment, same origin, scripts forbidden by the policy
    for (const below of document.body.children) below.inert = true;      // the answer covers the page: nothing below it is read or reached
    document.body.append(...shown.childNodes);
    this.dispatchEvent(new CustomEvent("used", { bubbles: true }));
    navigator.vibrate?.(60);
    document.querySelector(".result h1")?.focus();
    this.remove();
  }
});
