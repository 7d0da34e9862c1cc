// While one types, and when a choice is made, an answer waits; a field that was typed in tells of its change twice.
const isTyped = (field) => field.matches("textarea, input[type=text]");

export function listen(form, questions, wait) {
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, (event) => {
      const question = questions.get(event.target.closest("[data-question]")?.dataset.question);
      if (!question || (kind === "change" && isTyped(event.target))) return;
      question.hint();
      if (kind === "change" || isTyped(event.target)) wait(question);
    });
  }
}

// What the device kept from the last visit goes on waiting, and is shown.
export function showWaiting(store, questions, map) {
  for (const [id, entry] of Object.entries(store.waiting)) {
    store.put(id, { ...entry, held: false });
    questions.get(id)?.show(entry);
    if (questions.has(id)) map.mark(questions.get(id));
  }
}
