"""Kernels that start at once: each school's is fresh, forked from a process that has imported and used everything.

``fork_server`` is that process, ``preload`` what it imports and uses, ``fork_client`` how a run starts and asks it,
``pool`` what stands in where a system cannot fork, ``launching`` how a process becomes a kernel, and ``provisioner``
how Jupyter, nbclient and papermill come to either. docs/kernels.md explains the words.
"""
