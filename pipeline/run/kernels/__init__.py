"""Kernels that start at once: each school's is fresh, forked from a process that has imported and used everything.

``warm`` is that process, ``warm_process`` its other side, ``spare`` what stands in where a process cannot fork, and
``provisioner`` the door by which Jupyter, nbclient and papermill come to either.
"""
