"""Works out the answers of the second and third professional items of indicators M21 to M40; see professional_answers."""

FIRST = 21  # running number of the first indicator
