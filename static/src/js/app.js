// Behaviour that every page shares. Each module enhances what it finds inside a root and is run again on
// what htmx puts into the page; without script every page still works.
import { watchCharts } from "./chart_loading.js";
import { addChips } from "./chips.js";
import { watchConfirm } from "./confirm.js";
import { offerCopying } from "./copying.js";
import { forgetDraftsOnLogOut, forgetTakenDrafts, keepDrafts } from "./drafts.js";
import { watchConnection } from "./install.js";
import { watchMenus } from "./menus.js";
import { enhancePickers } from "./picker.js";
import { offerPrinting } from "./printing.js";
import { watchReview } from "./review.js";
import { addSliders } from "./sliders.js";
import { showCurrentTabs } from "./tabs.js";
import { announceFailures, startToasts } from "./toasts.js";

function enhance(root) {
  enhancePickers(root);
  keepDrafts(root);
  startToasts(root);
  addSliders(root);
  offerPrinting(root);
  offerCopying(root);
  addChips(root);
  showCurrentTabs(root);
  root.querySelector("[data-error-summary]")?.focus();
}

watchConfirm();
watchCharts();
watchConnection();
watchMenus();
watchReview();
forgetDraftsOnLogOut();
forgetTakenDrafts();
announceFailures();
enhance(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) enhance(event.detail.elt);
});
