"""Whole numbers that pages send back to themselves: what no page of ours would send is as good as nothing sent."""

_FURTHEST = 2**47  # as milliseconds the year 6429, far beyond every count; no column and no clock overflows below


def typed_number(text: str) -> int:
    """For `type=` of a field: a number of a size that means something, else the field's default."""
    if len(text) > 20:
        raise ValueError("longer than any number of ours")
    number = int(text)
    if abs(number) > _FURTHEST:
        raise ValueError("no number of ours")
    return number
