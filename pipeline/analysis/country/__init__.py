"""What is found over all schools at once: who is similar, how far schools differ, what chance does."""
