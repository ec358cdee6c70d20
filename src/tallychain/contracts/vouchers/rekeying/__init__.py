"""A lost wallet: the holdings of a tag whose keys are gone get other keys, with two members' word and time for the old key to say no."""
