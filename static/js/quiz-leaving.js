// Whoever leaves the page, looks away or logs out: what waits goes with them, or they are told.
export function watchLeaving(form, store, sender, notices, questions) {
  let isPosting = false;

  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      notices.offline();
      return;
    }
    sender.door.refresh();
    isPosting = true; // the form carries what waits for this page; the post adds one to the revision
    for (const [id, question] of questions) {
      if (store.get(id)) question.fields.revision.value = store.get(id).revision - 1;
    }
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? sender.hurry() : sender.flush()));
  addEventListener("pagehide", () => isPosting || sender.hurry());
  addEventListener("pageshow", () => (isPosting = false));
  addEventListener("online", () => sender.flush());

  // In the capturing phase: before the button says that the form is on its way.
  document.addEventListener(
    "submit",
    (event) => {
      const logsOut = event.target.matches("[action*=logout]") && !store.isEmpty;
      if (logsOut && !confirm(form.dataset.textUnsent)) event.preventDefault();
    },
    true,
  );
}
