// What the check of the files says: what blocks, what may be overridden, what is good.

import { clone, fill, find, show } from "./dom.js";
import { bytes, exactBytes, time } from "./format.js";
import { text } from "./messages.js";

/** The list of findings; each is known by the file row or the reason it speaks of. */
export class Findings {
  constructor(section) {
    this.section = section;
    this.list = find(".pl-findings", section);
    this.items = new Map();
  }

  /** Show the findings of one file, or of the whole deposit; none takes them away. */
  set(key, findings) {
    this.items.get(key)?.forEach((element) => element.remove());
    this.items.set(key, findings.map((finding) => this.element(finding)));
    this.list.prepend(...this.items.get(key));
    if (findings.length === 0) this.items.delete(key);
    show(this.section, this.list.children.length > 0);
  }

  element(finding) {
    const params = words(finding);
    const element = clone(finding.blocks ? "t-finding-block" : "t-finding-look");
    return fill(element, { title: text(`finding.${finding.code}.title`, params), body: text(`finding.${finding.code}`, params) });
  }
}

/** Return a finding in one sentence, for a file's own row. */
export function sentence(finding) {
  return text(`finding.${finding.code}`, words(finding));
}

function words({ file, params = {} }) {
  const shown = { ...params, name: file };
  if (params.size !== undefined) Object.assign(shown, { size: exactBytes(params.size), limit: exactBytes(params.limit), over: bytes(params.size - params.limit) });
  if (params.end !== undefined) Object.assign(shown, { end: time(params.end), deadline: time(params.deadline) });
  return shown;
}
