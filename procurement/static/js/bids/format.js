// Figures in the reader's language: bytes, rates, durations, times in Paris.

const language = document.documentElement.lang || "fr";
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
const clock = new Intl.DateTimeFormat(language, { timeZone: "Europe/Paris", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { timeZone: "Europe/Paris", dateStyle: "long", timeStyle: "medium", hourCycle: "h23" });

/** Return "126 Mo" in powers of 1024, as the server's pages do; three figures tell enough. */
export function bytes(size) {
  const step = size < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(size) / 10));
  const value = size / 1024 ** step;
  const digits = { maximumFractionDigits: step > 0 && value < 100 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[step], unitDisplay: step === 0 ? "long" : "short", ...digits }).format(value);
}

/** Return every byte: what a limit is compared with. */
export function exactBytes(size) {
  return new Intl.NumberFormat(language, { style: "unit", unit: "byte", unitDisplay: "long" }).format(size);
}

export function count(value) {
  return new Intl.NumberFormat(language).format(value);
}

/** Return "1 h 14 min 53 s". */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "day"],
    [Math.floor((whole % 86_400) / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const from = Math.min(parts.findIndex(([value]) => value > 0) >>> 0, 3);
  return parts.slice(from).map(([value, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value)).join(" ");
}

export function time(instant) {
  return clock.format(instant);
}

export function dateTime(instant) {
  return day.format(instant);
}
