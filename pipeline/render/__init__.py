"""The executed notebook on a page and on paper; the edition's index; what must hold of each.

Nothing here knows a school, an indicator or a policy: it prints what the notebook shows.
"""
