// <aside data-preview="address" data-form="id">: draws what the form holds, half a second after the last change.
for (const panel of document.querySelectorAll("[data-preview]")) {
  const form = document.getElementById(panel.dataset.form);
  const out = panel.querySelector("[data-preview-out]");
  const busy = panel.querySelector("[data-preview-busy]");
  let timer = 0;
  let running = new AbortController();

  const draw = async () => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const fields = new FormData(form);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    busy.hidden = false;
    try {
      const answer = await fetch(panel.dataset.preview, { method: "POST", body: fields, signal });
      if (answer.ok) out.innerHTML = await answer.text();
    } catch { /* the next change tries again */ }
    if (!signal.aborted) busy.hidden = true;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 500);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  window.django?.jQuery(form).on("change", "select", soon); // what select2 changes, only jQuery hears
  draw();
}
