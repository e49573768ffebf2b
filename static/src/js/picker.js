// <select data-picker>: one search box over the choices, the chosen ones as chips. With data-picker-url the choices
// come from the server (GET ?q=… → {"results": [{"id", "text", "hint"}]}), otherwise from the options; an
// option is found by its text and by data-search (its names in the other languages). The select stays the field
// that is sent. Keyboard: arrows, Enter, Escape, Backspace in the empty box takes the last chip away.

const LIMIT = 50;
const words = document.body.dataset; // translated, from base.html
let serial = 0;

const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));

function element(tag, className, attributes = {}) {
  const node = document.createElement(tag);
  node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

class Picker {
  constructor(select) {
    this.select = select;
    this.id = `picker-${++serial}`;
    this.url = select.dataset.pickerUrl;
    this.results = [];
    this.active = -1;
    this.build();
    this.listen();
    this.showChosen();
  }

  build() {
    const { select } = this;
    const label = select.labels[0];
    this.box = element("div", "picker");
    this.chosen = element("div", "picker-chosen");
    this.list = element("div", "picker-list", { role: "listbox", id: `${this.id}-list`, hidden: "" });
    this.input = element("input", "control", {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `${this.id}-list`,
      placeholder: select.dataset.placeholder ?? words.pickerSearch,
    });
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
    }
    if (select.multiple) this.list.setAttribute("aria-multiselectable", "true");
    if (label) {
      label.id ||= `${this.id}-label`;
      this.list.setAttribute("aria-labelledby", label.id);
      this.input.setAttribute("aria-labelledby", label.id);
    }
    // The label and the links of the error summary lead to the box the person types in.
    this.input.id = select.id;
    select.id = `${select.id}-select`;
    if (label) label.htmlFor = this.input.id;
    select.required = false;
    select.hidden = true;
    this.holder = element("div", "relative");
    this.holder.append(this.input, this.list);
    select.before(this.box);
    this.box.append(this.chosen, this.holder, select);
  }

  listen() {
    let timer;
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      if (this.url) timer = setTimeout(() => this.search(), 180);
      else this.search();
    });
    this.input.addEventListener("focus", () => !this.url && this.search());
    this.input.addEventListener("click", () => this.list.hidden && !this.url && this.search());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option?.dataset.index) this.toggle(this.results[Number(option.dataset.index)]);
    });
    this.select.addEventListener("change", () => this.showChosen());
    this.select.form?.addEventListener("reset", () => setTimeout(() => this.showChosen()));
  }

  async search() {
    const words = this.input.value.trim();
    if (this.url) {
      if (!words) return this.close();
      this.request?.abort();
      this.request = new AbortController();
      const address = new URL(this.url, location.href);
      address.searchParams.set("q", words);
      try {
        const answer = await fetch(address, { signal: this.request.signal, headers: { Accept: "application/json" } });
        if (!answer.ok) return this.close();
        this.results = (await answer.json()).results.slice(0, LIMIT);
      } catch (error) {
        if (error.name === "AbortError") return undefined;
        return this.close();
      }
    } else {
      const wanted = fold(words).split(/\s+/).filter(Boolean);
      this.results = [...this.select.options]
        .filter((option) => option.value && !option.disabled)
        .filter((option) => {
          const text = fold(`${option.textContent} ${option.dataset.search ?? ""}`);
          return wanted.every((word) => text.includes(word));
        })
        .slice(0, LIMIT)
        .map((option) => ({ id: option.value, text: option.textContent.trim(), hint: option.dataset.hint ?? "" }));
    }
    this.active = words && this.results.length ? 0 : -1;
    return this.showList();
  }

  isChosen(id) {
    return [...this.select.selectedOptions].some((option) => option.value === String(id));
  }

  showList() {
    this.list.replaceChildren(
      ...this.results.map((result, index) => {
        const option = element("div", "picker-option", {
          role: "option",
          id: `${this.id}-${index}`,
          "data-index": index,
          "aria-selected": this.isChosen(result.id),
        });
        const text = element("span", "");
        text.textContent = result.text;
        option.append(text);
        if (result.hint) {
          const hint = element("span", "picker-hint");
          hint.textContent = result.hint;
          option.append(hint);
        }
        return option;
      }),
    );
    if (!this.results.length) {
      const note = element("p", "picker-note", { role: "option", "aria-disabled": "true", "aria-selected": "false" });
      note.textContent = words.pickerNothing;
      this.list.append(note);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.showActive();
  }

  showActive() {
    this.list.querySelectorAll("[data-index]").forEach((option, index) => {
      option.classList.toggle("is-active", index === this.active);
      if (index === this.active) option.scrollIntoView({ block: "nearest" });
    });
    if (this.active >= 0) this.input.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.isComposing) return; // Hangul and kana are still being put together
    const last = this.results.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) {
        this.search();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = this.active + step > last ? 0 : this.active + step < 0 ? last : this.active + step;
      this.showActive();
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      if (this.active >= 0) this.toggle(this.results[this.active]);
    } else if (event.key === "Enter") event.preventDefault();
    else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Backspace" && !this.input.value && this.select.multiple) {
      const chosen = [...this.select.selectedOptions];
      if (chosen.length) this.remove(chosen.at(-1));
    }
  }

  toggle(result) {
    if (!result) return;
    let option = [...this.select.options].find((each) => each.value === String(result.id));
    if (!option) {
      option = new Option(result.text, result.id);
      this.select.add(option);
    }
    option.selected = this.select.multiple ? !option.selected : true;
    this.input.value = "";
    this.changed();
    if (this.select.multiple && !this.url) this.search();
    else this.close();
  }

  remove(option) {
    option.selected = false;
    if (!this.select.multiple) this.select.value = "";
    this.changed();
    this.input.focus();
  }

  changed() {
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
    this.select.dispatchEvent(new Event("input", { bubbles: true }));
  }

  showChosen() {
    const chosen = [...this.select.selectedOptions].filter((option) => option.value);
    this.chosen.replaceChildren(
      ...chosen.map((option) => {
        const chip = element("span", "chip");
        chip.append(option.textContent.trim());
        const label = words.pickerRemove.replace("{name}", option.textContent.trim());
        const button = element("button", "picker-remove", { type: "button", "aria-label": label });
        button.textContent = "×";
        button.addEventListener("click", () => this.remove(option));
        chip.append(button);
        return chip;
      }),
    );
    this.chosen.hidden = !chosen.length;
  }
}

export function enhancePickers(root) {
  root.querySelectorAll("select[data-picker], select[data-picker-url]").forEach((select) => {
    if (!select.closest(".picker")) new Picker(select);
  });
}
