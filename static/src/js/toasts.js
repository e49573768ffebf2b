// #toasts is a live region. The server adds to it with hx-swap-oob="beforeend:#toasts" (components/toast.html);
// a toast goes after data-seconds, but never while a pointer or the focus is on it.

const region = () => document.getElementById("toasts");

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "yes";
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => toast.remove());
  const seconds = Number(toast.dataset.seconds ?? 8);
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), seconds * 1000));
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, start);
  start();
}

export function startToasts(root) {
  if (root.matches?.("[data-toast]")) arm(root);
  root.querySelectorAll("[data-toast]").forEach(arm);
}

export function showToast(text) {
  const toast = document.createElement("div");
  toast.className = "toast-card";
  toast.dataset.toast = "";
  toast.textContent = text;
  region().append(toast);
  arm(toast);
}

export function announceFailures() {
  document.addEventListener("htmx:responseError", () => showToast(region().dataset.failed));
  document.addEventListener("htmx:sendError", () => showToast(region().dataset.offline));
  document.addEventListener("htmx:oobAfterSwap", () => startToasts(region()));
}
