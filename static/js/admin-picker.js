// Beside a list of one's files stands a button; its dialog shows them with previews, a search, and where each is used.
// Without scripts the list itself serves.
function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  return element;
}

async function show(select, dialog, words) {
  const body = dialog.querySelector(".picker__body");
  const query = new URLSearchParams({ kind: select.dataset.kind, search: words });
  body.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${select.dataset.url}?${query}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (dialog.querySelector("input").value.trim() === words) body.replaceChildren(...page.body.childNodes);
  } catch {
    body.replaceChildren(make("p", "upload__note upload__note--bad", select.dataset.failed));
  }
  body.removeAttribute("aria-busy");
}

function choose(select, id, name) {
  const known = [...select.options].find((option) => option.value === id);
  if (known) known.selected = true;
  else select.append(new Option(name, id, true, true));
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

function build(select) {
  const dialog = make("dialog", "picker");
  const head = make("div", "picker__head");
  const search = make("input", "picker__search");
  search.type = "search";
  search.placeholder = select.dataset.search;
  search.setAttribute("aria-label", select.dataset.search);
  const close = make("button", "ab ab--small", select.dataset.close);
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  head.append(make("h2", "", select.dataset.title), search, close);
  dialog.append(head, make("div", "picker__body"));
  dialog.setAttribute("aria-label", select.dataset.title);
  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(select, dialog, search.value.trim()), 250);
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick]");
    if (!button) return;
    choose(select, button.dataset.pick, button.dataset.name);
    dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}

for (const select of document.querySelectorAll("select[data-file-picker]")) {
  const opener = make("button", "ab ab--small picker__open", select.dataset.choose);
  opener.type = "button";
  let dialog;
  opener.addEventListener("click", () => {
    dialog ??= build(select);
    dialog.showModal();
    show(select, dialog, dialog.querySelector("input").value.trim());
  });
  select.after(opener);
}
