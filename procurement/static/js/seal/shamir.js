// Shamir's secret sharing over GF(256), polynomial 0x11b, byte by byte; a share is y[size] followed by x.

import { concat, random } from "./bytes.js";
import { SealError } from "./errors.js";

const LOG = new Uint8Array(256);
const EXP = new Uint8Array(510);

// 3 generates the multiplicative group of this field.
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value;
  EXP[power + 255] = value;
  LOG[value] = power;
  value ^= (value << 1) ^ (value & 0x80 ? 0x11b : 0);
}

const multiply = (a, b) => (a === 0 || b === 0 ? 0 : EXP[LOG[a] + LOG[b]]);
const divide = (a, b) => (a === 0 ? 0 : EXP[LOG[a] + 255 - LOG[b]]);

/** Split a secret into n shares, any m of which give it back. */
export function split(secret, m, n) {
  if (!(m >= 1 && n >= m && n <= 255)) throw new SealError("bid.bad_share", "impossible m of n", { reason: "policy" });
  const coefficients = Array.from({ length: m - 1 }, () => random(secret.length));
  const polynomial = [secret, ...coefficients];
  return Array.from({ length: n }, (_, index) => concat(evaluate(polynomial, index + 1), Uint8Array.of(index + 1)));
}

function evaluate(polynomial, x) {
  return polynomial.reduceRight((sum, coefficient) => coefficient.map((byte, at) => byte ^ multiply(sum[at], x)), new Uint8Array(polynomial[0].length));
}

/** Combine m different shares into the secret. */
export function combine(shares) {
  const size = shares[0]?.length ?? 0;
  const points = shares.map((share) => share[share.length - 1]);
  const distinct = new Set(points).size === points.length && !points.includes(0);
  if (size < 2 || !distinct || shares.some((share) => share.length !== size)) {
    throw new SealError("bid.bad_share", "shares of different sizes or twice the same", { reason: "shares" });
  }
  const weights = points.map((x) => lagrange(x, points));
  return Uint8Array.from({ length: size - 1 }, (_, at) =>
    shares.reduce((sum, share, index) => sum ^ multiply(share[at], weights[index]), 0),
  );
}

// The value at 0 of the polynomial that is 1 at x and 0 at the other points; minus is plus in this field.
function lagrange(x, points) {
  return points.filter((other) => other !== x).reduce((weight, other) => multiply(weight, divide(other, other ^ x)), 1);
}
