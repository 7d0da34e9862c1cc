// A form, button or htmx element with data-confirm="question" (and data-confirm-label="Delete") asks once, in our dialog.
const dialog = document.querySelector("[data-confirm-dialog]");

function ask(element) {
  const yes = dialog.querySelector("[data-confirm-yes]");
  dialog.querySelector("[data-confirm-text]").textContent = element.dataset.confirm;
  yes.textContent = element.dataset.confirmLabel || yes.dataset.label;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const confirmed = new WeakSet();

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const asking = [event.submitter, form].find((element) => element?.dataset.confirm);
  if (!asking || confirmed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (!(await ask(asking))) return;
  confirmed.add(form);
  form.requestSubmit(submitter);
}, true);

document.addEventListener("htmx:confirm", async (event) => {
  const element = event.target;
  if (!element.dataset?.confirm || element instanceof HTMLFormElement) return; // forms were asked above
  event.preventDefault();
  if (await ask(element)) event.detail.issueRequest(true);
});
