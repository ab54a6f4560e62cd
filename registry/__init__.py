"""Who and where: accounts, roles, sites, teachers, and the audit journal that every staff act enters."""
