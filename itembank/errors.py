"""What can go wrong in the bank, as one tree.

    ItemBankError
    ├── TextError            text that may not be shown to a candidate
    │   └── LatexError       maths that does not parse; `offset` counts characters inside the maths
    ├── MediaError           a picture that may not enter the bank
    └── SourceError          a file in a shipped text format; `source` and `line` say where

Each class has a stable `code` (the shell translates by it), an English `message` and the parameters that fill it.
An error found inside another one (maths inside a stem, a stem inside a file) travels as `cause`.
"""

from typing import ClassVar


class ItemBankError(Exception):
    """Something that the bank refuses, with what to do about it."""

    code: ClassVar[str] = "item-bank"
    message: ClassVar[str] = "The item bank refused this."

    def __init__(self, *, cause: "ItemBankError | None" = None, **params: str | int) -> None:
        """The English text of `cause` fills %(reason)s."""
        self.cause = cause
        if isinstance(offset := params.get("offset"), int):
            params = {"at": offset + 1, **params}  # programs count from 0, people from 1
        self.params = {**params, "reason": str(cause)} if cause else params
        super().__init__(self.message % self.params)


class TextError(ItemBankError):
    """Text that may not be shown to a candidate."""

    code = "text"


class TextTooLong(TextError):
    """A text beyond the limit."""

    code = "text-too-long"
    message = "The text has %(length)d characters; at most %(limit)d are allowed. Shorten it."


class HiddenCharacter(TextError):
    """A control, direction or private character that a reader cannot see."""

    code = "text-hidden-character"
    message = "Line %(line)d: hidden character %(character)s at position %(at)d. Delete it and type the text again."


class RawHtml(TextError):
    """Something that looks like an HTML tag."""

    code = "text-raw-html"
    message = (
        "Line %(line)d: HTML such as %(found)s is not allowed. Use Markdown, write maths between $ signs, "
        "or leave a space after <."
    )


class LinkRefused(TextError):
    """A link, which would lead a candidate out of the test."""

    code = "text-link"
    message = "Line %(line)d: links are not allowed in an item. Write the words without a link."


class PictureNameRefused(TextError):
    """A picture addressed by something else than a media name."""

    code = "text-picture-name"
    message = "Line %(line)d: %(found)s is not the name of a picture. Write figures/NAME.svg, .png or .jpg."


class PictureUnknown(TextError):
    """A picture that does not exist."""

    code = "text-picture-unknown"
    message = "Line %(line)d: there is no picture %(name)s. Add the picture or correct its name."


class AltTextMissing(TextError):
    """A picture without words for those who cannot see it."""

    code = "text-alt-missing"
    message = "Line %(line)d: the picture %(name)s has no alternative text. Describe it between the square brackets."


class MathsNotClosed(TextError):
    """A dollar sign without its partner."""

    code = "text-maths-not-closed"
    message = "Line %(line)d: maths begins with %(mark)s and does not end. Close it, or write \\$ for a dollar sign."


class MathsRefused(TextError):
    """Maths in a text that does not parse; `cause` says why."""

    code = "text-maths"
    message = "Line %(line)d: the maths %(maths)s cannot be shown: %(reason)s"


class LatexError(TextError):
    """Maths that does not parse."""

    code = "latex"


class LatexEmpty(LatexError):
    """Maths without content."""

    code = "latex-empty"
    message = "there is nothing between the $ signs. Write the maths or delete the signs."


class LatexTooLong(LatexError):
    """Maths beyond the limit."""

    code = "latex-too-long"
    message = "it has %(length)d characters; at most %(limit)d are allowed. Split it."


class LatexTooDeep(LatexError):
    """Maths nested beyond the limit."""

    code = "latex-too-deep"
    message = "character %(at)d: nested deeper than %(limit)d levels. Simplify it."


class LatexCharacter(LatexError):
    """A character that has no place in maths."""

    code = "latex-character"
    message = "character %(at)d: %(found)s is not allowed in maths. Remove it or put words into \\text{...}."


class LatexWords(LatexError):
    """A character among words inside maths that has no place there."""

    code = "latex-words"
    message = "character %(at)d: %(command)s holds words only, and %(found)s is none. Remove it."


class LatexComment(LatexError):
    """A percent sign, which would hide the rest of the line."""

    code = "latex-percent"
    message = "character %(at)d: write \\%% for a percent sign."


class LatexUnknownCommand(LatexError):
    """A command outside the allow-list."""

    code = "latex-unknown-command"
    message = "character %(at)d: the command %(command)s is not known here. Use one of the allowed commands."


class LatexMissingArgument(LatexError):
    """A command without what it needs in braces."""

    code = "latex-missing-argument"
    message = "character %(at)d: %(command)s needs %(needed)s in braces { } after it."


class LatexArgument(LatexError):
    """A command with an argument that it cannot take."""

    code = "latex-argument"
    message = "character %(at)d: %(command)s cannot take %(found)s. It takes %(needed)s."


class LatexUnbalanced(LatexError):
    """An opening without its closing, or the other way round."""

    code = "latex-unbalanced"
    message = "character %(at)d: %(found)s has no partner; %(needed)s is missing."


class LatexScript(LatexError):
    """A power or an index that has no base or comes twice."""

    code = "latex-script"
    message = "character %(at)d: %(found)s needs one base before it and one power or index after it; use braces { }."


class LatexScriptBraces(LatexError):
    """A power or index of several digits without braces, which TeX would split."""

    code = "latex-script-braces"
    message = "character %(at)d: write %(found)s{%(script)s} with braces."


class LatexCellOutside(LatexError):
    """A cell or row mark outside a table."""

    code = "latex-cell-outside"
    message = "character %(at)d: %(found)s stands outside \\begin{...} ... \\end{...}."


class LatexRagged(LatexError):
    """A matrix whose rows differ in length."""

    code = "latex-ragged"
    message = "character %(at)d: row %(row)d has %(found)d cells, the first row has %(needed)d. Make them equal."


class MediaError(ItemBankError):
    """A picture that may not enter the bank."""

    code = "media"


class MediaTooLarge(MediaError):
    """A file beyond the limit."""

    code = "media-too-large"
    message = "The picture has %(size)d bytes; at most %(limit)d are allowed. Save it smaller."


class MediaTooManyPixels(MediaError):
    """A picture that would fill the memory when decoded."""

    code = "media-too-many-pixels"
    message = "The picture has more than %(limit)d pixels. Scale it down."


class MediaUnknownType(MediaError):
    """Neither SVG nor PNG nor JPEG."""

    code = "media-unknown-type"
    message = "This is not an SVG, PNG or JPEG picture. Save it as one of these."


class MediaDamaged(MediaError):
    """A picture that cannot be read to its end."""

    code = "media-damaged"
    message = "The picture cannot be read (%(detail)s). Save it again from the drawing program."


class SvgForbidden(MediaError):
    """An SVG with something active, external or unknown in it."""

    code = "media-svg-forbidden"
    message = "Line %(line)d of the SVG: %(found)s is not allowed. Remove it and save as plain SVG."


class SvgWithoutSize(MediaError):
    """An SVG that does not tell its size."""

    code = "media-svg-size"
    message = "The SVG needs a viewBox with width and height from 1 to %(limit)d."


class SourceError(ItemBankError):
    """A file in a shipped text format that cannot be read."""

    code = "source"


class FrontMatterMissing(SourceError):
    """A file that does not begin with its +++ block."""

    code = "source-front-matter-missing"
    message = "%(source)s:%(line)d: the file must begin with a block of settings between two lines +++."


class TomlRefused(SourceError):
    """Settings that are not TOML."""

    code = "source-toml"
    message = "%(source)s:%(line)d: the settings cannot be read: %(detail)s."


class FieldRefused(SourceError):
    """A setting that is missing, unknown or has a wrong value."""

    code = "source-field"
    message = "%(source)s:%(line)d: %(field)s: %(detail)s."


class SectionRefused(SourceError):
    """A section that is missing, twice, out of order, empty or unknown."""

    code = "source-section"
    message = "%(source)s:%(line)d: section ## %(section)s %(problem)s. The sections are: %(needed)s, in this order."


class OptionRefused(SourceError):
    """Options that are not written - A., - B., - C. in letter order."""

    code = "source-option"
    message = "%(source)s:%(line)d: expected option %(needed)s, written as '- %(needed)s. text', found %(found)s."


class OptionCountRefused(SourceError):
    """Too few or too many options."""

    code = "source-option-count"
    message = "%(source)s:%(line)d: there are %(found)d options; write four or five."


class KeyNotAnOption(SourceError):
    """A key that names no option."""

    code = "source-key"
    message = "%(source)s:%(line)d: the key %(key)s is not one of the options %(needed)s."


class DuplicateOption(SourceError):
    """Two options with the same words."""

    code = "source-duplicate-option"
    message = "%(source)s:%(line)d: options %(first)s and %(second)s are the same. Change one of them."


class DuplicateCode(SourceError):
    """One code used twice."""

    code = "source-duplicate-code"
    message = "%(source)s:%(line)d: the code %(found)s is used twice. Give each its own."


class SourceTextRefused(SourceError):
    """Text in a file that may not be shown; `cause` says why."""

    code = "source-text"
    message = "%(source)s: %(part)s: %(reason)s"
