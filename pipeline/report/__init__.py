"""What a report says: its facts, its sentences, its tables and charts, one room for each kind of report."""
