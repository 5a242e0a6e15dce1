// Who bids, for which lots, and what this deposit replaces.

import { all, find, show } from "./dom.js";

/** Tell whether a SIRET is well formed: Luhn, and the exception of La Poste (sum of digits divisible by 5). */
export function isSiret(siret) {
  if (!/^[0-9]{14}$/.test(siret)) return false;
  const digits = [...siret].map(Number);
  if (siret.startsWith("356000000") && siret !== "35600000000048") return digits.reduce((sum, digit) => sum + digit, 0) % 5 === 0;
  const doubled = digits.map((digit, index) => (index % 2 === 0 ? digit * 2 : digit));
  return doubled.reduce((sum, digit) => sum + (digit > 9 ? digit - 9 : digit), 0) % 10 === 0;
}

export class Candidate {
  constructor(root, onChange) {
    this.root = root;
    this.previous = JSON.parse(root.dataset.previous);
    this.members = find("#membres", root);
    root.addEventListener("change", () => {
      this.draw();
      onChange();
    });
    this.draw();
  }

  draw() {
    show(find("[data-part='members']", this.root), this.grouped);
    for (const section of all("[data-lot]", this.root)) {
      const lot = Number(section.dataset.lot);
      show(section, lot === 0 || this.lots.includes(lot));
    }
  }

  get grouped() {
    return find("input[name='candidat']:checked", this.root)?.value === "groupement";
  }

  /** Return the lots ticked; a consultation without lots has the one lot 0. */
  get lots() {
    return all("input[name='lots']:checked", this.root).map(({ value }) => Number(value));
  }

  /** Return {candidate} or {problem, target}: the other members' SIRETs, sorted, without spaces. */
  read() {
    const lead = this.root.dataset.siret;
    if (!this.grouped) return { candidate: { lead, members: [] } };
    const written = this.members.value.split(/[\n,;]+/).map((line) => line.replaceAll(/[^0-9]/g, "")).filter(Boolean);
    const members = [...new Set(written)].sort();
    const bad = members.find((siret) => !isSiret(siret) || siret === lead);
    if (members.length === 0) return { problem: "candidate.no_member", target: this.members };
    if (bad) return { problem: "candidate.bad_member", siret: bad, target: this.members };
    return { candidate: { lead, members } };
  }

  /** Return, by "kind-lot", how each envelope stands to earlier ones: declared by the person, never guessed. */
  relations() {
    const replaces = find("input[name='relation']:checked", this.root)?.value === "remplace";
    const found = {};
    for (const { kind, lot, envelope } of replaces ? this.previous : []) {
      const key = `${kind}-${lot}`;
      found[key] ??= { relation: "remplace", refers_to: [] };
      found[key].refers_to.push(envelope);
    }
    return found;
  }
}
