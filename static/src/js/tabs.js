// Tabs that a phone has no room for: the one a person is at is brought into sight.
export function showCurrentTabs(root) {
  for (const line of root.querySelectorAll(".tabs-line")) {
    const current = line.querySelector("[aria-current]");
    if (current) {
      const [whole, tab] = [line.getBoundingClientRect(), current.getBoundingClientRect()];
      line.scrollLeft += tab.left + tab.width / 2 - whole.left - whole.width / 2;
    }
  }
}
