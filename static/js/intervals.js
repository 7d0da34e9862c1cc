// Lists of [start, end) in seconds, sorted and apart from each other.

export function unite(intervals) {
  const united = [];
  for (const [start, end] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = united.at(-1);
    if (last && start <= last[1] + 0.01) last[1] = Math.max(last[1], end);
    else united.push([start, end]);
  }
  return united;
}

export function subtract(intervals, known) {
  const left = [];
  for (const [start, end] of intervals) {
    let position = start;
    for (const [from, to] of known) {
      if (to <= position || from >= end) continue;
      if (from > position) left.push([position, from]);
      position = Math.max(position, to);
    }
    if (position < end) left.push([position, end]);
  }
  return left;
}

export function wholeSeconds(intervals) {
  const whole = intervals.map(([start, end]) => [Math.floor(start), Math.floor(end)]);
  return unite(whole.filter(([start, end]) => start < end));
}
