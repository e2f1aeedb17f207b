"""From tidy observations to ratings: pooling, comparators, intervals, certainty. Pure functions: no file, no clock."""
