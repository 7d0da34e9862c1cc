// Counts the time on a lesson that is read: while the page is seen and the reader did something in the last minute.
import { Beats } from "./beats.js";

const IDLE = 60_000; // milliseconds
const place = document.querySelector("[data-beat]");

if (place) {
  const beats = new Beats(place);
  let active = Date.now();
  for (const name of ["pointermove", "pointerdown", "keydown", "scroll", "touchstart"]) {
    addEventListener(name, () => (active = Date.now()), { passive: true });
  }
  setInterval(() => !document.hidden && Date.now() - active < IDLE && beats.tick(), 1000);
}
