// The whole of what is being sent: bytes, rate, time left, and whether it ends before the deadline.

import { checkTime } from "../seal/preflight.js";
import { fill, find, say, show } from "./dom.js";
import { bytes, duration, time } from "./format.js";
import { text } from "./messages.js";
import { Rate, Tenths } from "./progress.js";

export class TotalProgress {
  constructor(section, { clock, deadline }) {
    Object.assign(this, { section, clock, deadline });
    this.rate = new Rate({ leastMs: 4000, leastBytes: 1024 * 1024 });
    this.tenths = new Tenths((percent) => say(text("total.percent", { percent })));
  }

  /** Show the sum of the rows; return the findings on time. */
  draw(rows) {
    const live = rows.filter(({ file }) => file.state !== "refused");
    const total = live.reduce((sum, { file }) => sum + file.size, 0);
    const left = live.reduce((sum, row) => sum + row.left, 0);
    this.rate.add(total - left);
    this.drawBar(total, left);
    const now = Date.now() + this.clock.offset;
    const rate = this.rate.value();
    this.drawForecast(left, rate, now);
    return checkTime({ left, rate, now, deadline: this.deadline }).filter(({ params }) => !params.now);
  }

  drawBar(total, left) {
    const percent = total > 0 ? Math.floor(((total - left) * 100) / total) : 0;
    const bar = find("progress", this.section);
    bar.value = percent;
    bar.textContent = `${percent} %`;
    fill(this.section, { total: total > 0 ? text("total.bytes", { sent: bytes(total - left), total: bytes(total) }) : text("total.none") });
    this.tenths.reach(total - left, total);
  }

  drawForecast(left, rate, now) {
    const known = left > 0 && rate > 0;
    show(find("[data-part='forecast']", this.section), known);
    if (!known) return;
    const end = now + (left / rate) * 1000;
    const margin = (this.deadline - end) / 1000;
    fill(this.section, {
      end: text("total.end", { time: time(end) }),
      margin: text(margin >= 0 ? "total.margin" : "total.overrun", {
        left: bytes(left), rate: bytes(rate), margin: duration(Math.abs(margin)), deadline: time(this.deadline),
      }),
    });
  }
}
