// While a form is on its way its button says so; a request that fails is said in words, never swallowed.
// The words come translated from data-text-* on <body>.
const words = document.body.dataset;
const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, bad: true } }));

function busy(button, on) {
  if (!button) return;
  if (on) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

const buttonOf = (element) =>
  element.matches?.("button, .btn") ? element : element.querySelector?.("button[type=submit]:not([name])");

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  const button = event.submitter ?? buttonOf(event.target);
  if (button?.getAttribute("aria-busy")) event.preventDefault(); // the second click of a double click
  else busy(button, true);
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy=true]")) busy(button, false);
});

document.addEventListener("htmx:beforeRequest", (event) => busy(buttonOf(event.detail.elt), true));
document.addEventListener("htmx:afterRequest", (event) => {
  busy(buttonOf(event.detail.elt), false);
  busy(event.detail.requestConfig?.triggeringEvent?.submitter, false);
});

// Who was logged out meanwhile is led to the log-in page by the answer: go there as a page, and come back here.
document.addEventListener("htmx:beforeSwap", (event) => {
  const landed = new URL(event.detail.xhr.responseURL || location.href);
  if (!landed.searchParams.has("next") || landed.pathname === location.pathname) return;
  event.detail.shouldSwap = false;
  landed.searchParams.set("next", location.pathname + location.search);
  location.assign(landed);
});

document.addEventListener("htmx:sendError", () => say(words.textOffline));
document.addEventListener("htmx:timeout", () => say(words.textSlow));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401 || status === 403) say(words.textForbidden);
  else if (status === 429 || status === 503) say(words.textBusy);
  else say(words.textFailed);
});
