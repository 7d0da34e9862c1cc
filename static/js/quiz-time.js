// How long each question was in hand: from the touch that chose it to that of another one, while the page is seen.
// For statistics only; the server caps it by its own clock.
const spent = new Map();
let current = document.querySelector("[data-question]")?.dataset.question;
let since = performance.now();

function settle() {
  const now = performance.now();
  if (current) spent.set(current, (spent.get(current) ?? 0) + now - since);
  since = now;
}

function follow(event) {
  const touched = event.target.closest?.("[data-question]")?.dataset.question;
  if (!touched || touched === current) return;
  settle();
  current = touched;
}

for (const kind of ["focusin", "pointerdown"]) document.addEventListener(kind, follow);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) settle();
  since = performance.now();
});

export function secondsOn(question) {
  if (!document.hidden) settle();
  return Math.round((spent.get(question) ?? 0) / 1000);
}
