// Toasts. The page brings its own in .toasts; a script asks for one more with
//   document.dispatchEvent(new CustomEvent("toast", { detail: { text, bad, action: { text, href } } }))
// and the server with the header HX-Trigger: {"toast": {"text": "..."}}. bad: true stays until it is put away.
const SECONDS = 8;
const region = document.querySelector("[data-toasts]");
const pattern = document.querySelector("[data-toast-pattern]");

function leaveLater(toast) {
  let timer;
  const stay = () => clearTimeout(timer);
  const go = () => {
    stay();
    timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  };
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stay);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, go);
  go();
}

function show({ text, bad = false, action = null }) {
  const same = [...region.children].find((toast) => toast.querySelector("[data-toast-text]")?.textContent === text);
  if (same) return; // ten failed requests in a row are one piece of news
  const toast = pattern.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-toast-text]").textContent = text;
  toast.querySelector(bad ? "[data-toast-good]" : "[data-toast-bad]").remove();
  if (action) {
    const link = document.createElement("a");
    link.className = "btn btn--quiet btn--small";
    link.href = action.href;
    link.textContent = action.text;
    toast.querySelector("[data-dismiss]").before(link);
  }
  region.append(toast);
  if (bad) toast.classList.add("toast--bad");
  else leaveLater(toast);
}

document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".toast, .alert")?.remove();
});

// A live region says what is added to it, not what it was born with: put the page's own toasts in once more.
const own = [...region.children];
for (const toast of own) toast.remove();
setTimeout(() => {
  for (const toast of own) {
    region.append(toast);
    leaveLater(toast);
  }
}, 100);
