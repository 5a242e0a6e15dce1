// RFC 6962 trees over the hashes of segments, one leaf after the other, in logarithmic memory.

import { concat, sha256 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Takes leaf data in order; only the roots of the complete subtrees on the left edge are kept. */
export class Tree {
  constructor() {
    this.size = 0;
    this.edge = [];
  }

  /** Add one leaf. Appends must be awaited one after the other. */
  async append(data) {
    let node = await sha256(concat(LEAF, data));
    for (let size = this.size; size % 2 === 1; size = Math.floor(size / 2)) {
      node = await sha256(concat(NODE, this.edge.pop(), node));
    }
    this.edge.push(node);
    this.size += 1;
  }

  /** Return the root over the leaves so far; the empty tree hashes the empty string. */
  async root() {
    if (this.edge.length === 0) return sha256(new Uint8Array());
    let node = this.edge.at(-1);
    for (const left of this.edge.slice(0, -1).reverse()) node = await sha256(concat(NODE, left, node));
    return node;
  }
}

/** Return the root over a list of leaf data. */
export async function root(leaves) {
  const tree = new Tree();
  for (const leaf of leaves) await tree.append(leaf);
  return tree.root();
}
