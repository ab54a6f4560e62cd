"""What each kind of step holds, and nothing else: the law for steps that come over the network and in emergency files.

A journal is evidence. A field that no reader expects would be signed and sealed with it, and mean something else to
each who reads it.
"""

import re

# The reasons of `exam.challenges`; what follows the first semicolon is read leniently, and may have been cut.
_REPORT = re.compile(r"(?:no-right-answer|two-answers|picture|typing|off-topic|other)(?:;.*)?", re.DOTALL)
_VALUES = {"flag": frozenset({"on", "off"}), "focus": frozenset({"lost", "gained"})}


def wrong_with(kind: str, *, item: object, option: object, value: str | None) -> str | None:
    """What is wrong with a step of this kind, for whoever wrote the program that sent it; None when it is whole."""
    if (item is None) != (kind == "focus"):
        return f"a step of kind {kind} {'needs its item' if item is None else 'has no item'}"
    if option is not None and kind != "answer":
        return f"a step of kind {kind} has no option"
    if kind in _VALUES:
        return None if value in _VALUES[kind] else f"the value of {kind} is {' or '.join(sorted(_VALUES[kind]))}"
    if kind == "challenge":
        return None if value and _REPORT.fullmatch(value) else "the value of challenge begins with a known reason"
    return None if value is None else f"a step of kind {kind} has no value"
