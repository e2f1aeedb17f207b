"""Who does what: demands shared out among people, in parts where they are many, and how far it is proven."""
