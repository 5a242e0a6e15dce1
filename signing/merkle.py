"""Hash long data as an RFC 6962 tree, one leaf after the other, in logarithmic memory."""

from collections.abc import Iterable
from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """Return the RFC 6962 hash of one leaf (section 2.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the RFC 6962 hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """Take leaves in order and know the root at any moment.

    Only the roots of the complete subtrees on the left edge are kept: one per bit set in the size.
    """

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def append(self, data: bytes) -> None:
        """Add one leaf."""
        node = leaf_hash(data)
        size = self.size
        while size & 1:
            node = node_hash(self._edge.pop(), node)
            size >>= 1
        self._edge.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far; the empty tree hashes the empty string."""
        if not self._edge:
            return sha256(b"").digest()
        *rest, node = self._edge
        for left in reversed(rest):
            node = node_hash(left, node)
        return node


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the RFC 6962 root of a list of leaf data."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()
