// Shows on the lesson page what a beat was answered: the pill, the time to go, and a completion.

export function showAnswer(answer) {
  const pill = document.querySelector("[data-requirement]");
  if (pill) {
    pill.textContent = answer.sentence;
    document.querySelector("[data-time-to-go]").textContent = answer.time_to_go;
    drawRing(pill.parentElement.querySelector(".ring"), answer.percent);
  }
  if (!answer.lesson_completed) return;
  htmx.trigger(document.body, "lesson-watched");
  htmx.trigger(document.body, "lesson-completed");
  if (!answer.next_url) return;
  const { textFinished: text, textFinishedAction } = document.querySelector("[data-player]").dataset;
  const action = { text: textFinishedAction, href: answer.next_url };
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, action } }));
}

function drawRing(ring, percent) {
  if (!ring) return;
  let fill = ring.querySelector(".ring__fill");
  if (!fill) {
    fill = ring.querySelector(".ring__rail").cloneNode();
    fill.setAttribute("class", "ring__fill");
    fill.setAttribute("pathLength", "100");
    ring.append(fill);
  }
  fill.setAttribute("stroke-dasharray", `${Math.floor(percent)} 100`);
}
