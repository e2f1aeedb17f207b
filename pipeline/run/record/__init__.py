"""What a run leaves on record: manifest, index, log, statuses."""
