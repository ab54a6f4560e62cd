"""Worked examples of decision consistency: inputs as stated and results as printed.

Each constant says who printed it and where it was read. Nothing here is computed by us.
"""

import csv
from io import StringIO

# BBClassify 1.0.0 (Haakstad 2025, github.com/HaakonEidemHaakstad/BBClassify_Python), files dist/act288m (how many
# people had each score on a test of 40 items), dist/ccLL_act_raw (the request: LL, reliability 0.873, cut 24) and
# dist/ccLL_act_raw_output.txt (the answer).
ACT_SCORES = (
    *(0, 23, 98, 384, 986, 2161, 3722, 5623, 7533, 8817, 9597, 9809, 9674, 8971, 8033, 7384, 6758, 6004, 5463, 4896),
    *(4367, 4083, 3651, 3333, 3191, 2899, 2644, 2597, 2287, 2197, 1967, 1874, 1710, 1581, 1503, 1349, 1181, 994, 827),
    *(585, 294),
)
ACT_RELIABILITY, ACT_CUT = 0.873, 24
ACT_PRINTED = {  # five digits; the cells of the consistency table are cut off, so sums of them end one lower
    "mean": 16.4987,
    "variance": 64.7823,
    "skewness": 0.82936,
    "kurtosis": 2.96590,
    "kr21": 0.87217,
    "alpha": 0.52378,
    "beta": 1.62569,
    "low": 0.22317,
    "effective_length": 40,
    "true_mean": 0.41247,
    "true_sd": 0.18792,
    "fail_fail": 0.78247,
    "false_pass": 0.03795,
    "false_fail": 0.01778,
    "pass_pass": 0.16180,
    "accuracy": 0.94427,
    "consistency": 0.92203,
    "kappa": 0.75612,
}
# The same program at two more cuts, dist/test_input.txt_output.txt (cuts 22, 24, 26; sums of its accuracy table).
ACT_OTHER_CUTS = {22: {"accuracy": 0.93505}, 26: {"accuracy": 0.95260}}

# Subkoviak (1976), Estimating reliability from a single administration of a mastery test (ERIC ED120229; also Journal
# of Educational Measurement 13, 265-276), table 1: ten people on five items, cut 4, alpha 0.58. Scores, alpha and the
# first line as quoted, and the totals as worked out in exact fractions, by fast-mlsirm (github.com/ContextualWisdomLab/
# fast-mlsirm, tests of its Subkoviak coefficient), whose authors say that they read the paper in full.
SUBKOVIAK_SCORES = (0, 4, 2, 0, 2, 2, 1, 3, 4, 5)
SUBKOVIAK_ALPHA, SUBKOVIAK_CUT = 0.58, 4
SUBKOVIAK_PRINTED = {"agreement": 0.754404497506925, "kappa": 0.279501631559306}
SUBKOVIAK_WITH_KR21 = {"kr21": 19 / 29, "agreement": 0.763498543160431, "kappa": 0.343090844315065}

# Subkoviak (1988), A practitioner's guide to computation and interpretation of reliability indices for mastery tests,
# Journal of Educational Measurement 25, tables 1 and 2, as typed into the R package rcrtan 0.1.1 (LaFlair;
# data-raw/sub_agree_coef.csv, data/subkoviak-kappa-coefficient.csv). Left out: agreement at z 1.0 and reliability 0.4,
# and kappa at z 1.6 and reliability 0.3, which stand out of their lines there and look like slips of typing.
_AGREEMENT = """
z,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9
0.0,.53,.56,.60,.63,.67,.70,.75,.80,.86
0.5,.60,.62,.65,.68,.71,.74,.78,.82,.87
0.7,.65,.67,.70,.72,.75,.77,.80,.84,.89
1.0,.75,.76,.77,,.81,.83,.85,.88,.91
1.5,.88,.88,.89,.90,.90,.91,.92,.94,.95
2.0,.96,.96,.96,.96,.96,.97,.97,.97,.98
"""
_KAPPA = """
z,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9
0.0,.06,.13,.19,.26,.33,.41,.49,.59,.71
0.5,.06,.12,.18,.25,.32,.40,.48,.58,.70
0.7,.05,.11,.17,.24,.31,.38,.47,.57,.70
1.0,.05,.10,.15,.21,.28,.35,.44,.54,.68
1.5,.03,.07,.11,.16,.22,.29,.38,.49,.63
2.0,.02,.04,.07,.11,.16,.22,.31,.42,.58
"""


def subkoviak_1988() -> dict[tuple[float, float], tuple[float | None, float]]:
    """(z, reliability) -> (agreement, kappa) as printed; None where the typed table cannot be trusted."""
    agreement, kappa = (list(csv.DictReader(StringIO(text.strip()))) for text in (_AGREEMENT, _KAPPA))
    return {
        (float(row["z"]), float(name)): (float(row[name]) if row[name] else None, float(other[name]))
        for row, other in zip(agreement, kappa, strict=True)
        for name in row
        if name != "z"
    }


# Brown & Hudson (2002), Criterion-referenced language testing, p. 153, table 5.1a: 45 people on 30 items, from rcrtan
# (data-raw/brown-T_5_1a-data.csv). Printed for a cut of 21 right by rcrtan 0.1.1, subkoviak(bh_depend, 2:31, 21)
# (rdrr.io/cran/rcrtan/man/subkoviak.html, example output): KR-20 and Subkoviak's (1988) coefficients.
BROWN_ANSWERS = (
    *("111100000100111000001101010000", "101111111110011011110111111011", "011000000011110000101010100000"),
    *("111000111011011001101101100111", "100010000001100010001101100100", "111110110111111111001111111001"),
    *("100000000011000000001011000000", "111110000111011100001111110000", "010000010011000001001011001000"),
    *("111111110011111111001111111100", "110010000011100000001101000000", "011111001110101110001111111000"),
    *("111111101111110111111011111111", "101111000111111000011111111000", "111111111011111111101111111111"),
    *("111110000111011100001111110000", "111111100011111110001111110100", "011100000010111000011100110000"),
    *("011101101011110110001111101000", "111001000011110010001111100000", "111111110011111111101111111101"),
    *("010000000001100000011110100001", "111111001111111110001111111010", "100100100001100001001101001110"),
    *("011111001101111110111111111010", "110000000010000000010111000100", "101110000011111100010010000000"),
    *("000010001010100000001101000001", "101110001001011100001111110000", "111110000111011100001111110000"),
    *("101000000011010000000111100000", "111110000111011100001111110000", "010000000010100010000011101000"),
    *("111111010111111101011110111001", "110100011001000111100001101011", "111111100001111110000110111001"),
    *("110000010000000010011001000000", "101111110100111111010111111100", "000010000010100000100001000010"),
    *("111111001101111110100111011011", "000111111101111111101010111111", "111111000111011110111110011010"),
    *("000011111010111111100011111111", "010110001011011100011100110011", "000000011100000111100000111101"),
)
BROWN_CUT = 21
BROWN_PRINTED = {"kr20": 0.8613709, "agreement": 0.89, "kappa": 0.70}

# cacIRT (Lathrop, R package; its documented example for class.Lee: four items, D = 1.7, normal.qu(40), cuts 2 and 3 on
# the number right), its functions Lee.D, recursive.raw, irf and normal.qu run under R 4.2.2.
CACIRT_B = (-2.0, 1.0, 0.0, 1.0)
CACIRT_PRINTED = {2: (0.7561651768, 0.7233690185), 3: (0.8068398333, 0.7805210274)}  # cut: accuracy, consistency

# irtQ (Lim), article "Classification accuracy and consistency" (hwangq.github.io/irtQ), example 3 (1): cac_rud
# on 33 abilities with normal weights, cuts -0.5 and 0.8: ability, weight, chance of the lowest and the highest level.
IRTQ_RUDNER = (
    *((-4.00, 3.345874e-05, 7.073627e-01, 2.271144e-01), (-3.75, 8.815204e-05, 7.611902e-01, 1.600650e-01)),
    *((-3.50, 2.181784e-04, 8.163547e-01, 9.813767e-02), (-3.25, 5.072800e-04, 8.663885e-01, 5.113342e-02)),
    *((-3.00, 1.108001e-03, 9.061324e-01, 2.262575e-02), (-2.75, 2.273471e-03, 9.341427e-01, 8.696281e-03)),
    *((-2.50, 4.382230e-03, 9.524072e-01, 2.950054e-03), (-2.25, 7.935194e-03, 9.640000e-01, 8.574977e-04)),
    *((-2.00, 1.349822e-02, 9.707328e-01, 2.068985e-04), (-1.75, 2.157009e-02, 9.720558e-01, 4.803937e-05)),
    *((-1.50, 3.238054e-02, 9.643817e-01, 1.668758e-05), (-1.25, 4.566389e-02, 9.373092e-01, 1.400760e-05)),
    *((-1.00, 6.049482e-02, 8.665594e-01, 3.207722e-05), (-0.75, 7.528702e-02, 7.198456e-01, 1.526424e-04)),
    *((-0.50, 8.801945e-02, 5.000000e-01, 9.762737e-04), (-0.25, 9.667045e-02, 2.734345e-01, 5.697842e-03)),
    *((0.00, 9.973910e-02, 1.107800e-01, 2.524289e-02), (0.25, 9.667045e-02, 3.083264e-02, 8.528475e-02)),
    *((0.50, 8.801945e-02, 5.802320e-03, 2.244701e-01), (0.75, 7.528702e-02, 7.723930e-04, 4.496105e-01)),
    *((1.00, 6.049482e-02, 7.032651e-05, 6.941339e-01), (1.25, 4.566389e-02, 5.448798e-06, 8.709842e-01)),
    *((1.50, 3.238054e-02, 9.428157e-07, 9.523281e-01), (1.75, 2.157009e-02, 7.820366e-07, 9.787137e-01)),
    *((2.00, 1.349822e-02, 2.185770e-06, 9.862584e-01), (2.25, 7.935194e-03, 1.009047e-05, 9.877023e-01)),
    *((2.50, 4.382230e-03, 5.050080e-05, 9.862131e-01), (2.75, 2.273471e-03, 2.305769e-04, 9.821978e-01)),
    *((3.00, 1.108001e-03, 8.953873e-04, 9.751750e-01), (3.25, 5.072800e-04, 2.878648e-03, 9.643879e-01)),
    *((3.50, 2.181784e-04, 7.651606e-03, 9.491804e-01), (3.75, 8.815204e-05, 1.706328e-02, 9.292921e-01)),
    *((4.00, 3.345874e-05, 3.265689e-02, 9.050123e-01),),
)
IRTQ_CUTS = (-0.5, 0.8)
IRTQ_CONFUSION = (  # true level in lines, expected level in columns
    (0.2303756, 0.0349129, 0.0001521),
    (0.0850413, 0.3943581, 0.0650065),
    (0.0000121, 0.0268354, 0.1633060),
)
