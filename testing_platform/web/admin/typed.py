"""What people type into the forms of the administration: checks of shape, with everything kept for another try."""

from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext as _

from registry.errors import RegistryError
from registry.sheets import LONGEST_LINE
from testing_platform.error_texts import text_of


@dataclass(frozen=True)
class Typed:
    """The fields of a form as typed, and what is wrong with them by field name; '' is for the form as a whole."""

    fields: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_request(cls, *names: str) -> "Typed":
        """The named fields of the posted form, trimmed and with single spaces."""
        return cls({name: " ".join(request.form.get(name, "").split()) for name in names})

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def check_lines(self, **missing: str) -> None:
        """Each named field holds one line of text; the given words say so when it is empty."""
        for name, words in missing.items():
            if not self[name]:
                self.errors[name] = words
            elif len(self[name]) > LONGEST_LINE:
                self.errors[name] = _("Write at most %(limit)s characters.", limit=LONGEST_LINE)
            elif not self[name].isprintable():
                self.errors[name] = _("There is an invisible character in this text. Type it again.")

    def check_choice(self, name: str, choices: list[str], *, missing: str) -> None:
        """The field holds one of the choices."""
        if self[name] not in choices:
            self.errors[name] = missing

    def refuse(self, error: RegistryError, name: str = "") -> None:
        """Put the refusal of an operation beside the field that it is about."""
        self.errors[name] = text_of(error)


NOTHING = Typed({})
