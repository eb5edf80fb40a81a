// What every page of an activated terminal has: the terminal and its name, the line to the platform, the clock, the sound, the scene, the keys that lead to
// the other pages. Nothing of a holder is here.
import { Problem, Terminal, call } from "./api.js";
import { Link } from "./link.js";
import { setSound, soundOn } from "./sound.js";

const BEAT_MS = 5 * 60_000;
const SCENE = "essc-scene", PAGES = { F8: "gate", F9: "shift" };
const written = (options) => { const format = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hourCycle: "h23", ...options }); return (at) => format.format(at ?? new Date()); };
export const minute = written({ hour: "2-digit", minute: "2-digit" });
export const second = written({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const moment = written({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
const title = (scene) => scene[document.documentElement.lang === "en" ? "title_en" : "title_zh"];

export class Station {
  constructor(root) {
    this.root = root;
    this.texts = JSON.parse(root.dataset.texts);
    this.link = new Link(root, this.texts);
    this.wire();
  }

  // The station of this page; without a terminal in this browser it leads to activation and gives nothing.
  static async open(root) {
    const station = new Station(root);
    station.terminal = await Terminal.load().catch(() => null);
    if (!station.terminal) { location.replace("/counter/activate"); return null; }
    const { venue, name, number } = station.terminal.record;
    station.find("[data-venue]").textContent = ` · ${venue} ${name}`;
    station.find("[data-terminal]").textContent = station.texts.terminal.replace("{number}", number);
    return station;
  }

  find(what) { return this.root.querySelector(what); }

  icon(within, name) { within.querySelector("use").setAttribute("href", `${this.root.dataset.icons}#${name}`); }

  part(name) { return this.find(`template[data-tpl="${name}"]`).content.cloneNode(true).firstElementChild; }

  wire() {
    const clock = () => { this.find("[data-clock]").textContent = minute(); };
    setInterval(clock, 10_000);
    clock();
    const button = this.find("[data-sound]");
    button?.addEventListener("click", () => { setSound(!soundOn()); this.showSound(button); });
    if (button) this.showSound(button);
    document.addEventListener("keydown", (event) => {
      const page = PAGES[event.code], there = this.root.dataset.page;
      if (!page || this.find("dialog[open]")) return;
      event.preventDefault();
      location.assign(page === there ? "/counter" : `/counter/${page}`);
    });
  }

  showSound(button) {
    const on = soundOn();
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("span").textContent = on ? this.texts.soundOn : this.texts.soundOff;
    this.icon(button, on ? "volume-2" : "volume-off");
  }

  // Fill the list of scenes with those of this terminal; the one chosen last stays. `refused` hears why the terminal may not work.
  async begin(refused) {
    try {
      const allowed = (await this.terminal.session()).scenes;
      this.scenes = new Map((await call("GET", "/v1/scenes")).items.map((one) => [one.code, title(one)]));
      const list = this.find("[data-scene]");
      list?.replaceChildren(...allowed.map((code) => new Option(this.scenes.get(code) ?? code, code, false, code === localStorage.getItem(SCENE))));
      list?.addEventListener("change", () => localStorage.setItem(SCENE, list.value));
      this.link.found();
      this.beat();
      return true;
    } catch (trouble) {
      if (trouble instanceof Problem) { this.link.found(); refused(trouble); return false; }
      this.link.gone(() => this.begin(refused));
      return false;
    }
  }

  // A sign of life, at once and every few minutes: whoever looks after terminals tells an idle one from a dead one. One that is lost is not missed.
  beat() {
    clearTimeout(this.beating);
    this.beating = setTimeout(() => this.beat(), BEAT_MS);
    this.terminal.ask("POST", "/v1/heartbeats").catch(() => undefined);
  }

  get scene() { return this.find("[data-scene]").value; }
}
