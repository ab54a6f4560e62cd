"""Works out the answers of the second and third professional items of indicators M01 to M20; see professional_answers."""

FIRST = 1  # running number of the first indicator
