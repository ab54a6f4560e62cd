"""What the analysis says in English, said in Indonesian: errors that can be mended, and what a calibration tells.

Errors are raised in one language, where they happen, with their numbers in place; whoever shows them chooses the words.
So each English sentence stands here once more, with {} for what varies; a test reads the source and misses none.
"""

import re
from functools import cache

from analysis.errors import BadInput

LANGUAGES = ("id", "en")

_FILES = {
    "The file cannot be read: {}.": "Berkas tidak dapat dibaca: {}.",
    "No such file or directory": "berkas atau foldernya tidak ada",
    "Permission denied": "Anda tidak diizinkan",
    "Is a directory": "ini sebuah folder",
    "check its name and place.": "periksa nama dan tempatnya.",
    "check its name and place, and that it is Parquet.": "periksa nama dan tempatnya, dan apakah berkas itu Parquet.",
    "This is {}, not CSV.": "Ini {}, bukan CSV.",
    "an Excel workbook": "buku kerja Excel",
    "an old Excel workbook": "buku kerja Excel lama",
    "UTF-16 text": "teks UTF-16",
    "a PDF document": "dokumen PDF",
    "a compressed file": "berkas terkompresi",
    "open it and save it as CSV UTF-8 (comma delimited).": "buka lalu simpan sebagai CSV UTF-8 (dipisahkan koma).",
    "save it as CSV UTF-8 (comma delimited).": "simpan sebagai CSV UTF-8 (dipisahkan koma).",
    "export the answers as CSV.": "ekspor jawaban sebagai CSV.",
    "unpack it first.": "buka kemasannya lebih dahulu.",
    "The lines end as on old Macintosh computers.": "Akhir barisnya seperti pada komputer Macintosh lama.",
    "The file has a header and no rows.": "Berkas hanya berisi kepala kolom, tanpa baris.",
    "add one row a person or item.": "tambahkan satu baris untuk setiap peserta atau soal.",
    "This is no text.": "Ini bukan teks.",
    "export the answers as CSV UTF-8.": "ekspor jawaban sebagai CSV UTF-8.",
    "Byte {} is not UTF-8 text.": "Bita {} bukan teks UTF-8.",
    "save the file as CSV UTF-8.": "simpan berkas sebagai CSV UTF-8.",
    "This is no CSV: {}.": "Ini bukan CSV: {}.",
    "save it as CSV.": "simpan sebagai CSV.",
    "The file is empty.": "Berkas kosong.",
    "begin it with a line of column names.": "awali dengan satu baris nama kolom.",
    "The first line is a note to Excel, no header.": "Baris pertama adalah catatan untuk Excel, bukan kepala kolom.",
    "delete it.": "hapuslah.",
    "The columns are parted by {}.": "Kolom dipisahkan oleh {}.",
    "semicolons": "titik koma",
    "tabs": "tab",
    "bars": "garis tegak",
    "save it as CSV UTF-8 with commas, or replace every such sign by a comma.": "simpan sebagai CSV UTF-8 dengan koma, "
    "atau ganti setiap tanda itu dengan koma.",
    "Column {} occurs twice.": "Kolom {} muncul dua kali.",
    "Column {} of {} has no name.": "Kolom {} dari {} tidak bernama.",
    "name each column once.": "beri setiap kolom satu nama yang berbeda.",
    "The row has {} cells, the header {}.": "Baris ini berisi {} sel, kepala kolom {}.",
    "give every row as many cells as the header.": "samakan banyak sel setiap baris dengan kepala kolom.",
    "Every cell of the row is empty.": "Semua sel pada baris ini kosong.",
    "delete the row.": "hapus baris itu.",
    "There are no rows.": "Tidak ada baris.",
    "add one row a person.": "tambahkan satu baris untuk setiap peserta.",
    "There is no column {}.": "Tidak ada kolom {}.",
    "{} ends in no known kind.": "{} tidak berakhiran jenis berkas yang dikenal.",
    "let it end in {}.": "beri akhiran {}.",
    "There is no folder {}.": "Tidak ada folder {}.",
    "make it, or choose another.": "buat folder itu, atau pilih yang lain.",
    "The folder holds no .parquet file.": "Folder tidak berisi berkas .parquet.",
    "choose a partitioned data set.": "pilih himpunan data yang terbagi.",
}

_ANSWERS = {
    "{} is no option letter.": "{} bukan huruf pilihan.",
    "write one capital letter A to H, nothing for an omitted answer, or . for an item not presented.": "tulis satu "
    "huruf besar A sampai H, kosongkan untuk jawaban yang dilewati, atau titik (.) untuk soal yang tidak disajikan.",
    "{} is not one of the {} options of this item.": "{} tidak termasuk {} pilihan soal ini.",
    "correct the answer, or the number of options in the key file.": "perbaiki jawabannya, atau banyak pilihan pada "
    "berkas kunci.",
    "Every cell is a dot: nobody was presented any item.": "Semua sel berisi titik: tidak ada soal yang disajikan.",
    "write option letters; an omitted answer is an empty cell.": "tulis huruf pilihan; jawaban yang dilewati adalah "
    "sel kosong.",
    "{} stands on line {} already.": "{} sudah ada pada baris {}.",
    "This person has no identifier.": "Peserta ini tidak mempunyai pengenal.",
    "keep one row a person, each with an identifier.": "sisakan satu baris untuk setiap peserta, masing-masing dengan "
    "pengenal.",
    "keep one row a person.": "sisakan satu baris untuk setiap peserta.",
    "Persons number {} and {} of the file carry the same identifier.": "Peserta ke-{} dan ke-{} pada berkas mempunyai "
    "pengenal yang sama.",
    "A person of {} stands in {} too.": "Seorang peserta dari {} ada juga di {}.",
    "Two rows are one person's.": "Dua baris milik satu peserta.",
    "{} is no weight.": "{} bukan bobot.",
    "write 0, or a number from {} to {}.": "tulis 0, atau bilangan dari {} sampai {}.",
    "There is no weight column {}.": "Tidak ada kolom bobot {}.",
    "name a column.": "sebutkan sebuah kolom.",
    "The column is named like the items and has no key.": "Kolom ini bernama seperti soal tetapi tidak berkunci.",
    "add it to the key, or rename the column.": "tambahkan ke kunci, atau ganti nama kolomnya.",
    "The key names {}, no column here ({} of {} items are missing).": "Kunci menyebut {}, yang bukan kolom di sini "
    "({} dari {} soal tidak ada).",
    "take the key of this test, or add the column.": "pakai kunci tes ini, atau tambahkan kolomnya.",
    "The column holds {}, where the others hold letters or codes.": "Kolom berisi {}, padahal yang lain berisi huruf "
    "atau kode.",
    "The column holds {}, which is no text.": "Kolom berisi {}, yang bukan teks.",
    "turn it into text, or leave it out.": "ubah menjadi teks, atau hilangkan kolomnya.",
    "write letters everywhere.": "tulis huruf di semua sel.",
    "{} is no option code.": "{} bukan kode pilihan.",
    "use 0 (A) to 7 (H), -1, -2 or -3.": "pakai 0 (A) sampai 7 (H), -1, -2, atau -3.",
    "The answers cannot be read.": "Jawaban tidak dapat dibaca.",
    "write letters.": "tulis huruf.",
    "Nobody was presented with any item.": "Tidak ada soal yang disajikan kepada siapa pun.",
    "give the answers of at least one person.": "berikan jawaban sedikitnya satu peserta.",
    "There are no persons.": "Tidak ada peserta.",
    "An item has more than eight options.": "Ada soal dengan lebih dari delapan pilihan.",
    "export tests of up to eight options.": "ekspor tes dengan paling banyak delapan pilihan.",
}

_KEYS = {
    "The key file lacks the columns item and key.": "Berkas kunci tidak mempunyai kolom item dan key.",
    "begin it with the line item,key.": "awali dengan baris item,key.",
    "The key names no item.": "Kunci tidak menyebut satu soal pun.",
    "give each item its right letter.": "beri setiap soal huruf kuncinya.",
    "The key of {} is {}, which is no option letter.": "Kunci {} adalah {}, yang bukan huruf pilihan.",
    "write one capital letter, A to H.": "tulis satu huruf besar, A sampai H.",
    "Item {} stands in the key twice.": "Soal {} ada dua kali pada kunci.",
    "An item of the key has no name.": "Ada soal pada kunci yang tidak bernama.",
    "give each item one line.": "beri setiap soal satu baris.",
    "{} is no number of options.": "{} bukan banyak pilihan.",
    "write a number from 2 to 8.": "tulis bilangan dari 2 sampai 8.",
    "The key {} is not one of the {} options.": "Kunci {} tidak termasuk {} pilihan.",
    "correct the key or the number.": "perbaiki kunci atau bilangannya.",
    "The key of {} is not one of its options.": "Kunci {} tidak termasuk pilihannya.",
    "correct the key.": "perbaiki kuncinya.",
    "check the key or leave the item out; a prior on slopes would hide this.": "periksa kuncinya atau keluarkan soal "
    "itu; prior pada daya beda akan menyembunyikan hal ini.",
    "The abler people are wrong more often.": "Peserta yang lebih mampu justru lebih sering salah.",
}

_GROUPS = {
    "There is no group column {}.": "Tidak ada kolom kelompok {}.",
    "choose one of: {}.": "pilih salah satu: {}.",
    "choose one of {}.": "pilih salah satu dari {}.",
    "none": "tidak ada",
    "Column {} holds fewer than two groups.": "Kolom {} berisi kurang dari dua kelompok.",
    "choose a column that parts people.": "pilih kolom yang membagi peserta.",
    "Nobody in column {} is {}.": "Tidak ada peserta pada kolom {} yang bernilai {}.",
    "Nobody has a group.": "Tidak ada peserta yang mempunyai kelompok.",
    "Nobody of the group {} was presented with an item.": "Kepada kelompok {} tidak disajikan satu soal pun.",
    "leave these people out, or calibrate without groups.": "keluarkan peserta ini, atau kalibrasi tanpa kelompok.",
    "fill the column in, or calibrate without groups.": "isi kolomnya, atau kalibrasi tanpa kelompok.",
    "No person belongs to the group {}.": "Tidak ada peserta dalam kelompok {}.",
    "No column says who belongs to {}.": "Tidak ada kolom yang menunjukkan siapa yang termasuk {}.",
    "name the group column too.": "sebutkan juga kolom kelompoknya.",
}

_CALIBRATION = {
    "Guessing cannot be {}.": "Tebakan tidak mungkin {}.",
    "give --prior-guessing a share between 0 and 1.": "beri --prior-guessing proporsi antara 0 dan 1.",
    "The {} has no use for {}.": "{} tidak memakai {}.",
    "leave it out, or choose another model.": "hilangkan, atau pilih model lain.",
    "The weights are not one number a person, 0 or more.": "Bobotnya bukan satu bilangan, 0 atau lebih, untuk setiap "
    "peserta.",
    "give each person a weight.": "beri setiap peserta satu bobot.",
    "No item has both right and wrong answers.": "Tidak ada soal yang dijawab benar oleh sebagian dan salah oleh "
    "sebagian peserta.",
    "calibrate answers that differ.": "kalibrasi jawaban yang berbeda-beda.",
    "Ability cannot be {}.": "Kemampuan tidak dapat {}.",
    "The prior on {} is no distribution.": "Prior untuk {} bukan sebaran.",
    "give a finite mean, and an sd above 0.": "beri rerata yang berhingga dan simpangan baku di atas 0.",
    "There is no model {}.": "Tidak ada model {}.",
    "Without anchors nothing sets the mean of ability.": "Tanpa jangkar tidak ada yang menetapkan rerata kemampuan.",
    "Without anchors nothing sets the variance of ability beside free slopes.": "Tanpa jangkar tidak ada yang "
    "menetapkan ragam kemampuan bila daya beda bebas.",
    "There is no item {} to anchor.": "Tidak ada soal {} untuk dijadikan jangkar.",
    "anchor items of this administration.": "pakai soal pelaksanaan ini sebagai jangkar.",
    "The anchor of {} is no curve.": "Jangkar {} bukan kurva.",
    "give finite a and d, and c from 0 to 1.": "beri a dan d yang berhingga, dan c dari 0 sampai 1.",
    "give the columns item, a, d and perhaps c.": "beri kolom item, a, d, dan bila perlu c.",
    "No item of this file stands in the answers.": "Tidak ada soal pada berkas ini yang terdapat pada jawaban.",
    "take anchors of this test.": "pakai jangkar dari tes ini.",
    "These parameters come from a calibration that did not converge.": "Parameter ini berasal dari kalibrasi yang "
    "tidak konvergen.",
    "anchor on one that did.": "pakai kalibrasi yang konvergen sebagai jangkar.",
    "{} is no number.": "{} bukan bilangan.",
    "write it with a decimal point.": "tulis dengan titik desimal.",
    "{} stands here twice.": "{} ada dua kali di sini.",
    "keep one.": "sisakan satu.",
    "Worker after worker died over the same file.": "Pekerja demi pekerja berhenti pada berkas yang sama.",
    "give the workers more memory, or make the files smaller.": "beri pekerja lebih banyak memori, atau perkecil "
    "berkasnya.",
    "dask.distributed is not installed.": "dask.distributed tidak terpasang.",
    "install testing-platform[cluster].": "pasang testing-platform[cluster].",
    "No scheduler answers at {}.": "Tidak ada penjadwal yang menjawab di {}.",
    "start one with `dask scheduler` and give its address.": "jalankan dengan `dask scheduler` dan berikan alamatnya.",
    "{} faults do not fit into {} items.": "{} cacat tidak muat pada {} soal.",
    "plant fewer, or ask for more items.": "kurangi cacatnya, atau minta lebih banyak soal.",
    "A group stands twice or has no name.": "Ada kelompok yang muncul dua kali atau tidak bernama.",
    "give each group one name and one mean.": "beri setiap kelompok satu nama dan satu rerata.",
    "The seed is {}.": "Benih acaknya {}.",
    "give a whole number, 0 or more.": "beri bilangan bulat, 0 atau lebih.",
    "settled after {} looks": "konvergen setelah {} putaran",
    "not settled after {} looks: {} of a standard error is left": "belum konvergen setelah {} putaran: masih tersisa "
    "{} dari kesalahan baku",
    "not settled after {} looks: a parameter still moved by {}": "belum konvergen setelah {} putaran: ada parameter "
    "yang masih bergeser {}",
    "the slope of {} ran to its bound": "daya beda {} sampai di batasnya",
    "the slope of {} is negative: check the key": "daya beda {} negatif: periksa kuncinya",
    "the anchors {} do not hold here: people do better or worse on them than they say": "jangkar {} tidak berlaku di "
    "sini: peserta mengerjakannya lebih baik atau lebih buruk daripada yang dinyatakan jangkar",
    "all items": "semua soal",
    "the spread of ability ran to its bound": "sebaran kemampuan sampai di batasnya",
    "the answers show no spread of ability": "jawaban tidak menunjukkan perbedaan kemampuan",
    "some forms share no items, so equally able people on both are assumed and not measured": "ada paket tanpa soal "
    "bersama, jadi kesamaan kemampuan pesertanya diandaikan, tidak diukur",
    "the answers do not determine the parameters, so there are no standard errors": "jawaban tidak menentukan "
    "parameternya, jadi tidak ada kesalahan baku",
    "there are too many parameters for a full covariance; each item's errors hold the others fixed": "parameter "
    "terlalu banyak untuk kovarians penuh; kesalahan baku setiap soal menganggap soal lain tetap",
    "the starts led to maxima of different height, the highest is kept": "titik awal yang berbeda berakhir pada "
    "puncak yang berbeda; yang tertinggi dipakai",
    "{}: {} people, {} of {} items, {}": "{}: {} peserta, {} dari {} soal, {}",
    "log-likelihood {}, {} parameters, AIC {}, BIC {}": "log-kemungkinan {}, {} parameter, AIC {}, BIC {}",
    "{}: mean {}, sd {}, people {}": "{}: rerata {}, simpangan baku {}, peserta {}",
    "ability": "kemampuan",
    "left out, since their group is empty: {} people": "tidak disertakan karena kelompoknya kosong: {} peserta",
    "no estimate, since all or none were right: {}": "tanpa estimasi karena semua atau tidak seorang pun benar: {}",
}

_COMMANDS = {
    "{}: {}. To mend: choose another place.": "{}: {}. Perbaikan: pilih tempat lain.",
    "The answers do not fit into memory. To mend: analyse fewer at a time.": "Jawaban tidak muat dalam memori. "
    "Perbaikan: analisis lebih sedikit sekaligus.",
}

PHRASES = _FILES | _ANSWERS | _KEYS | _GROUPS | _CALIBRATION | _COMMANDS


def said_in(text: str, language: str) -> str:
    """The sentence in this language; what the book does not know stays English."""
    if language == "en":
        return text
    if text in PHRASES:
        return PHRASES[text]
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            return template.format(*(said_in(part, language) for part in found.groups()))
    return "; ".join(said_in(part, language) for part in text.split("; ")) if "; " in text else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Sentences with blanks, those with more words of their own first."""
    known = sorted((phrase for phrase in PHRASES if "{}" in phrase), key=lambda phrase: -len(phrase))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, phrase.split("{}"))), re.DOTALL), PHRASES[phrase]) for phrase in known
    )


def explain_error(error: Exception, language: str) -> str:
    """What is wrong, where, and how to mend it, in this language."""
    if not isinstance(error, BadInput):
        return said_in(str(error), language)
    if language == "en":
        return str(error)
    place = re.sub(r"(^|, )line (\d+)", r"\1baris \2", error.place())
    place = re.sub(r", column ", ", kolom ", re.sub(r"^column ", "kolom ", place))
    return f"{place}{said_in(error.what, language)} Perbaikan: {said_in(error.mend, language)}"
