// The page without connection asks for the wanted page again by itself: when the browser says that the network is
// back, and every few seconds, because browsers do not always notice.
const SECONDS = 5;

async function retry() {
  try {
    const response = await fetch("/healthz/", { method: "HEAD", cache: "no-store" });
    if (response.ok) location.reload();
  } catch {
    // Still away.
  }
}

addEventListener("online", retry);
setInterval(retry, SECONDS * 1000);
