// A picture that was uploaded goes to where the author of a question writes: its text, an option, the explanation.
const last = new WeakMap();

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".q-fields textarea")) last.set(event.target.form, event.target);
});

document.addEventListener("uploaded", (event) => {
  const form = event.target.closest(".q-fields");
  if (!form || event.detail.kind !== "image") return;
  const area = last.get(form) ?? form.querySelector("textarea[name$='-text']");
  const about = form.querySelector("[name$='-picture_alt']");
  const alt = (about?.value || "").replaceAll("[", "(").replaceAll("]", ")");
  const before = area.value.slice(0, area.selectionStart);
  const gap = area.rows > 1 && before && !before.endsWith("\n\n") ? "\n\n" : "";
  area.setRangeText(`${gap}![${alt}](file:${event.detail.id})${gap}`, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  if (about) about.value = "";
  area.focus();
});

// What was typed in one question does not go along when another is saved, moved or deleted: the browser asks first.
const typed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest?.(".q-fields");
  if (form) typed.add(form);
});

document.addEventListener("submit", (event) => typed.delete(event.target));

addEventListener("beforeunload", (event) => {
  if (typed.size) event.preventDefault();
});
