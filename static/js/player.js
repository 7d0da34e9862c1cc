// <figure data-player> around a <video>: our controls instead of the browser's, and beats while it plays.
import { Beats } from "./beats.js";
import { connectCaptions } from "./captions.js";
import { recall, remember } from "./choices.js";
import { showAnswer } from "./lesson-state.js";
import { connectKeys } from "./player-keys.js";

const SPEEDS = [1, 1.25, 1.5, 2, 0.75];
const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const pad = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${pad(whole % 60)}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
};

function connect(figure) {
  const video = figure.querySelector("video");
  const part = (name) => figure.querySelector(`[data-${name}]`);
  const toggles = figure.querySelectorAll("[data-toggle]");
  const words = { play: toggles[1].ariaLabel, pause: toggles[1].dataset.pause };
  const beats = new Beats(figure, { position: () => Math.floor(video.currentTime), onAnswer: showAnswer });
  const toggle = () => (video.paused ? video.play() : video.pause());
  let last = null; // where continuous playing was seen last

  video.controls = false;
  part("controls").hidden = false;

  function show() {
    toggles[0].hidden = !video.paused || video.seeking;
    toggles[1].ariaLabel = video.paused ? words.play : words.pause;
    part("when-paused").hidden = !video.paused;
    part("when-playing").hidden = video.paused;
    part("now").textContent = clock(video.currentTime);
    part("seek").value = video.currentTime;
    part("seek").ariaValueText = `${clock(video.currentTime)} / ${part("end").textContent}`;
    part("when-loud").hidden = video.muted;
    part("when-mute").hidden = !video.muted;
    part("mute").ariaPressed = String(video.muted);
    part("speed").firstElementChild.textContent = `${video.playbackRate}×`;
  }

  function see() {
    const here = video.currentTime;
    const step = last === null ? 0 : here - last;
    if (step > 0 && step < 2 * video.playbackRate) beats.saw(last, here);
    last = video.paused || video.seeking ? null : here;
  }

  for (const button of toggles) button.addEventListener("click", toggle);
  video.addEventListener("click", toggle);
  part("seek").addEventListener("input", (event) => (video.currentTime = Number(event.target.value)));
  part("mute").addEventListener("click", () => (video.muted = !video.muted));
  part("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : figure.requestFullscreen?.()));
  part("speed").addEventListener("click", () => {
    video.playbackRate = SPEEDS[(SPEEDS.indexOf(video.playbackRate) + 1) % SPEEDS.length];
    remember("player-speed", video.playbackRate);
  });
  for (const name of ["play", "pause", "seeking", "seeked", "timeupdate", "volumechange", "ratechange"]) video.addEventListener(name, show);
  for (const name of ["timeupdate", "pause", "ended"]) video.addEventListener(name, see);
  video.addEventListener("seeking", () => (last = null));
  for (const name of ["play", "pause", "seeked", "ended"]) video.addEventListener(name, () => beats.send());
  video.addEventListener("loadedmetadata", () => {
    part("seek").max = Math.floor(video.duration);
    part("end").textContent = clock(video.duration);
    video.playbackRate = Number(recall("player-speed")) || 1;
    show();
  });
  setInterval(() => !video.paused && !document.hidden && beats.tick(), 1000);
  connectCaptions(figure, video);
  connectKeys(figure, video, toggle, (name) => part(name)?.click());
  if (video.readyState) video.dispatchEvent(new Event("loadedmetadata"));
  show();
}

for (const figure of document.querySelectorAll("[data-player]")) connect(figure);
