"""Kernels that start at once: each school's is fresh, forked from a process that has imported and used everything.

``preload`` is what that process imports and uses, ``fork_client`` how a run starts and asks it, ``launching`` how a
process becomes a kernel: a ``direct`` one, with which ``direct_client`` speaks on one ``line``, or one to which any
client of Jupyter's comes by the ``provisioner``. docs/kernels.md explains the words.
"""
