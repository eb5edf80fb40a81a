// What is measured of a screen in one visit: axe's findings, what is too small to press or to read, what opens by itself, leads away or is cut off.
import "/axe.js";

const HIDDEN = "[hidden], .sr, .skip, dialog:not([open]), template";
const named = (node) => node.outerHTML.slice(0, 140);

function drawn(node) {
  const box = node.getBoundingClientRect(), style = getComputedStyle(node);
  return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && !node.closest(HIDDEN);
}

function area(node) { return (node.closest("label") ?? node).getBoundingClientRect(); }

// WCAG 2.5.8 lets a link within a sentence be as high as its line; everything else is a target.
function inSentence(node) {
  if (node.localName !== "a" || getComputedStyle(node).display !== "inline") return false;
  return [...node.parentNode.childNodes].some((near) => near.nodeType === 3 && near.textContent.trim().length > 1);
}

const small = (least) => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab]")]
  .filter((node) => drawn(node) && !node.disabled && !inSentence(node) && Math.min(area(node).width, area(node).height) < least - 0.5).map(named);

function* texts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() && drawn(node) && !node.closest("svg, [aria-hidden=true]")) yield node;
  }
}

const tiny = (least) => [...new Set(texts())].filter((node) => parseFloat(getComputedStyle(node).fontSize) < least - 0.1).map(named);

// Text that its own box hides. What is cut with an ellipsis on purpose says so in its style.
const cut = () => [...new Set(texts())].filter((node) => {
  const style = getComputedStyle(node);
  return /hidden|clip/.test(style.overflowX) && style.textOverflow !== "ellipsis" && node.scrollWidth > node.clientWidth + 1;
}).map(named);

// Lines of running text that stand closer than 1.3 of their height (MIIT 1.2).
const tight = () => [...document.querySelectorAll("p, li, dd")].filter((node) => {
  const style = getComputedStyle(node), high = parseFloat(style.lineHeight);
  return drawn(node) && node.textContent.trim() && node.clientHeight > 1.6 * high && high / parseFloat(style.fontSize) < 1.295;
}).map(named);

const away = () => [...document.querySelectorAll("a[href], form[action]")].map((node) => new URL(node.getAttribute("href") ?? node.getAttribute("action"), location.href).href)
  .filter((address) => !address.startsWith(location.origin) && !/^(tel|data|blob):/.test(address));

async function violations(rules) {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 140)).join(" | ")}`);
}

export async function look({ rules, target, font }) {
  return { axe: await violations(rules), small: small(target), tiny: tiny(font), tight: tight(), cut: cut(), away: away(), open: [...document.querySelectorAll("dialog[open]")].map(named) };
}

// At 320 px, as it is and with text twice as large.
export async function squeezed(rules) {
  const root = document.documentElement, widths = [root.scrollWidth];
  root.dataset.zoom = "200";
  widths.push(root.scrollWidth);
  const found = rules.length ? await violations(rules) : [], clipped = cut(), text = parseFloat(getComputedStyle(document.body).fontSize);
  delete root.dataset.zoom;
  return { widths, text, axe: found, cut: clipped };
}
