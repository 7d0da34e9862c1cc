// The keys of the player while the focus is in it: space or K, arrows, M, C, F, digits. Time runs to the right in
// every language, so the arrows are not mirrored.
export function connectKeys(figure, video, toggle, press) {
  const go = (seconds) => (video.currentTime = Math.min(Math.max(0, video.currentTime + seconds), video.duration || 0));
  const louder = (step) => (video.volume = Math.min(1, Math.max(0, video.volume + step)));
  const keys = {
    k: toggle,
    arrowleft: () => go(-5),
    arrowright: () => go(5),
    j: () => go(-10),
    l: () => go(10),
    arrowup: () => louder(0.1),
    arrowdown: () => louder(-0.1),
    m: () => press("mute"),
    c: () => press("captions"),
    f: () => press("full"),
  };

  figure.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const isField = event.target.matches("input, select");
    if (event.ctrlKey || event.metaKey || event.altKey || (isField && key.startsWith("arrow"))) return;
    if (key === " " && event.target === video) toggle();
    else if (/^\d$/.test(key) && !isField) video.currentTime = ((video.duration || 0) * Number(key)) / 10;
    else if (key in keys) keys[key]();
    else return;
    event.preventDefault();
  });
}
