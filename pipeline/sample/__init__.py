"""A fictional country in the formats that the Department for Education and Ofsted publish.

Pupils are drawn one by one from a seed, so that every count, percentage, average and interval agrees with the others.
Two editions are written from it and shipped (``write_editions``); a whole England can be written to try the pipeline
at full size (``write_england``). docs/sample.md says what each school is there to show. Nothing here reads a published
file, and nothing here knows the readers: the formats are written from the publishers' own headings.
"""
