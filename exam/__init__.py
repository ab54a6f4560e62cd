"""The examination: forms, sittings, delivery, the journal of answers, key sets, scoring and release."""
