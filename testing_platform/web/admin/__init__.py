"""Administration: accounts and their roles, sites, teachers, and the audit journal.

One blueprint over several modules, because the menu and the address know only one area.
"""

from testing_platform.web.admin import accounts, audit, grants, sites, teachers
from testing_platform.web.admin.blueprint import bp

__all__ = ["accounts", "audit", "bp", "grants", "sites", "teachers"]
