// <ssc-scan data-on>: reads codes with the camera. States: idle | starting | on | NotAllowedError | NotFoundError | insecure | hit.
// Emits `scan` with what was read; what it means is decided elsewhere, and nothing that was read is ever opened as an address.
import { detector } from "./detector.js";
const EVERY_MS = 120;
const HINT_AFTER_MS = 8000;

customElements.define("ssc-scan", class extends HTMLElement {
  connectedCallback() {
    this.video = this.querySelector("video");
    this.tip = this.querySelector("[data-tip]");
    this.querySelector("[data-start]")?.addEventListener("click", () => this.toggle());
    const file = this.querySelector("[data-file]");
    this.querySelector("[data-pick]")?.addEventListener("click", () => file.click());
    file?.addEventListener("change", () => this.picture(file));
    this.away = () => this.stop();
    addEventListener("pagehide", this.away);
    this.state("idle");
    if (this.hasAttribute("data-on")) this.start();
  }

  disconnectedCallback() { this.stop(); removeEventListener("pagehide", this.away); }

  state(name) {
    this.dataset.state = name;
    const live = name === "on" || name === "starting" || name === "hit";
    this.querySelectorAll("[data-idle]").forEach((part) => { part.hidden = live; });
    this.querySelectorAll("[data-live]").forEach((part) => { part.hidden = !live; });
  }

  say(key) { if (this.tip && this.dataset[key]) this.tip.textContent = this.dataset[key]; }

  toggle() { return this.stream ? this.stop() : this.start(); }

  async start() {
    this.state("starting");
    if (!navigator.mediaDevices) return this.refuse("insecure");
    const wanted = { video: { facingMode: "environment", width: { ideal: 1280 } } };
    try { this.stream = await navigator.mediaDevices.getUserMedia(wanted); } catch (problem) { return this.refuse(problem.name); }
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    const reader = await detector();
    this.dataset.engine = reader.kind;
    this.state("on");
    this.say("aim");
    return this.watch(reader);
  }

  refuse(name) {
    this.state(name);
    this.say(name === "NotAllowedError" ? "denied" : "none");
  }

  async watch(reader) {
    const began = performance.now();
    while (this.isConnected && this.stream) {
      const text = await reader.read(this.video).catch(() => undefined);
      if (text && this.stream) this.hit(text);
      if (performance.now() - began > HINT_AFTER_MS && this.dataset.state === "on") this.say("slow");
      await new Promise((next) => setTimeout(next, text ? 1500 : EVERY_MS));
    }
  }

  async picture(file) {
    const image = file.files[0] && await createImageBitmap(file.files[0]).catch(() => null);
    const text = image && await (await detector()).read(image).catch(() => undefined);
    file.value = "";
    if (text) this.hit(text); else this.say("blank");
  }

  hit(text) {
    if (text === this.last && performance.now() - this.lastAt < 3000) return;
    this.last = text;
    this.lastAt = performance.now();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(40);
    this.say("hit");
    this.dispatchEvent(new CustomEvent("scan", { bubbles: true, detail: { text, by: "camera" } }));
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    if (this.video) this.video.srcObject = null;
    this.state("idle");
  }
});
