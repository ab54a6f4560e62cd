"""The LaTeX that an item may hold, as data: to allow one more sign, add it here and to the gallery of its test."""

from itembank.mathml import Kind, operator

# Names of constants and variables: drawn as letters.
LETTERS = {
    r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\delta": "δ", r"\epsilon": "ε", r"\varepsilon": "ε",
    r"\zeta": "ζ", r"\eta": "η", r"\theta": "θ", r"\kappa": "κ", r"\lambda": "λ", r"\mu": "μ", r"\nu": "ν",
    r"\xi": "ξ", r"\pi": "π", r"\rho": "ρ", r"\sigma": "σ", r"\tau": "τ", r"\phi": "φ", r"\varphi": "φ",
    r"\chi": "χ", r"\psi": "ψ", r"\omega": "ω",
    r"\Gamma": "Γ", r"\Delta": "Δ", r"\Theta": "Θ", r"\Lambda": "Λ", r"\Xi": "Ξ", r"\Pi": "Π", r"\Sigma": "Σ",
    r"\Phi": "Φ", r"\Psi": "Ψ", r"\Omega": "Ω",
    r"\infty": "∞", r"\emptyset": "∅", r"\varnothing": "∅", r"\angle": "∠",
    r"\triangle": "△", r"\degree": "°", r"\%": "%", r"\ldots": "…", r"\dots": "…", r"\cdots": "⋯",
}  # fmt: skip

# Symbols with their TeX kind, which decides the space around them.
SYMBOLS: dict[str, tuple[str, Kind]] = {
    "+": ("+", "binary"), "-": ("−", "binary"), "*": ("∗", "binary"), r"\cdot": ("⋅", "binary"),
    r"\times": ("×", "binary"), r"\div": ("÷", "binary"), r"\pm": ("±", "binary"), r"\mp": ("∓", "binary"),
    r"\circ": ("∘", "binary"), r"\land": ("∧", "binary"), r"\lor": ("∨", "binary"),
    r"\wedge": ("∧", "binary"), r"\vee": ("∨", "binary"), r"\cup": ("∪", "binary"),
    r"\cap": ("∩", "binary"),
    "=": ("=", "relation"), "<": ("<", "relation"), ">": (">", "relation"), ":": (":", "relation"),
    r"\le": ("≤", "relation"), r"\leq": ("≤", "relation"), r"\ge": ("≥", "relation"), r"\geq": ("≥", "relation"),
    r"\ne": ("≠", "relation"), r"\neq": ("≠", "relation"), r"\approx": ("≈", "relation"), r"\cong": ("≅", "relation"),
    r"\propto": ("∝", "relation"),
    r"\equiv": ("≡", "relation"), r"\to": ("→", "relation"), r"\rightarrow": ("→", "relation"),
    r"\Rightarrow": ("⇒", "relation"), r"\implies": ("⇒", "relation"), r"\Leftrightarrow": ("⇔", "relation"),
    r"\iff": ("⇔", "relation"), r"\lt": ("<", "relation"), r"\gt": (">", "relation"),
    r"\leftrightarrow": ("↔", "relation"), r"\perp": ("⟂", "relation"), r"\parallel": ("∥", "relation"),
    r"\mid": ("∣", "relation"), r"\in": ("∈", "relation"), r"\notin": ("∉", "relation"),
    r"\subset": ("⊂", "relation"), r"\subseteq": ("⊆", "relation"),
    r"\neg": ("¬", "ordinary"), r"\sim": ("∼", "binary"), r"\forall": ("∀", "ordinary"),
    r"\exists": ("∃", "ordinary"), "/": ("/", "ordinary"), "!": ("!", "closing"), ".": (".", "ordinary"),
    ",": (",", "punctuation"), ";": (";", "punctuation"),
}  # fmt: skip

# Brackets that keep their size; \left and \right make them grow.
BRACKETS: dict[str, tuple[str, Kind]] = {
    "(": ("(", "opening"), ")": (")", "closing"), "[": ("[", "opening"), "]": ("]", "closing"),
    r"\{": ("{", "opening"), r"\}": ("}", "closing"), r"\lvert": ("|", "opening"), r"\rvert": ("|", "closing"),
    "|": ("|", "ordinary"),
}  # fmt: skip

FUNCTIONS = {
    r"\log": "log", r"\ln": "ln", r"\exp": "exp", r"\det": "det", r"\max": "max", r"\min": "min", r"\gcd": "gcd",
    r"\sin": "sin", r"\cos": "cos", r"\tan": "tan", r"\cot": "cot", r"\sec": "sec", r"\csc": "csc",
    r"\arcsin": "arcsin", r"\arccos": "arccos", r"\arctan": "arctan",
}  # fmt: skip
LIMITS = {r"\lim": "lim"}
LARGE = {r"\int": "∫", r"\sum": "∑"}
SPACES = {
    r"\,": "0.1667em", r"\:": "0.2222em", r"\;": "0.2778em", "\\ ": "0.25em", r"\quad": "1em", r"\qquad": "2em",
}  # fmt: skip
# Command -> the mark over one letter, and the one that stretches: browsers do not stretch every sign of every face.
_ARROWS = (operator("→", stretchy="false", mathsize="70%"), operator("\u20d7", stretchy="true"))
ACCENTS = {
    r"\vec": _ARROWS,
    r"\overrightarrow": _ARROWS,
    r"\overline": (operator("¯", stretchy="false"), operator("‾", stretchy="true")),
    r"\bar": (operator("¯", stretchy="false"), operator("‾", stretchy="true")),
}
# Environment -> (opening, closing, class of the table).
ENVIRONMENTS = {
    "pmatrix": ("(", ")", ""),
    "bmatrix": ("[", "]", ""),
    "vmatrix": ("|", "|", ""),
    "cases": ("{", "", "cases"),
}
# The seven capitals that Unicode keeps outside its row of double-struck letters.
DOUBLE_STRUCK = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
_STRUCTURES = (r"\frac", r"\dfrac", r"\binom", r"\sqrt", r"\text", r"\mathrm", r"\mathbb", r"\prime")
COMMANDS = frozenset(
    name
    for table in (LETTERS, SYMBOLS, BRACKETS, FUNCTIONS, LIMITS, LARGE, SPACES, ACCENTS, _STRUCTURES)
    for name in table
    if name.startswith("\\")
) | {r"\left", r"\right", r"\begin", r"\end", "\\\\"}
