"""An analysed administration, written down: as JSON for programs, as HTML and PDF for people."""
