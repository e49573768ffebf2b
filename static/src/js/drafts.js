// <form data-autosave="need-new">: what is typed is kept in this browser until the server has taken it.
//
// A draft is dropped when another page of ours follows the submission, so a failed one never loses text.
// Passwords, files and hidden fields are never kept; logging out (data-forget-drafts) forgets all drafts.

const PREFIX = "gagyo-draft:";
const SENT = "gagyo-sent:";
const SKIP = new Set(["password", "file", "hidden", "submit", "button", "image", "reset"]);

function fields(form) {
  return [...form.elements].filter((field) => field.name && !SKIP.has(field.type) && !field.closest("[data-no-draft]"));
}

function read(form) {
  return fields(form).map((field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked;
    if (field.type === "select-multiple") return [...field.selectedOptions].map((o) => [o.value, o.textContent]);
    return field.value;
  });
}

function write(form, values) {
  fields(form).forEach((field, index) => {
    const value = values[index];
    if (value === undefined) return;
    if (field.type === "checkbox" || field.type === "radio") field.checked = value;
    else if (field.type === "select-multiple") {
      const chosen = new Set(value.map(([code]) => code));
      for (const [code, text] of value) {
        if (![...field.options].some((option) => option.value === code)) field.add(new Option(text, code));
      }
      for (const option of field.options) option.selected = chosen.has(option.value);
    } else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

const shape = (form) => fields(form).map((field) => `${field.name}:${field.type}`).join("|");

function keep(form) {
  const key = PREFIX + form.dataset.autosave;
  const note = form.querySelector("[data-draft-note]");
  const fresh = read(form);
  const stored = JSON.parse(localStorage.getItem(key) ?? "null");
  sessionStorage.removeItem(SENT + form.dataset.autosave);

  const hasErrors = form.querySelector("[aria-invalid='true']") || form.querySelector("[data-error-summary]");
  if (stored && stored.shape === shape(form) && !hasErrors) {
    if (JSON.stringify(stored.values) === JSON.stringify(fresh)) localStorage.removeItem(key);
    else {
      write(form, stored.values);
      note?.removeAttribute("hidden");
    }
  }

  let timer = 0;
  const forget = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const save = () => {
    forget();
    localStorage.setItem(key, JSON.stringify({ shape: shape(form), values: read(form) }));
  };
  const saveSoon = () => {
    forget();
    timer = setTimeout(save, 300);
  };
  addEventListener("pagehide", () => timer && save());
  form.addEventListener("input", saveSoon);
  form.addEventListener("change", (event) => event.isTrusted && saveSoon());
  form.addEventListener("submit", () => {
    save();
    sessionStorage.setItem(SENT + form.dataset.autosave, "yes");
  });
  form.querySelector("[data-draft-discard]")?.addEventListener("click", () => {
    forget();
    localStorage.removeItem(key);
    write(form, fresh);
    note.setAttribute("hidden", "");
  });
}

export function forgetDraftsOnLogOut() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-forget-drafts]")) return;
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  });
}

export function keepDrafts(root) {
  const forms = root.querySelectorAll("form[data-autosave]");
  forms.forEach(keep);
  if (root !== document || document.querySelector("[data-error-page]")) return;
  // A page without the form came after its submission: the server has it.
  for (const name of Object.keys(sessionStorage)) {
    if (!name.startsWith(SENT)) continue;
    localStorage.removeItem(PREFIX + name.slice(SENT.length));
    sessionStorage.removeItem(name);
  }
}
