// <button data-copy="text"> or <button data-copy-from="#id" hidden>: puts the text on the clipboard and says so.
const words = document.body.dataset;

for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) button.hidden = !navigator.clipboard;

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-copy-from]");
  if (!button) return;
  const text = button.dataset.copy ?? document.querySelector(button.dataset.copyFrom).textContent;
  let detail = { text: words.textCopied };
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    detail = { text: words.textNotCopied, bad: true };
  }
  document.dispatchEvent(new CustomEvent("toast", { detail }));
});
