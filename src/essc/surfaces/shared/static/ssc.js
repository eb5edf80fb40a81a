// Entry of every page. Loads an element's file only when the page has the element, and adds the few behaviours that need no element.
// No framework, no eval, no inline styles: works under `script-src 'self' 'wasm-unsafe-eval'; style-src 'self'`.
const ELEMENTS = ["code", "scan", "face", "gun", "pin", "idle", "copy", "chart", "read"];

function wake(root) {
  for (const name of ELEMENTS) {
    if (!customElements.get(`ssc-${name}`) && root.querySelector(`ssc-${name}`)) import(`./elements/${name}.js`);
  }
}

// The full name and number are fetched when the eye is tapped and dropped again after 30 s: they are never part of the page.
const REVEAL_FOR_MS = 30_000;
const SLOW_MS = 3000;
async function toggleEye(eye) {
  const card = eye.closest(".ssc"), shown = eye.getAttribute("aria-pressed") === "true";
  clearTimeout(card.hideAgain);
  const fields = [...card.querySelectorAll("[data-field]")];
  if (!shown) {
    const answer = await fetch(eye.dataset.eye, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) { if (answer?.status === 401) location.reload(); return; }
    const full = await answer.json();
    for (const field of fields) { field.dataset.masked = field.textContent; field.textContent = full[field.dataset.field] ?? field.textContent; }
    card.hideAgain = setTimeout(() => toggleEye(eye), REVEAL_FOR_MS);
  } else {
    for (const field of fields) field.textContent = field.dataset.masked ?? field.textContent;
  }
  eye.setAttribute("aria-pressed", String(!shown));
  eye.setAttribute("aria-label", shown ? eye.dataset.show : eye.dataset.hide);
  const use = eye.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye-off" : "#eye"));
}

document.addEventListener("click", (event) => {
  const eye = event.target.closest("[data-eye]");
  if (eye) toggleEye(eye);
  const opener = event.target.closest("[data-open]");
  if (opener) { event.preventDefault(); document.querySelector(opener.dataset.open)?.showModal(); }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  const reload = event.target.closest("[data-reload]");
  if (reload) { event.preventDefault(); location.reload(); }
  const zoom = event.target.closest("[data-zooms]");
  if (zoom) document.documentElement.dataset.zoom = zoom.dataset.zooms;      // how the chosen size looks, before it is kept
  const back = event.target.closest("[data-back]");
  if (back && history.length > 1) { event.preventDefault(); history.back(); }
});

// Twice on the card shows it in full; the link on it does the same.
document.addEventListener("dblclick", (event) => {
  const card = event.target.closest("[data-twice]");
  if (card && !event.target.closest("a, button")) location.assign(card.dataset.twice);
});

// A form is sent once: its button is shut and says so. The back button opens it again.
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter ?? form.querySelector("button:not([type=button])");
  if (event.defaultPrevented || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
  if (form.method === "dialog" || !button) return;
  form.dataset.sent = "1";
  if (form.dataset.keep) sessionStorage.setItem("sent", form.dataset.keep);
  setTimeout(() => {                                   // after the browser has read the button's own value
    button.dataset.label = button.innerHTML;
    button.disabled = true;
    button.replaceChildren(Object.assign(document.createElement("span"), { className: "spin" }), document.body.dataset.sending ?? "");
  });
  setTimeout(() => { if (button.disabled && button.lastChild) button.lastChild.textContent = document.body.dataset.slow ?? ""; }, SLOW_MS);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[data-label]")) { button.innerHTML = button.dataset.label; button.disabled = false; }
  }
});

// A button that needs a tick stays shut with its reason beside it.
function gate(box) {
  const target = document.querySelector(box.dataset.opens), reason = document.querySelector(box.dataset.reason);
  const follow = () => { target.disabled = !box.checked; if (reason) reason.hidden = box.checked; };
  box.addEventListener("change", follow);
  follow();
}

// What was typed survives a reload or a lost page (never passwords or codes: those fields carry no data-keep).
function keep(form) {
  const key = `keep:${form.dataset.keep}`;
  const saved = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  for (const input of form.querySelectorAll("input[data-keep]")) if (!input.value && saved[input.name]) input.value = saved[input.name];
  form.addEventListener("input", () => {
    const typed = [...form.querySelectorAll("input[data-keep]")].map((input) => [input.name, input.value]);
    sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(typed)));
  });
}

// It is let go once another page shows that it arrived: after trouble, the form of before is as it was.
function arrived() {
  const sent = sessionStorage.getItem("sent");
  if (!sent || document.querySelector(`form[data-keep="${sent}"], main[data-testid="problem"]`)) return;
  for (const key of [`keep:${sent}`, "sent"]) sessionStorage.removeItem(key);
}

// "Send again" opens after a number of seconds.
function resend(button) {
  let left = Number(button.dataset.resend);
  const word = button.textContent;
  const step = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.wait.replace("{n}", left) : word;
    if (left-- > 0) setTimeout(step, 1000);
  };
  step();
}

// Chart or table: buttons of a group show one thing each; without a script all of them stand below each other.
function view(group) {
  const buttons = [...group.querySelectorAll("[data-view]")];
  const show = (chosen) => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button === chosen));
      document.getElementById(button.dataset.view).hidden = button !== chosen;
    }
  };
  for (const button of buttons) button.addEventListener("click", () => show(button));
  group.hidden = false;
  show(buttons[0]);
}

// Figures are fetched anew every so many seconds, while somebody looks and nobody is at work in them.
function refresh(part) {
  let last = Date.now();
  const due = () => {
    if (!part.isConnected) { clearInterval(clock); document.removeEventListener("visibilitychange", due); return; }
    if (document.hidden || part.contains(document.activeElement) || Date.now() - last < part.dataset.refresh * 1000) return;
    last = Date.now();
    globalThis.htmx?.trigger(part, "refresh");
  };
  const clock = setInterval(due, 5000);
  document.addEventListener("visibilitychange", due);
}

function start(root) {
  wake(root);
  root.querySelectorAll("[data-views]").forEach(view);
  for (const part of [root, ...root.querySelectorAll("[data-refresh]")]) if (part.dataset?.refresh) refresh(part);
  root.querySelectorAll("[data-opens]").forEach(gate);
  root.querySelectorAll("form[data-keep]").forEach(keep);
  root.querySelectorAll("[data-resend]").forEach(resend);
}
arrived();
start(document);
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) start(event.target); });
document.querySelector("[data-focus]")?.focus();

if ("serviceWorker" in navigator && document.body.dataset.worker) {
  navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/m/" }).catch(() => {});
}
