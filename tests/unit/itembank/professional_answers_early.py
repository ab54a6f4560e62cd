"""Works out the answers of further items of indicators M01 to M20, beside professional_answers."""

FIRST = 1  # running number of the first indicator
