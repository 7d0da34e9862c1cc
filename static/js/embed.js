// A film of YouTube or Vimeo in a frame of theirs: asked for its position through messages, told on as beats.
import { Beats } from "./beats.js";
import { showAnswer } from "./lesson-state.js";

const YOUTUBE = "https://www.youtube-nocookie.com";
const VIMEO = "https://player.vimeo.com";

function connect(figure) {
  const frame = figure.querySelector("[data-embed]");
  const origin = new URL(frame.src).origin;
  let here = null;
  let playing = false;
  const beats = new Beats(figure, { position: () => (here === null ? null : Math.floor(here)), onAnswer: showAnswer });
  const say = (message) => frame.contentWindow.postMessage(JSON.stringify(message), origin);

  function moved(seconds) {
    if (playing && here !== null && seconds > here && seconds - here < 4) beats.saw(here, seconds);
    here = seconds;
  }

  function played(on) {
    if (on === playing) return;
    playing = on;
    beats.send();
  }

  function listen() {
    if (origin === YOUTUBE) say({ event: "listening", id: 1, channel: "widget" });
    if (origin === VIMEO) for (const name of ["timeupdate", "play", "pause", "ended"]) say({ method: "addEventListener", value: name });
  }

  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    let told;
    try {
      told = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    } catch {
      return;
    }
    if (told.event === "ready") listen();
    if (typeof told.info?.playerState === "number") played(told.info.playerState === 1);
    if (typeof told.info?.currentTime === "number") moved(told.info.currentTime);
    if (told.event === "play" || told.event === "pause" || told.event === "ended") played(told.event === "play");
    if (told.event === "timeupdate") moved(Number(told.data?.seconds) || 0);
  });
  frame.addEventListener("load", listen);
  setInterval(() => playing && !document.hidden && beats.tick(), 1000);
  listen();
}

for (const figure of document.querySelectorAll("[data-player]")) connect(figure);
