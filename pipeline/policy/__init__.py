"""Policies: how an authority or a trust turns a school's ratings into one of its categories of support.

A policy is a YAML file in ``policies/``; the code here knows none of them by name.
"""

from pipeline.policy.assign import assign_category
from pipeline.policy.evidence.facts import PolicyFacts, gather_facts
from pipeline.policy.explain import explain_assignment
from pipeline.policy.loading import list_policies, load_policy
from pipeline.policy.outcome import Assignment, Certainty, Move, PanelDecision
from pipeline.policy.panel.moderation import finalise, find_decision, list_category_words
from pipeline.policy.panel.moves import compare_with_last_year
from pipeline.policy.policy import EarlyResults, Policy

__all__ = [
    "Assignment",
    "Certainty",
    "EarlyResults",
    "Move",
    "PanelDecision",
    "Policy",
    "PolicyFacts",
    "assign_category",
    "compare_with_last_year",
    "explain_assignment",
    "finalise",
    "find_decision",
    "gather_facts",
    "list_category_words",
    "list_policies",
    "load_policy",
]
