// Each block of code gets a button that copies it: one of <template data-copy-pattern>, answered by copy.js.
const pattern = document.querySelector("[data-copy-pattern]");

for (const figure of navigator.clipboard ? document.querySelectorAll(".code") : []) {
  const button = pattern.content.firstElementChild.cloneNode(true);
  button.dataset.copy = figure.querySelector("pre").textContent;
  let caption = figure.querySelector("figcaption");
  if (!caption) {
    caption = document.createElement("figcaption");
    figure.prepend(caption);
  }
  caption.append(button);
}
