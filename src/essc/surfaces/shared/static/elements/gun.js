// <ssc-gun data-pattern="^[0-9]{24}$">: a barcode gun is a very fast keyboard. The physical key (event.code) is read, so a Chinese input method
// (key "Process") or CapsLock cannot spoil what was scanned. Slow typing goes into the field as usual and is taken on Enter.
// Emits `scan` {text, by: "gun" | "hand"} and `partial`. States: ready | away.
const GAP_MS = 300;

function character(code) {
  if (/^Key[A-Z]$/.test(code)) return code[3];
  if (/^(Digit|Numpad)[0-9]$/.test(code)) return code.at(-1);
  return code === "Period" || code === "NumpadDecimal" ? "." : "";
}

const plain = (text) => text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
const writes = (node) => node?.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

customElements.define("ssc-gun", class extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.pattern = new RegExp(this.dataset.pattern);
    this.typed = "";
    this.last = -Infinity;
    this.key = (event) => this.take(event);
    document.addEventListener("keydown", this.key, true);
    this.look = () => this.ready();
    for (const name of ["focusin", "focusout"]) document.addEventListener(name, this.look);
    for (const name of ["focus", "blur"]) addEventListener(name, this.look);
    this.input.focus();
    this.ready();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.key, true);
    for (const name of ["focusin", "focusout"]) document.removeEventListener(name, this.look);
    for (const name of ["focus", "blur"]) removeEventListener(name, this.look);
  }

  // A scan is heard wherever the page has the keyboard, except in another field or behind an open dialog.
  hears() { const at = document.activeElement; return document.hasFocus() && !(at !== this.input && writes(at)) && !document.querySelector("dialog[open]"); }

  ready() {
    const state = this.hears() ? "ready" : "away";
    if (this.dataset.state === state) return;
    this.dataset.state = state;
    this.say(state);
  }

  say(key) { const line = this.querySelector("[data-line]"); if (line) line.textContent = this.dataset[key] ?? ""; }

  take(event) {
    if (this.input.disabled || !this.hears() || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = performance.now();
    if (now - this.last > GAP_MS) this.typed = "";
    this.last = now;
    if (event.code !== "Enter" && event.code !== "NumpadEnter" && event.code !== "Tab") { this.typed += character(event.code); return; }
    const scanned = this.typed, byHand = plain(this.input.value);
    this.typed = "";
    if (this.pattern.test(scanned)) return this.emit(event, scanned, "gun");
    if (event.code === "Tab") return undefined;
    if (this.pattern.test(byHand)) return this.emit(event, byHand, "hand");
    if (scanned.length > 3 || byHand) { event.preventDefault(); event.stopPropagation(); this.input.value = ""; this.say("partial"); this.dispatchEvent(new CustomEvent("partial", { bubbles: true })); }
    return undefined;
  }

  emit(event, text, by) {
    event.preventDefault();
    event.stopPropagation();
    this.input.value = "";
    this.input.blur();                                    // ends an open composition of an input method
    this.input.focus();
    this.say("ready");
    this.dispatchEvent(new CustomEvent("scan", { bubbles: true, detail: { text, by } }));
  }
});
