"""Published school results in; a described, categorised report for each school out.

The package is built in floors; each imports only from those below it (``lint-imports`` checks this):
``cli`` → ``run`` → ``render`` → ``report`` → ``policy`` → ``analysis`` → ``sources`` and ``validation``
→ ``vocabulary``, ``errors``, ``yaml_files``, ``paths``.
"""
