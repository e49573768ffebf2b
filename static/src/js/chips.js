// A list written one entry a line, as chips: `<textarea data-chips>`. The textarea stays what is sent.
function lines(area) {
  return area.value.split("\n").map((line) => line.trim()).filter(Boolean);
}

function build(area) {
  if (area.dataset.chipsReady !== undefined) {
    return;
  }
  area.dataset.chipsReady = "";
  const label = document.querySelector(`label[for="${area.id}"]`)?.textContent.trim() ?? "";
  const list = document.createElement("ul");
  list.className = "chips";
  list.setAttribute("aria-label", label);
  area.before(list);

  function show() {
    list.replaceChildren(
      ...lines(area).map((word, place) => {
        const chip = document.createElement("li");
        chip.className = "chip";
        chip.append(word);
        const away = document.createElement("button");
        away.type = "button";
        away.textContent = "×";
        away.setAttribute("aria-label", `${word} ×`);
        away.addEventListener("click", () => {
          const left = lines(area);
          left.splice(place, 1);
          area.value = left.join("\n");
          area.dispatchEvent(new Event("input", { bubbles: true }));
          const buttons = list.querySelectorAll("button");
          (buttons[Math.min(place, buttons.length - 1)] ?? area).focus();
        });
        chip.append(away);
        return chip;
      }),
    );
    list.hidden = list.children.length === 0;
  }

  area.addEventListener("input", show);
  show();
}

export function addChips(root) {
  for (const area of root.querySelectorAll("textarea[data-chips]")) {
    build(area);
  }
}
