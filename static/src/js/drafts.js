// <form data-autosave="need-new">: nothing typed is lost by back, reload, log-out or a lost connection.
//
// What differs from what the form held is kept in this browser at once and, for who is signed in, on the server a
// moment later (companies/views/drafts.py), so that it is there on another device and after logging out. A draft
// is dropped when the form's own next page has come: neither an error page nor a log-in page is that. Of a field
// that somebody else has changed meanwhile the draft is only offered. Passwords, files and hidden fields are never kept.

const PREFIX = "gagyo-draft:";
const SENT = "gagyo-sent:";
const SKIP = new Set(["password", "file", "hidden", "submit", "button", "image", "reset"]);
const SOON = 300;
const TO_SERVER = 900;
const KEEPALIVE_LIMIT = 60_000;
const LOCAL_LIFE = 30 * 24 * 3600 * 1000;
const kept = new Set();
// Whose text the server has just taken: the form that comes next asks for no draft.
const taken = new Set();

const isChoice = (field) => field.type === "checkbox" || field.type === "radio";
const token = () => document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function fields(form) {
  return [...form.elements].filter((field) => field.name && !SKIP.has(field.type) && !field.closest("[data-no-draft]"));
}

// {name: values}: what is ticked, what is chosen (with its words: the choices may come from the server), what is typed.
function read(form) {
  const values = {};
  for (const field of fields(form)) {
    const list = (values[field.name] ??= []);
    if (isChoice(field)) {
      if (field.checked) list.push(field.value);
    } else if (field.type === "select-multiple") list.push(...[...field.selectedOptions].map((o) => [o.value, o.textContent]));
    else list.push(field.value);
  }
  return values;
}

// The same as the server sent it, whatever the browser has put into the fields since.
function sent(form) {
  const values = {};
  for (const field of fields(form)) {
    const list = (values[field.name] ??= []);
    const chosen = [...(field.options ?? [])].filter((option) => option.defaultSelected);
    if (isChoice(field)) {
      if (field.defaultChecked) list.push(field.value);
    } else if (field.type === "select-multiple") list.push(...chosen.map((o) => [o.value, o.textContent]));
    else if (field.options) list.push((chosen.at(-1) ?? field.options[0])?.value ?? "");
    else list.push(field.defaultValue);
  }
  return values;
}

const codes = (list) => list?.map((each) => (Array.isArray(each) ? each[0] : each));
const alike = (one, other) => same(codes(one), codes(other));

function write(form, values) {
  const used = {};
  for (const field of fields(form)) {
    const list = values[field.name];
    if (!list) continue;
    if (isChoice(field)) field.checked = list.includes(field.value);
    else if (field.type === "select-multiple") {
      for (const [code, text] of list) {
        if (![...field.options].some((option) => option.value === code)) field.add(new Option(text, code));
      }
      const chosen = new Set(codes(list));
      for (const option of field.options) option.selected = chosen.has(option.value);
    } else field.value = list[(used[field.name] = (used[field.name] ?? -1) + 1)] ?? "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// What was put back is not hidden in a part that is folded up.
function unfold(form, names) {
  for (const field of fields(form)) if (names.includes(field.name)) field.closest("details")?.setAttribute("open", "");
}

class Draft {
  constructor(form) {
    this.form = form;
    this.name = form.dataset.autosave;
    this.note = form.querySelector("[data-draft-note]");
    this.user = this.note?.dataset.draftUser ?? "";
    this.url = this.user && this.note.dataset.draftUrl.replace("/-/", `/${this.name}/`);
    this.key = `${PREFIX}${this.user}:${this.name}`;
    this.fresh = sent(form);
    this.was = {};
    this.isTouched = false;
    this.isSynced = true;
    sessionStorage.removeItem(SENT + this.key);
    const stored = JSON.parse(localStorage.getItem(this.key) ?? "null");
    const isEcho = form.querySelector("[aria-invalid='true']") || form.querySelector("[data-error-summary]");
    // A refused form comes back as it was typed: what it held before that is in the draft.
    if (isEcho) this.was = Object.fromEntries(Object.entries(stored?.fields ?? {}).map(([name, { was }]) => [name, was]));
    else if (stored) this.restore(stored.fields, "");
    this.at = stored?.at ?? 0;
    if (stored && !stored.isSynced) this.isSynced = false;
    this.listen();
    if (this.url && !isEcho && !taken.delete(this.name)) this.ask();
    else if (!this.isSynced) this.push();
  }

  changed() {
    const now = read(this.form);
    const found = {};
    for (const [name, values] of Object.entries(now)) {
      const was = this.was[name] ?? this.fresh[name] ?? [];
      if (!alike(was, values)) found[name] = { was, now: values };
    }
    return found;
  }

  // Puts back what was changed, unless the form holds something else there by now; then it is offered.
  restore(changes, said) {
    const put = {};
    const differing = {};
    for (const [name, { was, now }] of Object.entries(changes)) {
      const held = this.fresh[name];
      if (held === undefined || alike(held, now)) continue;
      (alike(held, was) ? put : differing)[name] = now;
      this.was[name] = held;
    }
    if (Object.keys(put).length) {
      write(this.form, put);
      unfold(this.form, Object.keys(put));
      this.show("restored", said);
    }
    if (Object.keys(differing).length) {
      this.offered = differing;
      this.show("offered", said);
    }
  }

  async ask() {
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" } });
      if (answer.status !== 200) {
        if (!this.isSynced) this.push();
        return;
      }
      const { fields: changes, age, said } = await answer.json();
      const at = Date.now() - age * 1000;
      if (at <= this.at + 2000) {
        if (!this.isSynced) this.push();
        return;
      }
      if (this.isTouched) return;
      write(this.form, this.fresh);
      this.hide("restored", "offered");
      this.restore(changes, said);
      this.keep(at, true);
    } catch {
      this.show("offline");
    }
  }

  keep(at, isSynced) {
    this.at = at;
    this.isSynced = isSynced;
    localStorage.setItem(this.key, JSON.stringify({ at, isSynced, fields: this.changed() }));
  }

  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.isGone) return;
    if (Object.keys(this.changed()).length) this.keep(Date.now(), !this.url);
    else this.drop();
  }

  touch() {
    this.isTouched = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SOON);
    clearTimeout(this.pushing);
    if (this.url) this.pushing = setTimeout(() => this.push(), TO_SERVER);
  }

  async push() {
    clearTimeout(this.pushing);
    if (this.timer) this.save();
    if (!this.url || this.isSynced || this.isGone) return true;
    const { at } = this;
    const body = JSON.stringify({ fields: this.changed(), age: (Date.now() - at) / 1000 });
    try {
      const answer = await fetch(this.url, {
        method: "PUT",
        body,
        keepalive: body.length < KEEPALIVE_LIMIT,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      });
      this.hide("offline", "out");
      if (answer.ok || answer.status === 409) {
        if (this.at === at && !this.isGone) this.keep(at, true);
        this.show("saved");
        return true;
      }
      if (answer.status === 401) this.show("out");
    } catch {
      if (!this.isLeaving) this.show("offline");
    }
    return false;
  }

  drop() {
    localStorage.removeItem(this.key);
    const isThere = this.at;
    this.at = 0;
    this.isSynced = true;
    this.hide("saved");
    if (isThere) forgetOnServer(this.url);
  }

  show(what, said) {
    const part = this.note?.querySelector(`[data-draft-${what}]`);
    if (!part) return;
    const place = part.querySelector("[data-draft-said]");
    if (place) place.textContent = said ?? "";
    part.hidden = false;
    const link = part.querySelector("[data-draft-log-in]");
    if (link) link.href = `${link.dataset.draftLogIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  }

  hide(...parts) {
    for (const what of parts) this.note?.querySelector(`[data-draft-${what}]`)?.setAttribute("hidden", "");
  }

  listen() {
    const { form } = this;
    form.addEventListener("input", () => this.touch());
    form.addEventListener("change", (event) => event.isTrusted && this.touch());
    form.addEventListener("htmx:afterSettle", () => this.touch());
    form.addEventListener("submit", () => {
      // The token may be of an earlier log-in; a form is not refused for that.
      const hidden = form.elements.csrfmiddlewaretoken;
      if (hidden && token()) hidden.value = token();
      this.save();
      clearTimeout(this.pushing);
      sessionStorage.setItem(SENT + this.key, JSON.stringify({ page: location.href.split("#")[0], url: this.url }));
    });
    addEventListener("pagehide", () => {
      this.isLeaving = true;
      if (!sessionStorage.getItem(SENT + this.key)) this.push();
    });
    addEventListener("pageshow", () => (this.isLeaving = false));
    addEventListener("online", () => this.push());
    for (const button of this.note?.querySelectorAll("[data-draft-discard]") ?? []) {
      button.addEventListener("click", () => {
        clearTimeout(this.timer);
        clearTimeout(this.pushing);
        this.timer = 0;
        write(form, this.fresh);
        this.at ||= 1;
        this.drop();
        this.hide("restored", "offered");
      });
    }
    this.note?.querySelector("[data-draft-put-back]")?.addEventListener("click", () => {
      write(form, this.offered);
      unfold(form, Object.keys(this.offered));
      this.hide("offered");
      this.touch();
    });
  }
}

function forgetOnServer(url) {
  if (!url) return;
  fetch(url, { method: "DELETE", keepalive: true, headers: { "X-CSRFToken": token() } }).catch(() => {});
}

// Before a log-out what the server does not have yet is brought to it, and then forgotten here: the computer may be
// shared. What could not be brought stays, for the same person only.
export function forgetDraftsOnLogOut() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-forget-drafts]") || form.dataset.isReady) return;
    event.preventDefault();
    const waiting = new Promise((go) => setTimeout(go, 3000));
    await Promise.race([Promise.all([...kept].map((draft) => draft.push())), waiting]);
    for (const draft of kept) draft.isGone = true;
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && JSON.parse(localStorage.getItem(name)).isSynced !== false) localStorage.removeItem(name);
    }
    form.dataset.isReady = "yes";
    form.requestSubmit(event.submitter);
  });
}

// htmx keeps the page: the server says by an event (HX-Trigger) whose text it has taken.
export function forgetTakenDrafts() {
  document.addEventListener("draft-taken", (event) => {
    for (const draft of kept) {
      if (draft.name !== event.detail.value || draft.isGone) continue;
      clearTimeout(draft.timer);
      clearTimeout(draft.pushing);
      sessionStorage.removeItem(SENT + draft.key);
      draft.drop();
      draft.isGone = true;
      kept.delete(draft);
      taken.add(draft.name);
    }
  });
}

const isLogIn = () => document.querySelector("input[type=password], input[autocomplete='one-time-code']");

export function keepDrafts(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) kept.add(new Draft(form));
  if (root !== document || document.querySelector("[data-error-page]") || isLogIn()) return;
  for (const name of Object.keys(sessionStorage)) {
    if (!name.startsWith(SENT)) continue;
    const { page, url } = JSON.parse(sessionStorage.getItem(name));
    sessionStorage.removeItem(name);
    // The page that the form led to: the server has what was typed.
    if (document.referrer !== page) continue;
    localStorage.removeItem(name.slice(SENT.length));
    forgetOnServer(url);
  }
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX) && !(JSON.parse(localStorage.getItem(name)).at > Date.now() - LOCAL_LIFE)) localStorage.removeItem(name);
  }
}
