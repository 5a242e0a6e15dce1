// Count down by the server's clock. The offset of this device is measured over three requests and shown above 2 s.
// The figures are silent for screen readers; five milestones are spoken.

const MILESTONES = [86400, 3600, 900, 300, 60];
const SOON = 900;

export function improve(section) {
  const deadline = Date.parse(section.dataset.plCountdown);
  const atLoad = Date.parse(section.dataset.now);
  if (Number.isNaN(deadline) || Number.isNaN(atLoad)) return;
  const clock = { offset: atLoad - Date.now() };
  const state = { previous: (deadline - atLoad) / 1000, over: atLoad >= deadline };
  const figures = section.querySelectorAll(".pl-countdown__left span");

  function tick() {
    const now = Date.now() + clock.offset;
    const left = (deadline - now) / 1000;
    show(figures, Math.floor(Math.abs(left)), section.dataset);
    section.querySelector("[data-pl-server]").textContent = section.dataset.server.replace("{time}", paris(now)) + clockNote(section, clock);
    announce(section, state, left);
    state.previous = left;
    setTimeout(tick, 1000 - (now % 1000));
  }

  tick();
  if (section.dataset.clock) measure(section.dataset.clock).then((offset) => {
    if (offset !== null) clock.offset = offset;
    clock.measured = offset !== null;
  });
}

function clockNote(section, clock) {
  const seconds = Math.abs(clock.offset) / 1000;
  if (!clock.measured || seconds <= 2) return "";
  return " " + section.dataset.offset.replace("{seconds}", seconds.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 0 }));
}

function show(figures, seconds, words) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const parts = [
    [String(days), days < 2 ? words.day : words.days],
    [two(hours), hours < 2 ? words.hour : words.hours],
    [two(Math.floor((seconds % 3600) / 60)), "min"],
    [two(seconds % 60), "s"],
  ];
  parts.forEach(([figure, word], index) => {
    figures[index].firstElementChild.textContent = figure;
    figures[index].lastChild.textContent = ` ${word}`;
  });
}

function announce(section, state, left) {
  const spoken = section.querySelector("[data-pl-spoken]");
  section.classList.toggle("pl-countdown--soon", left > 0 && left < SOON);
  if (left <= 0 && !state.over) {
    state.over = true;
    section.classList.add("pl-countdown--late");
    spoken.classList.remove("pl-sr");
    spoken.textContent = section.dataset.over;
    section.querySelector(".pl-countdown__left").setAttribute("aria-label", section.dataset.since);
    section.dispatchEvent(new CustomEvent("pl:deadline", { bubbles: true }));
  }
  const passed = MILESTONES.find((milestone) => left > 0 && state.previous > milestone && left <= milestone);
  if (passed) spoken.textContent = section.dataset.spoken.replace("{time}", milestoneWords(passed));
}

function milestoneWords(seconds) {
  const [value, unit] = seconds >= 3600 ? [seconds / 3600, "hour"] : [seconds / 60, "minute"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

// Three round trips; the fastest one carries the least doubt.
async function measure(address) {
  let best = null;
  for (let round = 0; round < 3; round += 1) {
    const sent = Date.now();
    try {
      const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
      const received = Date.now();
      const server = Date.parse((await answer.json()).now);
      const trip = received - sent;
      if (answer.ok && !Number.isNaN(server) && (best === null || trip < best.trip)) best = { trip, offset: server + trip / 2 - received };
    } catch {
      return best === null ? null : best.offset;
    }
  }
  return best === null ? null : best.offset;
}

function paris(instant) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Europe/Paris", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(instant);
}

function two(value) {
  return String(value).padStart(2, "0");
}
