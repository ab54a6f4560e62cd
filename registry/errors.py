"""What can go wrong with accounts, roles, sites and teachers. Each error has a stable code and parameters;
the texts stand in the shell's translations.

    RegistryError
    |-- PasswordRefusedError   too short, too long, common, personal
    |-- AccountError           accounts
    |-- LinkRefusedError       unknown, used, expired, not yet approved
    |-- GrantError             roles
    |-- SiteCodeTakenError, NuptkTakenError, NuptkMalformedError
    `-- TeacherFileError       the list of teachers, with every problem

Signing in raises nothing: see `registry.operations.signins`.
"""

from typing import ClassVar

from registry.sheets import Problem


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


# Accounts, links and signing in -----------------------------------------------------------------------------------


class AccountError(RegistryError):
    """An account cannot be made or changed like this."""

    code = "account-error"


class EmailTakenError(AccountError):
    """Another account has this e-mail address."""

    code = "email-taken"


class EmailMalformedError(AccountError):
    """The text is no e-mail address."""

    code = "email-malformed"


class NotFirstError(AccountError):
    """Somebody can sign in already; the first link is only for an empty installation."""

    code = "not-first"


class LastAdminError(AccountError):
    """Without this admin nobody could grant a role any more."""

    code = "last-admin"


class AccountDisabledError(AccountError):
    """The account is disabled."""

    code = "account-disabled"


class LinkRefusedError(RegistryError):
    """The link is unknown, used, too old or not approved yet; the text does not say which."""

    code = "link-refused"


class OwnLinkError(AccountError):
    """Nobody approves a link that they made, or one to their own account."""

    code = "own-link"


class LinkSettledError(AccountError):
    """The link was approved, replaced or used meanwhile, or is too old."""

    code = "link-settled"


class SecondFactorError(AccountError):
    """The second factor cannot be set up or changed like this."""

    code = "second-factor-error"


class SecondFactorHeldError(SecondFactorError):
    """The account has a second factor already; it must be taken off first."""

    code = "second-factor-held"


class NotEnrollingError(SecondFactorError):
    """Nothing is waiting to be confirmed, or it has waited too long."""

    code = "not-enrolling"


class CodeRefusedError(SecondFactorError):
    """The code does not fit the secret that is being set up."""

    code = "code-refused"


class ClocksDifferError(CodeRefusedError):
    """The code would fit at another time, so the clock of the phone or of the server is wrong."""

    code = "clocks-differ"


# Roles ------------------------------------------------------------------------------------------------------------


class GrantError(RegistryError):
    """A role cannot be granted, approved or revoked like this."""

    code = "grant-error"


class NotAdminError(GrantError):
    """Only admins hand out roles and links."""

    code = "not-admin"


class OwnGrantError(GrantError):
    """Nobody decides about a role of their own, or approves what they proposed."""

    code = "own-grant"


class RolesConflictError(GrantError):
    """The role would let one person hand out power and use it to approve."""

    code = "roles-conflict"


class MixedSitesError(GrantError):
    """An account that works at several sites does the same work at each."""

    code = "mixed-sites"


class RoleSiteError(GrantError):
    """A site role needs its site, and no other role has one."""

    code = "role-site"


class RoleHeldError(GrantError):
    """The account holds the role already, or it is waiting for approval."""

    code = "role-held"


class GrantSettledError(GrantError):
    """The grant was approved or revoked meanwhile."""

    code = "grant-settled"


# Sites and teachers -----------------------------------------------------------------------------------------------


class SiteCodeTakenError(RegistryError):
    """Another site has this code."""

    code = "site-code-taken"


class NuptkTakenError(RegistryError):
    """Another teacher has this NUPTK."""

    code = "nuptk-taken"


class NuptkMalformedError(RegistryError):
    """A NUPTK has sixteen digits."""

    code = "nuptk-malformed"


class TeacherFileError(RegistryError):
    """A list of teachers is refused as a whole; `problems` names everything that is wrong."""

    code = "teacher-file-refused"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(n_problems=len(problems))
        self.problems = problems
