// Rate over the last minute, time left, and the announcements at each tenth.

const WINDOW_MS = 60_000;

/** Measures how fast a growing number of bytes grows. */
export class Rate {
  /** A rate is told once it rests on enough time and bytes: the first seconds would announce nonsense. */
  constructor({ leastMs = 500, leastBytes = 1 } = {}) {
    this.points = [];
    this.least = { ms: leastMs, bytes: leastBytes };
  }

  add(bytes, now = performance.now()) {
    this.points.push([now, bytes]);
    while (this.points.length > 2 && this.points[0][0] < now - WINDOW_MS) this.points.shift();
  }

  /** Return bytes a second, 0 while unknown. */
  value() {
    const [first, last] = [this.points[0], this.points.at(-1)];
    if (!first || last[0] - first[0] < this.least.ms || last[1] - first[1] < this.least.bytes) return 0;
    return Math.max(0, ((last[1] - first[1]) * 1000) / (last[0] - first[0]));
  }
}

/** Calls `speak(tenth)` when another tenth is reached; never twice for the same one. */
export class Tenths {
  constructor(speak) {
    this.speak = speak;
    this.last = 0;
  }

  reach(done, total) {
    const tenth = total > 0 ? Math.floor((done * 10) / total) : 0;
    if (tenth > this.last) this.speak(tenth * 10);
    this.last = tenth;
  }
}
