// <ssc-idle data-out="60">: a visible countdown; at its end it says `idle` and whoever shows something private takes it away.
customElements.define("ssc-idle", class extends HTMLElement {
  connectedCallback() {
    this.seconds = Number(this.dataset.out);
    this.ends = performance.now() + this.seconds * 1000;
    this.clock = setInterval(() => this.tick(), 250);
    this.tick();
  }

  disconnectedCallback() { clearInterval(this.clock); }

  tick() {
    const left = Math.max(0, Math.ceil((this.ends - performance.now()) / 1000));
    this.querySelector("[data-count]").textContent = String(left);
    this.querySelector("[data-bar]")?.setAttribute("width", String((100 * left) / this.seconds));
    if (left > 0) return;
    clearInterval(this.clock);
    this.dispatchEvent(new CustomEvent("idle", { bubbles: true }));
  }
});
