"""What the linter says of a version, beside the criteria of the checklist that it speaks of."""

from collections.abc import Mapping, Sequence

from itembank.checklist import Checklist
from itembank.linter.reading import RATIONALE, STEM
from itembank.model import ItemVersion
from itembank.textformat import LETTERS
from itembank.version_text import findings_of
from testing_platform.web.authoring_words import Remark, remarks_of


def remarks_by_criterion(version: ItemVersion, checklist: Checklist) -> Mapping[str, Sequence[Remark]]:
    """The remarks under each criterion of a checklist; the linter itself names those of the shipped one."""
    parts = {STEM: version.stem, RATIONALE: version.rationale}
    parts |= {LETTERS[option.position]: option.text for option in version.options}
    remarks = remarks_of(findings_of(version), {}, parts=parts)
    return {
        criterion.code: [remark for remark in remarks if remark.criterion in criterion.covered]
        for criterion in checklist.criteria
    }
