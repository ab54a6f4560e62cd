"""Bring the Indonesian catalog up to date, and say what still needs a translation."""

import sys

from testing_platform.translations.catalog import MO, PO, as_mo, as_po, read, sources, untranslated, updated


def main() -> int:
    """Write the catalog and its compiled form; the exit code is 1 while something is untranslated."""
    catalog = updated(read(), sources())
    PO.write_bytes(as_po(catalog))
    MO.write_bytes(as_mo(catalog))
    missing = untranslated(catalog)
    for msgid in missing:
        sys.stdout.write(f"no Indonesian yet: {msgid}\n")
    sys.stdout.write(f"{len(catalog)} msgids, {len(missing)} without Indonesian\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
