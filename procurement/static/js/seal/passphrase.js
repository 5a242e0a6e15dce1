// Passphrases a person can copy by hand: six pronounceable words of two syllables, 75 syllables to draw from.

import { random } from "./bytes.js";

const CONSONANTS = "bdfgjklmnprstvz";
const VOWELS = "aeiou";
const SYLLABLES = [...CONSONANTS].flatMap((consonant) => [...VOWELS].map((vowel) => consonant + vowel));
export const WORDS = 6;
export const MIN_LENGTH = 14;
// Words nobody wants to read aloud to a colleague.
const UNWANTED = new Set(["bite", "kaka", "nazi", "pipi", "pute", "sade", "teta", "zizi"]);

/** The strength of a generated passphrase, in bits: log2(75^2 - 8) for each word, 74.7 in all. */
export const BITS = Math.floor(WORDS * Math.log2(SYLLABLES.length ** 2 - UNWANTED.size));

/** Draw a passphrase. */
export function generate() {
  return Array.from({ length: WORDS }, word).join(" ");
}

function word() {
  for (;;) {
    const drawn = syllable() + syllable();
    if (!UNWANTED.has(drawn)) return drawn;
  }
}

// Bytes from 225 on are thrown away: 256 is not a multiple of 75, and the first syllables would come more often.
function syllable() {
  for (;;) {
    const [byte] = random(1);
    if (byte < 3 * SYLLABLES.length) return SYLLABLES[byte % SYLLABLES.length];
  }
}
