"""Indonesian for every word of the pages: one catalog, brought up to date by one command.

The msgids are English, so English needs no catalog. `python -m testing_platform.translations` reads all sources,
adds new msgids to `id/LC_MESSAGES/messages.po` with an empty translation, removes those that nothing uses any more,
and compiles the catalog. A msgid whose English changed is a new msgid: nothing is guessed by likeness.
"""
