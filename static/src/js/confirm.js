// <form data-confirm="Really?"> and hx-confirm ask in the page's own dialog, in the page's own language.

function ask(text, yes, go) {
  const dialog = document.getElementById("confirm");
  const button = dialog.querySelector("[data-confirm-yes]");
  button.dataset.label ??= button.textContent;
  button.textContent = yes || button.dataset.label;
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && go(), { once: true });
  dialog.showModal();
}

export function watchConfirm() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { submitter } = event;
    const asker = submitter?.dataset.confirm ? submitter : form;
    if (!asker.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopPropagation();
    ask(asker.dataset.confirm, asker.dataset.confirmYes, () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    });
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt.dataset.confirmYes, () => event.detail.issueRequest(true));
  });
}
