// What stands between the pages and the network: it keeps the style sheets, scripts, fonts and icons, and one
// page for each language that is shown when there is no connection. No other page, no form and nothing that
// belongs to a person is ever kept.
const { version, files, pages, staticPrefix } = {{ settings|safe }};
const NAME = `gagyo-${version}`;
const WORDS = "gagyo-words";
const LANGUAGE = "/language";

self.addEventListener("install", (event) => {
  const kept = [...files, ...Object.values(pages)].map(
    (url) => new Request(url, { cache: "reload", credentials: "omit" }),
  );
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll(kept))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== NAME && name !== WORDS).map((name) => caches.delete(name))),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => withoutConnection(url)));
  } else if (url.pathname.startsWith(staticPrefix)) {
    event.respondWith(fromNetwork(event));
  }
});

// The browser's own cache makes this quick; ours answers only when the network does not.
async function fromNetwork(event) {
  const cache = await caches.open(NAME);
  try {
    const response = await fetch(event.request);
    if (response.ok) {
      const copy = response.clone();
      event.waitUntil(cache.put(event.request, copy).catch(() => {}));
    }
    return response;
  } catch (error) {
    const kept = await cache.match(event.request);
    if (kept) return kept;
    throw error;
  }
}

// In the language of the address, else of the last page read, else of the browser.
async function withoutConnection(url) {
  const words = await caches.open(WORDS);
  const last = await (await words.match(LANGUAGE))?.text();
  const wanted = [url.pathname.split("/")[1], last, ...navigator.languages.map((code) => code.slice(0, 2)), "en"];
  const language = wanted.find((code) => Object.hasOwn(pages, code));
  return (await (await caches.open(NAME)).match(pages[language])) ?? Response.error();
}
