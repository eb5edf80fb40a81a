// <ssc-read data-say data-auto>: reads a written script aloud, slowly, in the page's language; hidden where the browser has no voice. Digits of a code
// are spoken one by one. `data-auto` is said by itself, but only after somebody has touched the page. Speaking stops when the page goes away.
const RATE = 0.85;

customElements.define("ssc-read", class extends HTMLElement {
  connectedCallback() {
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) return;
    this.hidden = false;
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => (this.speaking && !this.greeting ? this.stop() : this.say(this.script())));
    this.away = () => this.stop();
    addEventListener("pagehide", this.away);
    if (this.dataset.auto) this.greet();
  }

  disconnectedCallback() { if (this.away) { this.stop(); removeEventListener("pagehide", this.away); } }

  script() {
    const digits = document.querySelector("[data-digits]")?.dataset.digits ?? "";
    return [this.dataset.say, [...digits].join(" ")].join(" ").trim();
  }

  greet() {
    const speak = () => { if (!this.speaking) { this.say(this.dataset.auto); this.greeting = true; } };
    if (navigator.userActivation?.hasBeenActive) speak();
    else document.addEventListener("pointerup", (event) => { if (!event.target.closest("ssc-read, a")) speak(); }, { once: true });
  }

  say(text) {
    this.stop();
    this.greeting = false;      // whoever asks while the greeting is spoken wants the page read, not silence
    const words = Object.assign(new SpeechSynthesisUtterance(text), { lang: document.documentElement.lang || "zh-CN", rate: RATE });
    words.onend = words.onerror = () => { if (this.speaking === words) this.over(); };
    this.speaking = words;
    this.button.setAttribute("aria-pressed", "true");
    speechSynthesis.speak(words);
  }

  over() { this.speaking = undefined; this.button.setAttribute("aria-pressed", "false"); }

  stop() { speechSynthesis.cancel(); this.over(); }
});
