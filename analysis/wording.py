"""The words on pictures and in reports, Indonesian and English."""

WORDS: dict[str, dict[str, str]] = {
    "difficulty": {"id": "Tingkat kesukaran p (proporsi benar)", "en": "Difficulty p (proportion right)"},
    "discrimination": {"id": "Daya beda (point-biserial)", "en": "Discrimination (point-biserial)"},
    "map_title": {"id": "Kesukaran dan daya beda setiap soal", "en": "Difficulty and discrimination of each item"},
    "drift_title": {"id": "Soal {item} dari pelaksanaan ke pelaksanaan", "en": "Item {item} over its administrations"},
    "administration": {"id": "Pelaksanaan", "en": "Administration"},
    "drift_p": {"id": "p (proporsi benar)", "en": "p (share right)"},
    "drift_r": {"id": "r (daya beda)", "en": "r (discrimination)"},
    "wanted_region": {"id": "Daerah yang diharapkan", "en": "Wanted region"},
    "score_group": {"id": "Kelompok skor, rendah ke tinggi", "en": "Score group, low to high"},
    "share_choosing": {"id": "Proporsi yang memilih", "en": "Share choosing it"},
    "options_title": {"id": "Pilihan jawaban soal {item}", "en": "Options of item {item}"},
    "key": {"id": "{letter} (kunci)", "en": "{letter} (key)"},
    "blank": {"id": "kosong", "en": "blank"},
    "ability": {"id": "Kemampuan θ", "en": "Ability θ"},
    "chance_right": {"id": "Peluang menjawab benar", "en": "Chance of being right"},
    "curve_title": {
        "id": "Kurva karakteristik soal {item} ({model})",
        "en": "Characteristic curve of {item} ({model})",
    },
    "model_curve": {"id": "menurut model", "en": "by the model"},
    "observed": {"id": "teramati, dengan batas 95 %", "en": "observed, with 95 % limits"},
    "information": {"id": "Informasi", "en": "Information"},
    "standard_error": {"id": "Kesalahan baku θ", "en": "Standard error of θ"},
    "information_title": {"id": "Informasi tes dan kesalahan baku", "en": "Test information and standard error"},
    "cut": {"id": "batas lulus {cut}", "en": "cut {cut}"},
    "raw_score": {"id": "Banyak jawaban benar", "en": "Items right"},
    "people": {"id": "Banyak peserta", "en": "People"},
    "histogram_title": {"id": "Sebaran skor, {n} peserta", "en": "Scores of {n} people"},
    "uncertain": {"id": "skor yang keputusannya belum pasti", "en": "scores whose decision is unsure"},
    "report_title": {"id": "Laporan analisis tes", "en": "Test analysis report"},
    "overview": {"id": "Ringkasan", "en": "Overview"},
    "items": {"id": "Soal", "en": "Items"},
    "item": {"id": "Soal", "en": "Item"},
    "verdict": {"id": "Usulan", "en": "Proposal"},
    "reasons": {"id": "Alasan", "en": "Reasons"},
    "criterion": {"id": "Kriteria", "en": "Criterion"},
    "option_tables": {"id": "Pilihan jawaban", "en": "Option tables"},
    "option": {"id": "Pilihan", "en": "Option"},
    "n": {"id": "n", "en": "n"},
    "upper": {"id": "Atas", "en": "Upper"},
    "middle": {"id": "Tengah", "en": "Middle"},
    "lower": {"id": "Bawah", "en": "Lower"},
    "forms": {"id": "Paket", "en": "Forms"},
    "form": {"id": "Paket", "en": "Form"},
    "n_persons": {"id": "Peserta", "en": "People"},
    "n_items": {"id": "Banyak soal", "en": "Number of items"},
    "mean": {"id": "Rerata", "en": "Mean"},
    "sd": {"id": "Simpangan baku", "en": "Standard deviation"},
    "reliability": {"id": "Reliabilitas (alpha = KR-20)", "en": "Reliability (alpha = KR-20)"},
    "stratified_alpha": {"id": "Alpha berstrata", "en": "Stratified alpha"},
    "split_half": {"id": "Belah dua (Spearman-Brown)", "en": "Split half (Spearman-Brown)"},
    "sem": {"id": "Kesalahan baku pengukuran (soal)", "en": "Standard error of measurement (items)"},
    "length": {"id": "Panjang tes untuk reliabilitas 0,70", "en": "Length for a reliability of 0.70"},
    "skewness": {"id": "Kemencengan", "en": "Skewness"},
    "kurtosis": {"id": "Keruncingan (ekses)", "en": "Kurtosis (excess)"},
    "passing": {"id": "Mencapai batas lulus", "en": "Reach the cut"},
    "item_rest": {"id": "Korelasi soal-sisa", "en": "Item-rest"},
    "biserial": {"id": "Biserial", "en": "Biserial"},
    "alpha_if_deleted": {"id": "Alpha tanpa soal", "en": "Alpha if deleted"},
    "blanks": {"id": "Kosong / tak tercapai", "en": "Omitted / not reached"},
    "irt": {"id": "Teori respons butir", "en": "Item response theory"},
    "a": {"id": "a (daya beda)", "en": "a (slope)"},
    "b": {"id": "b (kesukaran)", "en": "b (difficulty)"},
    "c": {"id": "c (tebakan)", "en": "c (guessing)"},
    "d": {"id": "d (intersep)", "en": "d (intercept)"},
    "se": {"id": "kesalahan baku", "en": "standard error"},
    "not_converged": {
        "id": "Estimasi {model} belum konvergen; angkanya meragukan dan tidak boleh dipakai untuk keputusan.",
        "en": "The {model} estimate did not converge; its figures are doubtful and not for decisions.",
    },
    "decision": {"id": "Seberapa yakin keputusan lulus?", "en": "How sure is a decision?"},
    "score": {"id": "Skor", "en": "Score"},
    "error_points": {"id": "Kesalahan baku (poin)", "en": "Standard error (points)"},
    "pass_if_truly_this": {"id": "Peluang lulus bila skor murninya ini", "en": "P(pass) if this is the true score"},
    "truly_at_least_cut": {
        "id": "Peluang skor murni mencapai batas (populasi ini)",
        "en": "P(true score at the cut or above), this population",
    },
    "groups": {"id": "Perbandingan kelompok (Mantel-Haenszel)", "en": "Comparison of groups (Mantel-Haenszel)"},
    "chance": {"id": "Peluang", "en": "Probability"},
    "delta": {"id": "Delta (di bawah nol: lebih sukar)", "en": "Delta (below zero: harder)"},
    "ets_class": {"id": "Kelas {letter}", "en": "Class {letter}"},
    "deltas_title": {
        "id": "{focal} dibandingkan dengan {reference}, soal demi soal",
        "en": "{focal} beside {reference}, item by item",
    },
    "groups_note": {
        "id": "{focal} ({n_focal} peserta) dibandingkan dengan {reference} ({n_reference} peserta). "
        "Delta di bawah nol berarti soal lebih sukar bagi {focal} pada skor yang sama.",
        "en": "{focal} ({n_focal} people) beside {reference} ({n_reference} people). "
        "A delta below zero means that the item is harder for {focal} at the same score.",
    },
    "groups_left_out": {
        "id": "{n} peserta tidak mempunyai kelompok dan tidak ikut dibandingkan.",
        "en": "{n} people belong to no group and are left out of the comparison.",
    },
    "groups_without_equals": {
        "id": "Tidak seorang pun di {focal} mempunyai pembanding di {reference} dengan paket dan skor yang sama; kedua "
        "kelompok ini tidak dapat dibandingkan.",
        "en": "Nobody in {focal} has an equal in {reference}, someone with the same form and score; these groups "
        "cannot be compared.",
    },
    "purified_note": {
        "id": "Kesetaraan skor dinilai tanpa soal ini (dimurnikan): {items}.",
        "en": "Equals are found without these items (purified): {items}.",
    },
    "purified_unsettled": {
        "id": "Soal yang dikeluarkan masih berubah pada putaran terakhir.",
        "en": "The items set aside still changed in the last round.",
    },
    "weights_note": {
        "id": "Baris dihitung menurut bobot di kolom {column}: {rows} baris mewakili {people} peserta. Angka kecocokan "
        "(S-X², infit, outfit, M2, Q3, lz*) hanya mengenal bobot bulat sampai 200.000 peserta; pemeriksaan silang "
        "menghitung setiap baris satu kali.",
        "en": "Rows count by the weights of column {column}: {rows} rows stand for {people} people. Figures of fit "
        "(S-X², infit, outfit, M2, Q3, lz*) know whole weights up to 200,000 people only; the cross-check counts "
        "every row once.",
    },
    "class": {"id": "Kelas", "en": "Class"},
    "cross_check": {"id": "Pemeriksaan silang", "en": "Cross-check"},
    "cross_check_note": {
        "id": "{model}: girth memeriksa {n} soal; beda terbesar a {a}, d {d}, pada soal {item}. "
        "Tidak diperiksa: {unchecked}.",
        "en": "{model}: girth checked {n} items; largest difference a {a}, d {d}, on item {item}. "
        "Unchecked: {unchecked}.",
    },
    "cross_check_nothing": {
        "id": "{model}: girth tidak dapat memeriksa model atau jawaban ini; tidak ada soal yang diperiksa.",
        "en": "{model}: girth cannot serve this model or these answers; no item was checked.",
    },
    "fit": {"id": "Kecocokan model", "en": "Model fit"},
    "fit_note": {
        "id": "M2 membandingkan banyak jawaban benar setiap soal dan setiap pasang soal dengan ramalan model. RMSEA "
        "dan SRMSR sampai 0,05 berarti cocok; bila peserta sangat banyak, p hampir selalu kecil.",
        "en": "M2 compares how many are right on each item and each pair of items with what the model foretells. RMSEA "
        "and SRMSR up to 0.05 mean a good fit; with very many people p is almost always small.",
    },
    "model": {"id": "Model", "en": "Model"},
    "model_comparison": {"id": "Perbandingan model", "en": "Comparison of models"},
    "likelihood_ratio": {"id": "Rasio kemungkinan χ²", "en": "Likelihood ratio χ²"},
    "df": {"id": "db", "en": "df"},
    "aic_gain": {"id": "Selisih AIC", "en": "AIC gain"},
    "bic_gain": {"id": "Selisih BIC", "en": "BIC gain"},
    "comparison_note": {
        "id": "Selisih di atas nol mendukung model yang lebih besar.",
        "en": "A gain above zero speaks for the larger model.",
    },
    "item_fit": {"id": "Kecocokan soal", "en": "Item fit"},
    "item_fit_note": {
        "id": "{count} dari {n} soal memiliki p di bawah 0,05 pada S-X²; bila semua soal cocok, sekitar {chance} soal "
        "tetap tampak demikian secara kebetulan.",
        "en": "{count} of {n} items have p below 0.05 by S-X²; were all sound, about {chance} would still, by chance.",
    },
    "dependence": {"id": "Ketergantungan antarsoal (Q3)", "en": "Local dependence (Q3)"},
    "dependence_note": {
        "id": "Rerata Q3 {mean}. Pasangan yang menonjol 0,2 di atas rerata patut diperiksa: mungkin soal yang satu "
        "memberi petunjuk bagi yang lain.",
        "en": "Mean Q3 {mean}. A pair that stands out by 0.2 deserves a look: one item may give the other away.",
    },
    "first_item": {"id": "Soal", "en": "Item"},
    "second_item": {"id": "Pasangan", "en": "With"},
    "above_mean": {"id": "Di atas rerata", "en": "Above the mean"},
    "person_fit_note": {
        "id": "{n_strange} dari {n} peserta menjawab dengan pola yang tidak lazim (lz* di bawah −1,64); sekitar "
        "{chance} diharapkan secara kebetulan. Pola tidak lazim bukan bukti kecurangan.",
        "en": "{n_strange} of {n} people answer in an unusual pattern (lz* below −1.64); about {chance} are expected "
        "by chance. An unusual pattern is no proof of anything.",
    },
    "score_table": {"id": "Kemampuan menurut banyak jawaban benar", "en": "Ability by number right"},
    "theta": {"id": "θ (EAP)", "en": "θ (EAP)"},
    "share": {"id": "Proporsi peserta", "en": "Proportion of people"},
    "wright_title": {
        "id": "Peta Wright: peserta dan soal pada satu skala",
        "en": "Wright map: people and items on one scale",
    },
    "expected_score": {"id": "Skor harapan", "en": "Expected score"},
    "expected_title": {"id": "Skor harapan menurut kemampuan", "en": "Expected score by ability"},
    "residual": {"id": "Residu baku", "en": "Standardised residual"},
    "residuals_title": {
        "id": "Yang tidak dijelaskan model {model}, menurut kemampuan",
        "en": "What the {model} model leaves over, by ability",
    },
    "usual": {"id": "wajar", "en": "usual"},
    "quality": {"id": "Mutu keputusan pada batas lulus", "en": "Quality of the decision at the cut"},
    "quality_note": {
        "id": "Konsistensi adalah proporsi peserta yang akan memperoleh keputusan yang sama pada tes setara; "
        "ketepatan adalah proporsi yang keputusannya sesuai dengan skor murninya. Angka pegangan: baris pertama.",
        "en": "Consistency is the share of people whom an equal second test would place alike; accuracy the share "
        "placed where their true score belongs. Quote the first row.",
    },
    "method": {"id": "Cara", "en": "Method"},
    "lee_irt": {"id": "Lee (dari soal terkalibrasi)", "en": "Lee (from calibrated items)"},
    "livingston_lewis": {"id": "Livingston-Lewis (dari skor)", "en": "Livingston-Lewis (from scores)"},
    "lee_binomial": {"id": "Binomial (cenderung terlalu tinggi)", "en": "Binomial (tends to be too high)"},
    "rudner": {"id": "Rudner (keputusan pada θ, bukan pada skor)", "en": "Rudner (a decision on θ, not on scores)"},
    "consistency": {"id": "Konsistensi", "en": "Consistency"},
    "accuracy": {"id": "Ketepatan", "en": "Accuracy"},
    "false_pass": {"id": "Lulus keliru", "en": "Passes wrongly"},
    "false_fail": {"id": "Gagal keliru", "en": "Fails wrongly"},
    "effective_length_note": {
        "id": "Panjang efektif menurut Livingston-Lewis: {length} soal; sebaran skor murni beta dengan {parameters} "
        "parameter.",
        "en": "Effective length after Livingston-Lewis: {length} items; true scores spread as a beta distribution of "
        "{parameters} parameters.",
    },
    "errors": {"id": "Kesalahan baku pada setiap skor", "en": "Standard error at every score"},
    "lord": {"id": "Lord (soal)", "en": "Lord (items)"},
    "keats": {"id": "Keats (soal)", "en": "Keats (items)"},
    "sections": {"id": "Skor bagian", "en": "Sub-scores"},
    "sections_note": {
        "id": "Skor bagian layak dilaporkan hanya bila ia sendiri lebih tepat meramalkan skor murni bagian itu "
        "daripada skor seluruh tes (PRMSE, Haberman).",
        "en": "A sub-score deserves a report only if it foretells the true score of its section better than the whole "
        "score does (PRMSE, Haberman).",
    },
    "section": {"id": "Bagian", "en": "Section"},
    "prmse_own": {"id": "PRMSE sendiri", "en": "PRMSE own"},
    "prmse_whole": {"id": "PRMSE seluruh tes", "en": "PRMSE whole"},
    "prmse_both": {"id": "PRMSE keduanya", "en": "PRMSE both"},
    "reportable": {"id": "Layak dilaporkan", "en": "Reportable"},
    "yes": {"id": "ya", "en": "yes"},
    "no": {"id": "tidak", "en": "no"},
    "omega": {"id": "Omega (satu faktor)", "en": "Omega (one factor)"},
    "normality": {"id": "Kenormalan skor (p)", "en": "Normality of scores (p)"},
    "efficiency": {"id": "Efisiensi", "en": "Efficiency"},
    "none": {"id": "tidak ada", "en": "none"},
}


def word(name: str, language: str, **values: object) -> str:
    """The word or sentence of this name, with its blanks filled in."""
    text = WORDS[name][language]
    return text.format(**values) if values else text
