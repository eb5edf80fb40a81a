// <ssc-scan data-on>: reads codes with the camera. States: idle | starting | on | NotAllowedError | NotFoundError | insecure | hit.
// Emits `scan` with what was read; what it means is decided elsewhere, and nothing that was read is ever opened as an address.
// With a form inside ([data-form], fields `text` and `picture`) what was read is sent there; a picture that cannot be read here is read there.
import { detector } from "./detector.js";
const EVERY_MS = 120;
const HINT_AFTER_MS = 8000;
const SIDE = 1600;

customElements.define("ssc-scan", class extends HTMLElement {
  connectedCallback() {
    this.video = this.querySelector("video");
    this.tip = this.querySelector("[data-tip]");
    this.querySelector("[data-start]")?.addEventListener("click", () => this.toggle());
    const file = this.querySelector("[data-file]");
    this.querySelector("[data-pick]")?.addEventListener("click", () => file.click());
    file?.addEventListener("change", () => this.picture(file));
    this.torch = this.querySelector("[data-torch]");
    this.torch?.addEventListener("click", () => this.light(this.torch.getAttribute("aria-pressed") !== "true"));
    this.facing = "environment";
    this.querySelector("[data-switch]")?.addEventListener("click", () => this.turn());
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
    const wanted = { video: { facingMode: this.facing, width: { ideal: 1280 } } };
    try { this.stream = await navigator.mediaDevices.getUserMedia(wanted); } catch (problem) { return this.refuse(problem.name); }
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    this.tools();
    const reader = await detector();
    this.dataset.engine = reader.kind;
    this.state("on");
    this.say("aim");
    return this.watch(reader);
  }

  // What this camera can do besides looking: a light, and another side.
  async tools() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    if (this.torch) this.torch.hidden = !track?.getCapabilities?.().torch;
    const other = this.querySelector("[data-switch]"), all = other ? await navigator.mediaDevices.enumerateDevices().catch(() => []) : [];
    if (other) other.hidden = all.filter((one) => one.kind === "videoinput").length < 2;
  }

  async light(on) {
    const [track] = this.stream?.getVideoTracks() ?? [];
    await track?.applyConstraints({ advanced: [{ torch: on }] }).then(() => this.torch.setAttribute("aria-pressed", String(on)), () => { this.torch.hidden = true; });
  }

  turn() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    this.stop();
    return this.start();
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
    const text = image && await detector().then((reader) => reader.read(image)).catch(() => undefined);
    file.value = "";
    if (text) this.hit(text);
    else if (image && this.querySelector("[data-form]")) await this.upload(image, file);
    else this.say(image || !this.dataset.unreadable ? "blank" : "unreadable");
  }

  // The other reader is the server's: it gets the picture small enough to be sent quickly.
  async upload(image, file) {
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9)), box = new DataTransfer();
    box.items.add(new File([picture], "code.jpg", { type: "image/jpeg" }));
    file.files = box.files;
    this.dataset.engine = "server";
    this.say("sent");
    this.stop();
    this.querySelector("[data-form]").requestSubmit();
  }

  hit(text) {
    if (text === this.last && performance.now() - this.lastAt < 3000) return;
    this.last = text;
    this.lastAt = performance.now();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(40);
    this.say("hit");
    this.dispatchEvent(new CustomEvent("scan", { bubbles: true, detail: { text, by: "camera" } }));
    const form = this.querySelector("[data-form]");
    if (!form) return;
    form.elements.text.value = text;
    form.elements.picture.disabled = true;
    this.stop();
    form.requestSubmit();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    if (this.video) this.video.srcObject = null;
    this.state("idle");
  }
});
