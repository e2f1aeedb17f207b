"""Between two autumns: what is known beyond an edition's reports, and which schools to look at for it."""
