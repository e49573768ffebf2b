// The review page by keyboard: one key, one action (A, R, H, U, J, K, X, T; ? shows them). Keys do nothing while one
// types or a menu is open. The page gives back the match it shows when it is left.
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

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
  if (event.target.type === "radio" && /^[1-9]$/.test(event.key)) return choose(event);
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    event.preventDefault();
    document.getElementById("review-keys").showModal();
    return;
  }
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

// 1 to 9: the reason at that place of the list.
function choose(event) {
  const all = event.target.form.querySelectorAll(`input[type=radio][name="${event.target.name}"]`);
  const radio = all[Number(event.key) - 1];
  if (!radio) return;
  event.preventDefault();
  radio.checked = true;
  radio.focus();
}

// The physical key counts, so that the shortcuts work with a Korean or Japanese layout as well.
function keyOf(event) {
  return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
}

function showCurrent() {
  bench()?.querySelector(".queue-list [aria-current]")?.scrollIntoView({ block: "nearest" });
}

// What was ticked in the queue stays ticked while one match after the other is decided.
let ticked = [];

function rememberTicks() {
  const page = bench();
  if (page) ticked = [...page.querySelectorAll(".queue-list input:checked")].map((each) => each.value);
}

function restoreTicks() {
  for (const each of bench()?.querySelectorAll(".queue-list input[type=checkbox]") ?? []) {
    if (ticked.includes(each.value)) each.checked = true;
  }
}

function giveBack() {
  const address = document.querySelector("[data-release]")?.dataset.release;
  if (!address) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  fetch(address, { method: "POST", headers, keepalive: true });
}

export function watchReview() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("htmx:beforeSwap", rememberTicks);
  document.addEventListener("htmx:afterSettle", () => {
    restoreTicks();
    showCurrent();
  });
  window.addEventListener("pagehide", giveBack);
  showCurrent();
}
