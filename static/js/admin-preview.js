// <aside data-preview="address" data-form="id">: draws what the form holds, half a second after the last change.
// Nothing is drawn twice: widgets that set themselves up say "change" without one. Where too much was drawn, the last
// drawing stays below what the server says, until there is room for the next.
for (const panel of document.querySelectorAll("[data-preview]")) {
  const form = document.getElementById(panel.dataset.form);
  const wait = panel.querySelector("[data-preview-wait]");
  const out = panel.querySelector("[data-preview-out]");
  const busy = panel.querySelector("[data-preview-busy]");
  let timer = 0;
  let running = new AbortController();
  let asked = "";

  const draw = async () => {
    const fields = new FormData(form);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    const content = JSON.stringify([...fields]);
    if (content === asked) return;
    asked = content;
    running.abort();
    running = new AbortController();
    const { signal } = running;
    busy.hidden = false;
    try {
      const answer = await fetch(panel.dataset.preview, { method: "POST", body: fields, signal });
      const text = await answer.text();
      if (answer.ok) {
        out.innerHTML = text;
        wait.replaceChildren();
      } else {
        asked = "";
        if (answer.status === 429) {
          wait.innerHTML = text;
          drawAfter(Number(answer.headers.get("Retry-After")) * 1000);
        }
      }
    } catch {
      if (!signal.aborted) asked = ""; // the next change tries again
    }
    if (!signal.aborted) busy.hidden = true;
  };
  const drawAfter = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(draw, milliseconds);
  };
  const soon = () => drawAfter(500);
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  window.django?.jQuery(form).on("change", "select", soon); // what select2 changes, only jQuery hears
  draw();
}
