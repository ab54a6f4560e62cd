"""What people do with accounts, roles, sites and teachers: one function per thing.

Operations take the actor and the time, write one audit event for each act of staff, and never commit.
"""

from registry.operations.accounts import (
    approve_link,
    change_password,
    create_account,
    disable_account,
    enable_account,
    find_link,
    first_admin_link,
    issue_link,
    update_account,
    use_link,
)
from registry.operations.grants import approve_grant, grant_role, revoke_grant
from registry.operations.signins import (
    SignedIn,
    SigninRefused,
    TriedPassword,
    revoke_sessions,
    session_account,
    sign_in,
    sign_out,
    stored_hash,
    touch_session,
    try_password,
)
from registry.operations.sites import create_site, update_site
from registry.operations.teachers import TeachersImported, create_teacher, import_teachers, put_teachers

__all__ = [
    "SignedIn",
    "SigninRefused",
    "TeachersImported",
    "TriedPassword",
    "approve_grant",
    "approve_link",
    "change_password",
    "create_account",
    "create_site",
    "create_teacher",
    "disable_account",
    "enable_account",
    "find_link",
    "first_admin_link",
    "grant_role",
    "import_teachers",
    "issue_link",
    "put_teachers",
    "revoke_grant",
    "revoke_sessions",
    "session_account",
    "sign_in",
    "sign_out",
    "stored_hash",
    "touch_session",
    "try_password",
    "update_account",
    "update_site",
    "use_link",
]
