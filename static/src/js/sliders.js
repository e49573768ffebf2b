// <input type="number" data-slide>: a slider beside the number, which stays the field that is sent. Moving either
// moves the other and is an "input" event of the number, so whoever listens to the form hears of it.
const STEP = 1;

function slide(number) {
  if (number.dataset.slide === "on") return;
  number.dataset.slide = "on";
  const range = document.createElement("input");
  range.type = "range";
  range.className = "slider";
  range.min = number.min || 0;
  range.max = number.max || 100;
  range.step = STEP;
  range.value = number.value;
  range.setAttribute("aria-label", number.labels[0]?.textContent.trim() ?? "");
  range.addEventListener("input", () => {
    number.value = range.value;
    number.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // The number tells the form; the slider's own event would tell it twice.
  range.addEventListener("input", (event) => event.stopPropagation());
  number.addEventListener("input", () => {
    range.value = number.value;
  });
  const pair = document.createElement("span");
  pair.className = "slider-pair";
  number.before(pair);
  pair.append(range, number);
}

export function addSliders(root) {
  for (const number of root.querySelectorAll("input[type=number][data-slide]")) slide(number);
}
