"""Reports sent to the people they are for: checked address book, approved files, a ledger of every attempt.

Nothing here makes or changes a report. What was made is composed into messages, approved by a named person, and sent
once by one of the transports.
"""
