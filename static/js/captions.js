// Captions in our own line, so that they look the same in every browser and follow the direction of their language.
import { recall, remember } from "./choices.js";

export function connectCaptions(figure, video) {
  const button = figure.querySelector("[data-captions]");
  const line = figure.querySelector("[data-caption]");
  if (!button) return;
  const choice = figure.querySelector("[data-caption-language]");
  const tracks = [...video.textTracks];
  const chosen = () => tracks.find((track) => track.language === choice?.value) ?? tracks[0];
  let on = recall("captions") === "on";

  function draw() {
    const cues = on ? [...(chosen().activeCues ?? [])] : [];
    line.hidden = !cues.length;
    line.lang = chosen().language;
    line.firstElementChild.dir = "auto";
    line.firstElementChild.textContent = cues.map((cue) => cue.getCueAsHTML().textContent).join("\n");
  }

  function apply() {
    for (const track of tracks) track.mode = on && track === chosen() ? "hidden" : "disabled";
    button.ariaPressed = String(on);
    draw();
  }

  for (const track of tracks) track.addEventListener("cuechange", draw);
  choice?.addEventListener("change", () => {
    on = true;
    apply();
  });
  button.addEventListener("click", () => {
    on = !on;
    remember("captions", on ? "on" : "off");
    apply();
  });
  apply();
}
