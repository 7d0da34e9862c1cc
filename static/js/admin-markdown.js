// Markdown: the preview follows the text; a picture that was uploaded is put where the author writes.
const PAUSE = 600;

function follow(box) {
  const area = box.querySelector("textarea");
  const view = box.querySelector("[data-preview]");
  box.querySelector(".md__bar").hidden = true;
  view.hidden = false;
  let timer;
  let shown = null;
  let latest = 0;

  async function render() {
    const text = area.value;
    if (text === shown) return;
    shown = text;
    if (!text.trim()) {
      view.textContent = box.dataset.empty;
      return;
    }
    const turn = ++latest;
    const body = new FormData();
    body.append("text", text);
    body.append("course", box.dataset.course);
    body.append("csrfmiddlewaretoken", area.form.querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      const answer = await fetch(box.dataset.previewUrl, { method: "POST", body, headers: { "X-Requested-With": "XMLHttpRequest" } });
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      if (turn === latest) view.innerHTML = html; // made safe by the server, as on every page
    } catch {
      if (turn === latest) view.textContent = box.dataset.failed;
      shown = null;
    }
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(render, PAUSE);
  });
  render();
}

for (const box of document.querySelectorAll("[data-markdown]")) follow(box);

document.addEventListener("uploaded", (event) => {
  const upload = event.target;
  if (upload.dataset.select) return;
  const form = upload.querySelector("input").form;
  const area = form.querySelector("[data-markdown] textarea");
  if (!area || event.detail.kind !== "image") return;
  const about = form.querySelector("[name=picture_alt]");
  const alt = (about?.value || "").replaceAll("[", "(").replaceAll("]", ")");
  const before = area.value.slice(0, area.selectionStart);
  const gap = before && !before.endsWith("\n\n") ? "\n\n" : "";
  area.setRangeText(`${gap}![${alt}](file:${event.detail.id})\n\n`, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  if (about) about.value = "";
  area.focus();
});
