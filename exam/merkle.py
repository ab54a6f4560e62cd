"""The Merkle tree of RFC 6962 (and 9162): one root over many leaves, and a short proof that a leaf is among them.

Leaves and nodes are hashed with different prefixes, so that no node can pass for a leaf.
"""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves in their order."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    while len(hashes) > 1:
        hashes = _level_above(hashes)
    return hashes[0] if hashes else EMPTY_ROOT


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf up to the root, from below."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    hashes, beside = [leaf_hash(leaf) for leaf in leaves], []
    while len(hashes) > 1:
        neighbour = index ^ 1
        if neighbour < len(hashes):  # an odd one at the end goes up as it is
            beside.append(hashes[neighbour])
        hashes, index = _level_above(hashes), index // 2
    return beside


def is_in_tree(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at this place of a tree of this size with this root."""
    if not 0 <= index < size:
        return False
    found, last, beside = leaf_hash(leaf), size - 1, list(proof)
    while last > 0:
        if index < last or index % 2:
            if not beside:
                return False
            neighbour = beside.pop(0)
            found = node_hash(neighbour, found) if index % 2 else node_hash(found, neighbour)
        index, last = index // 2, last // 2
    return not beside and found == root


def _level_above(hashes: Sequence[bytes]) -> list[bytes]:
    pairs = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)]
    return pairs + list(hashes[len(pairs) * 2 :])
