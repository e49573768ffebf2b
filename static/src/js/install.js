// Starts the service worker (portal/sw.js) and tells it which language this person reads.
const WORDS = "gagyo-words";

export function watchConnection() {
  if (!("serviceWorker" in navigator)) return;
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register("/sw.js");
      const words = await caches.open(WORDS);
      await words.put("/language", new Response(document.documentElement.lang));
    } catch {
      // Private windows and full disks refuse: the pages work all the same.
    }
  });
}
