"""Checks the proof of a receipt with nothing of ours; usage: standalone_receipt_check.py PROOF.json PUBLIC_KEY_HEX"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


proof = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[2]))
receipt, seal, leaf = proof["receipt"], proof["seal"], proof["leaf"]
for signed in (receipt, seal):  # both signatures; an exception ends the check
    said = {name: value for name, value in signed.items() if name not in ("signature", "key_id", "short_code")}
    words = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key.verify(base64.b64decode(signed["signature"]), words)
digest = bytes.fromhex(receipt["digest"])
for step in proof["steps_after"]:  # from the receipt to the end of the journal
    digest = sha(digest + step.encode())
seq, attempt = receipt["last_seq"] + len(proof["steps_after"]), bytes.fromhex(receipt["attempt"].replace("-", ""))
content = attempt + seq.to_bytes(8, "big") + digest + bytes.fromhex(leaf["marks"]) + leaf["state"].encode()
found, at, last = sha(b"\x00" + content), proof["index"], proof["size"] - 1
for beside in map(bytes.fromhex, proof["path"]):  # from the leaf to the root
    while at == last and at % 2 == 0:  # nothing beside it on this level
        at, last = at // 2, last // 2
    found = sha(b"\x01" + (beside + found if at % 2 else found + beside))
    at, last = at // 2, last // 2
if found.hex() != seal["root"] or proof["size"] != seal["n_attempts"]:
    sys.exit("the receipt is not under the seal")
print("genuine and sealed:", receipt["answered"], "of", receipt["n_items"], "answered,", receipt["submitted_at"])
