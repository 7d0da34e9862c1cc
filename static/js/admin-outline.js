// The outline, and the questions of a quiz: what was dropped goes to the server as an order; focus stays where one works.
let focused = "";
let typed = [];
let replacing = false;

document.addEventListener("outline-drop", (event) => {
  const list = event.target.closest("[data-sort]");
  const form = document.querySelector("[data-drop]");
  const ids = [...list.children].map((row) => row.dataset.id).filter(Boolean);
  const values = list.dataset.sort === "lessons" ? orderOfLessons(list, ids) : orderOf(list, ids);
  if (!values) return;
  form.querySelectorAll("[data-value]").forEach((input) => input.remove());
  for (const [name, value] of values) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    input.dataset.value = "";
    form.append(input);
  }
  form.requestSubmit();
});

const orderOf = (list, ids) => [["verb", `order_${list.dataset.sort}`], ...ids.map((id) => ["ids", id])];

function orderOfLessons(list, ids) {
  const module = list.dataset.module;
  const stranger = [...list.children].find((row) => row.dataset.id && row.dataset.home !== module);
  if (stranger) {
    return [["verb", "move_lesson"], ["lesson", stranger.dataset.id], ["target", module], ["position", ids.indexOf(stranger.dataset.id) + 1]];
  }
  return [["verb", "order_lessons"], ["module", module], ...ids.map((id) => ["ids", id])];
}

// A name that was changed is saved when one leaves it, unless one leaves it for a button of its row: that carries it.
document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (replacing) return; // its form has lost htmx by now: it would leave the page
  if (!input.matches?.("[data-name]") || input.value === input.defaultValue || !input.value.trim()) return;
  if (event.relatedTarget?.form === input.form) return;
  input.form.querySelector("[value=rename]").click(); // htmx sends a button that was clicked, not a submitter
});

// An answer replaces the page under one's hands: what was typed since, and what the server refused, goes over into the
// new page, with the state it was typed against, so that another's change in between is still noticed.
const leaves = (field, { elt, parameters }) => field.form === elt && parameters[field.name] === field.value;

document.addEventListener("htmx:beforeRequest", () => { focused = document.activeElement?.id ?? ""; });
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig, target, serverResponse, shouldSwap } }) => {
  if (!shouldSwap) return; // an error: the page stays as it is
  if (target.contains(document.activeElement)) focused = document.activeElement.id || focused;
  replacing = true;
  const refused = serverResponse.includes('role="alert"');
  typed = [...target.querySelectorAll("input[type=text][id], input:not([type])[id], textarea[id]")]
    .filter((field) => field.value !== field.defaultValue && (refused || !leaves(field, requestConfig)));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const field of typed) {
    const fresh = document.getElementById(field.id);
    if (!fresh) continue;
    fresh.value = field.value;
    for (const name of ["was", "revision"]) {
      const seen = field.form.querySelector(`[name=${name}]`);
      if (seen) fresh.form.querySelector(`[name=${name}]`).value = seen.value;
    }
    const folded = fresh.closest("details");
    if (folded) folded.open = true;
  }
  typed = [];
  replacing = false;
});
document.addEventListener("htmx:afterSettle", () => {
  const same = focused && document.getElementById(focused);
  const target = same && !same.disabled ? same : document.getElementById(focused.replace(/^(up|down|drop)-/, "title-"));
  if (document.activeElement === document.body) target?.focus({ preventScroll: true });
  focused = "";
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".more[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest(".more[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
