// The portal's few behaviours: "/" and Ctrl-K reach the search, tabs choose a language once for the whole page and remember it.
const search = document.querySelector("#dev-q");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const wished = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  if (wished && search) { event.preventDefault(); search.focus(); search.select(); }
});

// <div data-tabs="group"> holds a tablist (hidden until here) and sections with data-tab; all of one group follow the same choice.
function choose(group, id, focus) {
  for (const box of document.querySelectorAll(`[data-tabs="${group}"]`)) {
    if (!box.querySelector(`[data-tab="${id}"]`)) continue;
    for (const tab of box.querySelectorAll("[role=tab]")) {
      const on = tab.dataset.for === id;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && focus === box) tab.focus();
    }
    for (const section of box.querySelectorAll("[data-tab]")) section.hidden = section.dataset.tab !== id;
  }
}

let count = 0;
for (const box of document.querySelectorAll("[data-tabs]")) {
  const group = box.dataset.tabs, list = box.querySelector("[role=tablist]"), tabs = [...list.querySelectorAll("[role=tab]")];
  count += 1;
  for (const tab of tabs) {
    const section = box.querySelector(`[data-tab="${tab.dataset.for}"]`);
    tab.id = `tab-${count}-${tab.dataset.for}`;
    section.id ||= `panel-${count}-${tab.dataset.for}`;
    tab.setAttribute("aria-controls", section.id);
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => { localStorage.setItem(`tabs:${group}`, tab.dataset.for); choose(group, tab.dataset.for, box); });
  }
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && at >= 0) { event.preventDefault(); tabs[(at + step + tabs.length) % tabs.length].click(); }
  });
  list.hidden = false;
  const kept = localStorage.getItem(`tabs:${group}`);
  choose(group, tabs.some((tab) => tab.dataset.for === kept) ? kept : tabs[0].dataset.for);
}
