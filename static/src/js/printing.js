// Buttons that print the page: hidden until there is script to do it.
export function offerPrinting(root) {
  root.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
}
