"""What a disk holds that lost its power: a pure model of files and names, fed with the notes of `power_cut.c`.

The rules are those of POSIX and not of one file system, so they are harsher than most disks:

- A write, a truncation or a change of length is kept when an fsync or fdatasync of that file began after it was done.
- A name (creation, renaming, removal) is kept when its folder was synced after it. Syncing the file does not keep its
  name, although ext4 and XFS do that as well.
- Of what was not synced, nothing needs to survive, and anything may: a seeded choice keeps some sectors of some writes,
  so that pages are torn; of the changes of names it keeps a first part, since journals write them in order.
- A file that was mapped for shared writing has content that nobody noted (of our programs only SQLite's `-shm`, which
  the first one who opens the database makes anew): it is lost, or comes back as noise.
"""

import random
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

_HEAD = struct.Struct("<QIIQQQQ")
BEGINNING = 16384  # where the notes begin in the log


class Kind(IntEnum):
    """The kinds of notes, in the order of the enum of the library."""

    WRITE = 1
    TRUNCATE = 2
    EXTEND = 3
    LINK = 4
    RENAME = 5
    UNLINK = 6
    MKDIR = 7
    RMDIR = 8
    SYNC_FILE = 9
    SYNC_FOLDER = 10
    SYNC_ALL = 11
    MAPPED = 12
    CONTENT = 13
    MARK = 14
    UNSOUND = 15


@dataclass(frozen=True)
class Note:
    """One act that a program did, and its place in the order of all."""

    place: int
    kind: Kind
    path: str
    inode: int
    offset: int
    content: bytes
    reach: int


def notes(log: memoryview, *, since: int, until: int) -> Iterator[Note]:
    """The notes of a log, in order."""
    place = since
    while place < until:
        size, kind, path_length, inode, offset, length, reach = _HEAD.unpack_from(log, place)
        names = place + _HEAD.size
        bytes_at = names + path_length
        path = bytes(log[names:bytes_at]).decode("utf-8", "surrogateescape")
        yield Note(place, Kind(kind), path, inode, offset, bytes(log[bytes_at : bytes_at + length]), reach)
        place += size


@dataclass(frozen=True)
class Survival:
    """What becomes of acts that were not synced: which share of them survives, chosen by a seed, torn at sectors."""

    share: float
    seed: int = 0
    sector: int = 512


ALL_LOST = Survival(share=0)
ALL_KEPT = Survival(share=1)


@dataclass(eq=False)
class File:
    """One file: what of it is safe, and the acts on it that are not."""

    origin: str | None  # its name when the watch began: where its content can be read
    content: bytearray | None = None  # None: as it was when the watch began
    unsynced: list[Note] = field(default_factory=list)
    is_mapped: bool = False


@dataclass(frozen=True)
class Naming:
    """A change of names in one folder; `file` None means a folder."""

    place: int
    added: str | None
    removed: str | None
    file: File | None


class Disk:
    """The model: `take` every note in order, then ask what `is_left`."""

    def __init__(self, names: Mapping[str, int], folders: set[str], read: Callable[[str], bytes]) -> None:
        self._read = read
        self._now: dict[str, File | None] = dict.fromkeys(folders)
        self._by_inode: dict[int, File] = {}
        for name, inode in names.items():
            self._now[name] = self._by_inode.setdefault(inode, File(origin=name))
        self._safe = dict(self._now)
        self._namings: list[Naming] = []
        self.unsound: list[str] = []

    def take(self, note: Note) -> None:
        """Learn of one act."""
        if note.kind in _ON_FILES:
            self._file(note).unsynced.append(note)
        elif note.kind is Kind.SYNC_FILE:
            self._sync_file(self._file(note), note.reach)
        elif note.kind is Kind.SYNC_FOLDER:
            self._sync_names(lambda naming: _is_in(naming, note.path) and naming.place < note.reach)
        elif note.kind is Kind.SYNC_ALL:
            self._sync_all(note.reach)
        elif note.kind is Kind.MAPPED:
            self._file(note).is_mapped = True
        elif note.kind is Kind.UNSOUND:
            self.unsound.append(note.path or f"inode {note.inode}")
        elif note.kind is not Kind.MARK:
            self._name(note)

    def _file(self, note: Note) -> File:
        return self._by_inode.setdefault(note.inode, File(origin=None, content=bytearray()))

    def _name(self, note: Note) -> None:
        if note.kind is Kind.LINK:
            self._link(note)
        elif note.kind is Kind.RENAME:
            removed, _, added = note.path.partition("\0")
            self._rename(note, removed, added)
        elif note.kind is Kind.MKDIR:
            self._change(Naming(note.place, added=note.path, removed=None, file=None))
        else:
            self._change(Naming(note.place, added=None, removed=note.path, file=None))

    def _link(self, note: Note) -> None:
        present = self._now.get(note.path)
        if present is not None and present is self._by_inode.get(note.inode):
            return  # opened as it was; nothing new
        was_made = note.offset == 1
        if was_made:  # an older file of this number is gone
            self._by_inode[note.inode] = File(origin=None, content=bytearray())
        self._change(Naming(note.place, added=note.path, removed=None, file=self._file(note)))

    def _rename(self, note: Note, removed: str, added: str) -> None:
        if any(name.startswith(removed + "/") for name in self._now):
            self.unsound.append(f"{removed} (a folder that holds something was renamed)")
        file = self._now[removed] if removed in self._now else self._file(note)
        if _folder(removed) == _folder(added):
            self._change(Naming(note.place, added=added, removed=removed, file=file))
        else:  # each folder may be synced without the other
            self._change(Naming(note.place, added=added, removed=None, file=file))
            self._change(Naming(note.place, added=None, removed=removed, file=None))

    def _change(self, naming: Naming) -> None:
        _apply(self._now, naming)
        self._namings.append(naming)

    def _sync_file(self, file: File, reach: int) -> None:
        done = [note for note in file.unsynced if note.place < reach]
        if done:
            file.content = self._content(file)
            for note in done:
                _write(file.content, note)
            file.unsynced = [note for note in file.unsynced if note.place >= reach]

    def _sync_names(self, is_covered: Callable[[Naming], bool]) -> None:
        left = []
        for naming in self._namings:
            if is_covered(naming):
                _apply(self._safe, naming)
            else:
                left.append(naming)
        self._namings = left

    def _sync_all(self, reach: int) -> None:
        for file in {id(file): file for file in self._now.values() if file is not None}.values():
            self._sync_file(file, reach)
        self._sync_names(lambda naming: naming.place < reach)

    def _content(self, file: File) -> bytearray:
        if file.content is not None:
            return file.content
        return bytearray(self._read(file.origin or ""))

    def is_left(self, survival: Survival = ALL_LOST) -> "Left":
        """What can be read after the power came back; asking changes nothing."""
        chance = random.Random(survival.seed)
        names = dict(self._safe)
        for naming in self._namings[: _first_part(len(self._namings), survival, chance)]:
            _apply(names, naming)
        files = {name: file for name, file in names.items() if file is not None and _has_folder(name, names)}
        if survival.share == 0:
            files = {name: file for name, file in files.items() if not file.is_mapped}
        left = {name: self._remains(name, file, survival, chance) for name, file in sorted(files.items())}
        return Left(left, {name for name, file in names.items() if file is None and _has_folder(name, names)})

    def _remains(self, name: str, file: File, survival: Survival, chance: random.Random) -> bytes | None:
        if file.is_mapped:
            return chance.randbytes(4 * 4096)
        is_untouched = file.content is None and (survival.share == 0 or not file.unsynced)
        if is_untouched and file.origin == name:
            return None
        content = bytearray(self._content(file))
        if survival.share > 0:
            for note in file.unsynced:
                _write_in_part(content, note, survival, chance)
        return bytes(content)


@dataclass(frozen=True)
class Left:
    """The files of a disk after a power cut: their content, or None where it is as it was when the watch began."""

    files: dict[str, bytes | None]
    folders: set[str]


_ON_FILES = {Kind.WRITE, Kind.TRUNCATE, Kind.EXTEND, Kind.CONTENT}


def _apply(names: dict[str, File | None], naming: Naming) -> None:
    if naming.removed is not None:
        names.pop(naming.removed, None)
    if naming.added is not None:
        names[naming.added] = naming.file


def _is_in(naming: Naming, folder: str) -> bool:
    return any(name is not None and _folder(name) == folder for name in (naming.added, naming.removed))


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _has_folder(name: str, names: Mapping[str, File | None]) -> bool:
    folder = _folder(name)
    return folder not in names or (names[folder] is None and _has_folder(folder, names))


def _write(content: bytearray, note: Note) -> None:
    if note.kind is Kind.CONTENT:
        content[:] = note.content
    elif note.kind is Kind.TRUNCATE:
        del content[note.offset :]
        _extend(content, note.offset)
    elif note.kind is Kind.EXTEND:
        _extend(content, note.offset)
    else:
        _put(content, note.offset, note.content)


def _first_part(n_all: int, survival: Survival, chance: random.Random) -> int:
    return round(n_all * survival.share) if survival.share in {0, 1} else chance.randint(0, n_all)


def _write_in_part(content: bytearray, note: Note, survival: Survival, chance: random.Random) -> None:
    if note.kind is not Kind.WRITE or survival.share == 1:
        if chance.random() < survival.share:
            _write(content, note)
        return
    at, end = note.offset, note.offset + len(note.content)
    while at < end:
        border = min(end, at - at % survival.sector + survival.sector)
        if chance.random() < survival.share:
            _put(content, at, note.content[at - note.offset : border - note.offset])
        at = border


def _put(content: bytearray, at: int, piece: bytes) -> None:
    _extend(content, at)
    content[at : at + len(piece)] = piece


def _extend(content: bytearray, length: int) -> None:
    if len(content) < length:
        content.extend(bytes(length - len(content)))
