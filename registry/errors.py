"""What can go wrong with accounts, roles, sites and teachers. Each error has a stable code and parameters;
the texts stand in the shell's translations.

    RegistryError
    |-- PasswordRefusedError   too short, too long, common, personal
    |-- SigninError            refused, slow down
    |-- LinkError              unknown, used or expired
    |-- GrantError             roles
    |-- SiteError              sites
    |-- AccountError           accounts
    `-- TeacherFileError       the list of teachers, with every problem
"""

from typing import ClassVar


class RegistryError(Exception):
    """An act that the rules of the registry refuse. Nothing was changed."""

    code: ClassVar[str] = "registry-error"

    def __init__(self, **parameters: object) -> None:
        super().__init__(f"{self.code} {parameters}" if parameters else self.code)
        self.parameters = parameters


# Passwords --------------------------------------------------------------------------------------------------------


class PasswordRefusedError(RegistryError):
    """A new password breaks the policy."""

    code = "password-refused"


class PasswordTooShortError(PasswordRefusedError):
    """The password has too few characters."""

    code = "password-too-short"


class PasswordTooLongError(PasswordRefusedError):
    """The password has too many characters."""

    code = "password-too-long"


class PasswordCommonError(PasswordRefusedError):
    """The password is one that attackers try first."""

    code = "password-common"


class PasswordPersonalError(PasswordRefusedError):
    """The password is the owner's name or e-mail address."""

    code = "password-personal"
