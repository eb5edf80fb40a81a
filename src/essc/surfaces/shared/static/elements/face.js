// <ssc-face>: guides a person before the front camera, takes at most 8 JPEG frames (640×480, quality .8) and puts
// them into its form as frame0, frame1, … Frames live in memory only. States: idle | starting | on | sending | paused | NotAllowedError | NotFoundError | insecure.
const WIDTH = 640, HEIGHT = 480, QUALITY = 0.8, MOST_FRAMES = 8, MOVE_MS = 1900;

customElements.define("ssc-face", class extends HTMLElement {
  connectedCallback() {
    this.video = this.querySelector("video");
    this.form = this.querySelector("form");
    this.querySelector("[data-start]")?.addEventListener("click", () => this.start());
    const photo = this.querySelector("[data-photo]");
    this.querySelector("[data-pick]")?.addEventListener("click", () => photo.click());
    photo?.addEventListener("change", () => this.fromPhotos(photo));
    this.away = () => this.stop();
    addEventListener("pagehide", this.away);
    this.dataset.state ||= "idle";
  }

  disconnectedCallback() { this.stop(); removeEventListener("pagehide", this.away); }

  // Elder mode says it too: the camera was opened by a tap, so the voice may speak.
  prompt(text) {
    const line = this.querySelector("[data-say]");
    if (line && text) line.textContent = text;
    if (!text || document.documentElement.dataset.mode !== "elder" || !window.speechSynthesis) return;
    speechSynthesis.cancel();
    speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(text), { lang: document.documentElement.lang, rate: 0.85 }));
  }

  async start() {
    if (this.stream) return;
    this.dataset.state = "starting";
    if (!navigator.mediaDevices) return this.refuse("insecure");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: WIDTH }, height: { ideal: HEIGHT } } });
    } catch (problem) { return this.refuse(problem.name); }
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    this.querySelectorAll("[data-idle]").forEach((part) => { part.hidden = true; });
    await this.video.play().catch(() => {});
    this.dataset.state = "on";
    return this.guide();
  }

  refuse(name) {
    this.dataset.state = name;
    this.querySelectorAll("[data-trouble]").forEach((part) => { part.hidden = part.dataset.trouble !== (name === "NotAllowedError" ? "denied" : "none"); });
  }

  // One move after the other; about two frames each.
  async guide() {
    const steps = [...this.querySelectorAll("[data-move]")], frames = [];
    const each = Math.max(1, Math.floor(MOST_FRAMES / Math.max(1, steps.length)));
    for (const step of steps) {
      steps.forEach((other) => other.removeAttribute("aria-current"));
      step.setAttribute("aria-current", "step");
      this.prompt(step.dataset.prompt);
      for (let taken = 0; taken < each; taken++) {
        await new Promise((next) => setTimeout(next, MOVE_MS / each));
        if (!this.stream) return;
        frames.push(await this.frame());
      }
      step.removeAttribute("aria-current");
      step.setAttribute("data-done", "");
    }
    this.send(frames.slice(0, MOST_FRAMES));
  }

  frame() {
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
    const wide = this.video.videoWidth || WIDTH, high = this.video.videoHeight || HEIGHT, scale = Math.max(WIDTH / wide, HEIGHT / high);
    canvas.getContext("2d").drawImage(this.video, (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2, wide * scale, high * scale);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }

  // One photo, or several of one person who moves: a still picture alone shows no life, and the face service says so.
  async fromPhotos(input) {
    const pictures = await Promise.all([...input.files].slice(0, MOST_FRAMES).map((file) => createImageBitmap(file).catch(() => null)));
    if (!pictures.length || pictures.includes(null)) { this.prompt(this.dataset.unreadable); return; }
    this.send(await Promise.all(pictures.map((picture) => this.still(picture))));
  }

  still(picture) {
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
    const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height), wide = picture.width * scale, high = picture.height * scale;
    canvas.getContext("2d").drawImage(picture, (WIDTH - wide) / 2, (HEIGHT - high) / 2, wide, high);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }

  send(frames) {
    this.form.querySelectorAll("[data-frame]").forEach((old) => old.remove());
    frames.forEach((frame, index) => {
      const box = new DataTransfer(), input = Object.assign(document.createElement("input"), { type: "file", name: `frame${index}`, hidden: true });
      box.items.add(new File([frame], `frame${index}.jpg`, { type: "image/jpeg" }));
      input.files = box.files;
      input.dataset.frame = "";
      this.form.append(input);
    });
    this.dataset.state = "sending";
    this.prompt(this.dataset.sending);
    this.video.pause();
    this.form.requestSubmit();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
  }
});
