"""The Merkle tree against the definition of RFC 6962, its published vectors, and the laws of a proof."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam import merkle

# The leaves and roots that certificate transparency logs publish as test data (0 to 8 leaves).
PUBLISHED_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
PUBLISHED_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaf_lists = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def as_the_rfc_says(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + as_the_rfc_says(leaves[:split]) + as_the_rfc_says(leaves[split:])).digest()


def path_as_the_rfc_says(leaves: list[bytes], index: int) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1, word by word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path_as_the_rfc_says(leaves[:split], index), as_the_rfc_says(leaves[split:])]
    return [*path_as_the_rfc_says(leaves[split:], index - split), as_the_rfc_says(leaves[:split])]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root(PUBLISHED_LEAVES[:size]).hex() == PUBLISHED_ROOTS[size]
    assert as_the_rfc_says(PUBLISHED_LEAVES[:size]).hex() == PUBLISHED_ROOTS[size]


@given(leaf_lists)
def test_root_and_proofs_are_those_of_the_rfc(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == as_the_rfc_says(leaves)
    for index in range(len(leaves)):
        assert merkle.proof(leaves, index) == path_as_the_rfc_says(leaves, index)


@given(leaf_lists, st.data())
def test_a_proof_holds_for_its_leaf_and_place_only(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    beside, root, size = merkle.proof(leaves, index), merkle.root(leaves), len(leaves)
    assert merkle.is_in_tree(leaves[index], index=index, size=size, proof=beside, root=root)
    assert not merkle.is_in_tree(leaves[index] + b"x", index=index, size=size, proof=beside, root=root)
    assert not merkle.is_in_tree(leaves[index], index=index, size=size, proof=[*beside, root], root=root)
    assert not merkle.is_in_tree(leaves[index], index=index, size=size, proof=beside, root=bytes(32))
    assert not merkle.is_in_tree(leaves[index], index=size, size=size, proof=beside, root=root)
    if beside:
        other = data.draw(st.integers(0, len(beside) - 1))
        bent = [bytes(32) if place == other else each for place, each in enumerate(beside)]
        assert not merkle.is_in_tree(leaves[index], index=index, size=size, proof=bent, root=root)
        assert not merkle.is_in_tree(leaves[index], index=index, size=size, proof=beside[:-1], root=root)


@given(leaf_lists, st.data())
def test_a_proof_names_the_place(leaves: list[bytes], data: st.DataObject) -> None:
    distinct = [bytes([place]) + leaf for place, leaf in enumerate(leaves)]
    index = data.draw(st.integers(0, len(distinct) - 1))
    beside, root, size = merkle.proof(distinct, index), merkle.root(distinct), len(distinct)
    places = [
        at for at in range(size) if merkle.is_in_tree(distinct[index], index=at, size=size, proof=beside, root=root)
    ]
    assert places == [index]


def test_there_is_no_proof_outside_the_tree() -> None:
    with pytest.raises(IndexError):
        merkle.proof([b"a"], 1)
