// <ssc-pin length="6">: one real input under six boxes, so pasting and screen readers work. Optional list of live hints:
// [data-rule=run|same|number]; the server decides again in any case. The keypad is the phone's own, in its usual order.
const DIGITS = "0123456789";

const rules = {
  run: (pin) => !(DIGITS.includes(pin) || [...DIGITS].reverse().join("").includes(pin)),
  same: (pin) => new Set(pin).size > 1,
  number: (pin, number) => !(number && number.includes(pin)),
};

customElements.define("ssc-pin", class extends HTMLElement {
  connectedCallback() {
    for (const pin of this.querySelectorAll(".pin")) this.wire(pin);
    this.form = this.closest("form");
  }

  get length() { return Number(this.getAttribute("length") ?? 6); }

  wire(pin) {
    const input = pin.querySelector("input"), boxes = [...pin.querySelectorAll(".cells i")], heard = pin.querySelector("[data-heard]");
    const draw = () => {
      input.value = input.value.normalize("NFKC").replace(/\D/g, "").slice(0, this.length);
      const many = input.value.length, here = document.activeElement === input;
      boxes.forEach((box, at) => { box.toggleAttribute("data-on", at < many); box.toggleAttribute("data-at", here && at === Math.min(many, this.length - 1)); });
      if (heard) heard.textContent = heard.dataset.heard.replace("{n}", String(many));
      if (pin.hasAttribute("data-hinted")) this.hint(input.value);
      if (many === this.length) this.full(pin, input);
    };
    input.addEventListener("input", draw);
    for (const name of ["focus", "blur"]) input.addEventListener(name, draw);
    draw();
  }

  hint(pin) {
    for (const line of this.querySelectorAll("[data-rule]")) {
      const whole = pin.length === this.length;
      const good = rules[line.dataset.rule](pin, this.dataset.number);
      line.dataset.ok = whole ? (good ? "1" : "0") : "";
      const use = line.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, !whole ? "#circle-dashed" : good ? "#circle-check" : "#circle-x"));
    }
  }

  full(pin, input) {
    const pins = [...this.querySelectorAll(".pin")], next = pins[pins.indexOf(pin) + 1]?.querySelector("input");
    if (document.activeElement !== input) return;
    if (next && !next.value) next.focus();
    this.dispatchEvent(new CustomEvent("full", { bubbles: true }));
  }
});
