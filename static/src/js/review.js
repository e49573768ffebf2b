// One key, one action on the review page: A, R, H, U, J, K. Keys do nothing while one types or a menu is open.
const TYPING = "input, textarea, select, [contenteditable]";

function bench() {
  return document.querySelector("[data-review]");
}

function pressed(event) {
  const page = bench();
  if (!page || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    const open = page.querySelector("details[data-key-open][open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  const key = keyOf(event);
  const target = page.querySelector(`[data-key="${key}"]`);
  const panel = page.querySelector(`[data-key-open="${key}"]`);
  if (!target && !panel) return;
  event.preventDefault();
  if (panel) {
    panel.open = true;
    panel.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  } else if (!event.repeat) {
    target.click();
  }
}

// The physical key counts, so that the shortcuts work with a Korean or Japanese layout as well.
function keyOf(event) {
  return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
}

function showCurrent() {
  bench()?.querySelector(".queue-list [aria-current]")?.scrollIntoView({ block: "nearest" });
}

export function watchReview() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("htmx:afterSettle", showCurrent);
  showCurrent();
}
