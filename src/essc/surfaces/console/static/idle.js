// The screen locks after a quarter of an hour without a hand on it: first a warning, then an opaque sheet that asks for the password.
// The page stays below it as it was, so nothing that was typed is lost. All tabs count as one hand.
const sheet = document.querySelector("#con-lock"), warning = document.querySelector("#con-warn");
const IDLE_S = Number(sheet.dataset.idle), WARN_S = 60, PING_S = 300, MARK = "essc-console-hand";
const page = document.querySelector(".con"), title = document.title;
let pinged = Date.now();

const now = () => Date.now();
const hand = () => { if (!sheet.open && !warning.open) localStorage.setItem(MARK, String(now())); };
const idle = () => (now() - Number(localStorage.getItem(MARK) ?? now())) / 1000;
const post = (path, fields) => fetch(path, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields), redirect: "manual" });

function lock(tell) {
  if (warning.open) warning.close();
  if (sheet.open) return;
  page.inert = true;
  page.classList.add("veiled");
  document.title = sheet.querySelector("h1").textContent;
  sheet.showModal();
  sheet.querySelector("input[type=password]").focus();
  if (tell) post("/console/lock", {}).catch(() => {});
}

function open() {
  page.inert = false;
  page.classList.remove("veiled");
  document.title = title;
  sheet.close();
  localStorage.setItem(MARK, String(now()));
}

function tick() {
  const spent = idle();
  if (sheet.open) { if (localStorage.getItem(`${MARK}-open`) === "1" && spent < WARN_S) open(); return; }
  if (spent >= IDLE_S) return lock(true);
  if (spent >= IDLE_S - WARN_S) {
    warning.querySelector("[data-count]").textContent = warning.dataset.soon.replace("{n}", String(Math.ceil(IDLE_S - spent)));
    if (!warning.open) warning.showModal();
  } else {
    if (warning.open) warning.close();
    if (spent < PING_S && now() - pinged > PING_S * 1000) { pinged = now(); fetch("/console/alive", { redirect: "manual" }).catch(() => {}); }
  }
}

sheet.addEventListener("cancel", (event) => event.preventDefault());
warning.addEventListener("close", hand);
sheet.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  const field = sheet.querySelector("input[type=password]"), said = sheet.querySelector("[role=alert]");
  said.textContent = "";
  const answer = await post("/console/lock/open", { password: field.value }).catch(() => null);
  field.value = "";
  if (answer?.ok) { localStorage.setItem(`${MARK}-open`, "1"); open(); return; }
  if (!answer || answer.status !== 422) { location.assign(`/console/lock?next=${encodeURIComponent(location.pathname + location.search)}`); return; }
  const problem = await answer.json();
  said.textContent = `${problem.title}${problem.action}`;
  field.focus();
}, { capture: true });

localStorage.setItem(MARK, String(now()));
localStorage.removeItem(`${MARK}-open`);
for (const event of ["pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(event, hand, { passive: true });
setInterval(tick, 1000);
