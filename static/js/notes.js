// Notes are saved as they are typed. What could not be saved (no connection, an expired sign-in, other notes of
// another device) waits in this browser, with the revision it was written upon, and is put back when its writer opens
// the lesson again. Once another device's notes are shown, only a press on "Save notes" overwrites them.
const form = document.querySelector("[data-notes]");

if (form) {
  const text = form.querySelector("textarea");
  const key = `notes:${form.dataset.notes}`;
  const revision = () => form.querySelector("[name=revision]");
  let base = revision().value; // what the text was written upon
  let undecided = false; // another device's notes stand below the text
  let timer;

  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null; // a browser without storage: the form itself still keeps the text
    }
  };
  const keep = (value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // as above
    }
  };

  for (const hint of form.querySelectorAll("[data-with-script]")) hint.hidden = false;
  const waiting = kept();
  if (waiting && waiting.text !== text.value) {
    text.value = waiting.text;
    base = revision().value = waiting.revision;
    addEventListener("load", () => htmx.trigger(form, "save-notes")); // htmx listens from DOMContentLoaded on
  }

  text.addEventListener("input", () => {
    keep({ text: text.value, revision: base });
    clearTimeout(timer);
    if (!undecided) timer = setTimeout(() => htmx.trigger(form, "save-notes"), 1200);
  });
  form.addEventListener("submit", () => (undecided = false), true);
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (!undecided) return; // else it was on its way before the other notes were seen
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const sent = event.detail.requestConfig.formData?.get?.("notes") ?? event.detail.requestConfig.parameters?.notes;
    const answer = event.detail.successful && event.detail.xhr.getResponseHeader("HX-Notes");
    if (answer === "conflict") {
      undecided = true;
      clearTimeout(timer);
      keep({ text: text.value, revision: base });
    } else if (answer === "saved") {
      base = revision().value;
      keep(sent === text.value ? null : { text: text.value, revision: base });
    }
  });
}
