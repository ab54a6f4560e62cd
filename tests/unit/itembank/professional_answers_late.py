"""Works out the answers of further items of indicators M21 to M40, beside professional_answers."""

FIRST = 21  # running number of the first indicator
