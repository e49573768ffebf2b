// The page about the API: tries an operation and shows the answer. A token that is typed in stays
// in the field; it is not kept anywhere and never sent but as Authorization.
const token = document.getElementById("api-token");

document.querySelectorAll("form[data-try]").forEach((form) => {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  form.addEventListener("input", () => tellCurl(form));
});

function read(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  form.querySelectorAll("[data-in]").forEach((field) => {
    const value = field.value.trim();
    const place = field.dataset.in;
    if (place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (place === "query" && value) query.set(field.name, value);
    else if (place === "header" && value) headers[field.name] = value;
  });
  const body = form.querySelector("textarea")?.value;
  if (body) headers["Content-Type"] = "application/json";
  const search = query.toString();
  return { path: search ? `${path}?${search}` : path, headers, body };
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function tellCurl(form) {
  const { path, headers, body } = read(form);
  const words = ["curl"];
  if (form.dataset.method !== "GET") words.push(`-X ${form.dataset.method}`);
  words.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(headers)) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) words.push(`-d ${quoted(body)}`);
  words.push(`"$GAGYO"${quoted(path)}`);
  document.getElementById(form.dataset.curl).textContent = words.join(" \\\n  ");
}

async function send(form) {
  const { path, headers, body } = read(form);
  const output = form.querySelector("output");
  const button = form.querySelector("button[type=submit]");
  if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
  else {
    const own = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    headers["X-CSRFToken"] = own["X-CSRFToken"] ?? "";
  }
  headers["Accept-Language"] = document.documentElement.lang;
  button.disabled = true;
  try {
    const answer = await fetch(path, {
      method: form.dataset.method,
      headers,
      body: body || undefined,
      credentials: token.value.trim() ? "omit" : "same-origin",
      redirect: "error",
    });
    await show(output, answer);
  } catch {
    output.replaceChildren(pre(output.dataset.failed));
  }
  button.disabled = false;
}

async function show(output, answer) {
  const told = ["content-type", "etag", "location", "link", "ratelimit-remaining", "retry-after"];
  const lines = told.filter((name) => answer.headers.get(name));
  const head = lines.map((name) => `${name}: ${answer.headers.get(name)}`).join("\n");
  let text = await answer.text();
  try {
    text = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    text = text.slice(0, 20000);
  }
  output.replaceChildren(pre(`${answer.status} ${answer.statusText}\n${head}`), pre(text));
}

function pre(text) {
  const made = document.createElement("pre");
  made.className = "api-code";
  made.lang = "zxx";
  made.tabIndex = 0;
  made.textContent = text;
  return made;
}
