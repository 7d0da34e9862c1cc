// Notes are saved as they are typed. What could not be saved (no connection, an expired sign-in) waits in this
// browser and is put back when the lesson is opened again.
const form = document.querySelector("[data-notes]");

if (form) {
  const text = form.querySelector("textarea");
  const key = `notes:${form.dataset.notes}`;
  const store = (value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // a browser without storage: the form itself still keeps the text
    }
  };
  let timer;

  for (const hint of form.querySelectorAll("[data-with-script]")) hint.hidden = false;
  const kept = localStorage.getItem(key);
  if (kept !== null && kept !== text.value) {
    text.value = kept;
    addEventListener("load", () => htmx.trigger(form, "save-notes")); // htmx listens from DOMContentLoaded on
  }

  text.addEventListener("input", () => {
    store(text.value);
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger(form, "save-notes"), 1200);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const sent = event.detail.requestConfig.formData?.get?.("notes") ?? event.detail.requestConfig.parameters?.notes;
    const arrived = event.detail.successful && event.detail.xhr.getResponseHeader("HX-Notes") === "saved";
    if (arrived && sent === text.value) store(null);
  });
}
