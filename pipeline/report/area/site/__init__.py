"""The area's site: what its pages say, from the facts of the schools' and the area's reports. For officers alone."""
