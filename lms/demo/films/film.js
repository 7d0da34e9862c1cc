// Shows one step of a film: film.html?3 keeps what has data-at="3" (also "2-4", "5+", or several with commas)
// and marks what has data-here="3" in the same way.
const step = Number(location.search.slice(1) || 1);
const holds = (list) => list.split(",").some((part) => {
  const [first, last] = part.endsWith("+") ? [parseInt(part), Infinity] : part.split("-").map(Number);
  return step >= first && step <= (last ?? first);
});
document.querySelectorAll("[data-at]").forEach((node) => node.toggleAttribute("hidden", !holds(node.dataset.at)));
document.querySelectorAll("[data-here]").forEach((node) => node.classList.toggle("here", holds(node.dataset.here)));
