// <details data-menu>: closes on Escape, on a click elsewhere and when another one opens.

const open = () => document.querySelectorAll("details[data-menu][open]");

export function watchMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener(
    "toggle",
    (event) => {
      if (!event.target.matches?.("details[data-menu]") || !event.target.open) return;
      for (const menu of open()) if (menu !== event.target) menu.open = false;
    },
    true,
  );
}
