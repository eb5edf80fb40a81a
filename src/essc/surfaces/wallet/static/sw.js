// The wallet without a network shows a page that says so. A code, a card or a history is never kept: only the offline page and what it is made of.
const CACHE = "essc-offline-1", PAGE = "/m/offline";

self.addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then(async (cache) => {
  const page = await fetch(PAGE, { credentials: "same-origin" });
  const text = await page.clone().text();
  await cache.put(PAGE, page);
  await cache.addAll([...new Set([...text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((found) => found[1]))]);
  await self.skipWaiting();
})));

self.addEventListener("activate", (event) => event.waitUntil(caches.keys().then((names) =>
  Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))).then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  else if (new URL(request.url).pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(() => caches.match(request)));
});
