// The card in full: a clock that goes, so that it is no photograph, and an end. What is private leaves the page when the minute is over or nobody looks.
const root = document.querySelector("[data-cert]"), clock = root.querySelector("[data-clock]");
const ahead = Number(clock.dataset.clock) - Date.now();        // our clock, not the telephone's
const written = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });
const tick = () => { clock.textContent = written.format(new Date(Date.now() + ahead)); };
const going = setInterval(tick, 250);
tick();

function close() {
  clearInterval(going);
  root.querySelector("[data-private]")?.remove();
  root.querySelector("[data-closed]").hidden = false;
}
root.addEventListener("idle", close);
document.addEventListener("visibilitychange", () => { if (document.hidden) close(); });
addEventListener("pagehide", close);
