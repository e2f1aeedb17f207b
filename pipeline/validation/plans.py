"""How Great Expectations answers an expectation, worked out once: of many frames alike only the answer differs.

Left to itself it works out anew for every frame which metrics each expectation needs and in what order, which takes
ten times as long as computing them for one school. The metrics are still computed by its engine from the frame at
hand, and the verdict on them is still the expectation's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.validation.suites import load_suite

if TYPE_CHECKING:
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.validation_graph import ValidationGraph

#: What a suite's parameter is: a number (a year, a URN), or the words that a column may hold.
Parameter = int | list[str]

#: What Great Expectations is told the frame is called: the same for all, so that a plan fits the next frame.
_BATCH = "frame"


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations says of one expectation and one frame, in its own ``result`` form."""

    success: bool
    result: Mapping[str, Any]


@dataclass(frozen=True)
class _Plan:
    """One expectation, its parameters filled in, and the metrics on which it rests."""

    expectation: Expectation
    needs: Mapping[str, MetricConfiguration]  # by the name under which the expectation asks for them
    steps: tuple[tuple[MetricConfiguration, ...], ...]  # each computable from those before it
    result_format: Mapping[str, Any]


@dataclass(frozen=True)
class _Known:
    """A plan and what it was made for."""

    configuration: ExpectationConfiguration
    parameters: Mapping[str, Parameter]
    plan: _Plan


#: The plan last made for each expectation (suite and place), result format and columns of a frame.
_PLANS: dict[tuple[Any, ...], _Known] = {}


def ask_expectations(
    suite: str,
    places: Sequence[int],
    frame: pd.DataFrame,
    result_format: Mapping[str, Any],
    parameters: Mapping[str, Parameter],
) -> dict[int, Verdict]:
    """The verdicts of the expectations at ``places`` of a suite on ``frame``, by place.

    Raises FaultyInput where Great Expectations does not accept the suite; RuntimeError where an expectation breaks,
    which is a mistake in the suite or the frame and no finding about a school.
    """
    configurations = load_suite(suite)
    from great_expectations.execution_engine import PandasExecutionEngine

    engine = PandasExecutionEngine(batch_data_dict={_BATCH: frame})
    columns = tuple(zip(frame.columns, map(str, frame.dtypes), strict=True))
    key = (suite, tuple(result_format.items()), columns)
    plans = {
        place: _find_plan((*key, place), configurations[place], result_format, parameters, engine) for place in places
    }
    metrics = _compute(suite, plans, engine)
    return {place: _judge(suite, place, plan, metrics, engine) for place, plan in plans.items()}


def _find_plan(
    key: tuple[Any, ...],
    configuration: ExpectationConfiguration,
    result_format: Mapping[str, Any],
    parameters: Mapping[str, Parameter],
    engine: PandasExecutionEngine,
) -> _Plan:
    """The plan for an expectation; made anew where the suite changed, or a parameter that the expectation takes."""
    taken = {name: parameters[name] for name in _name_parameters(configuration.kwargs) if name in parameters}
    known = _PLANS.get(key)
    if known is None or known.configuration is not configuration or known.parameters != taken:
        known = _Known(configuration, taken, _make_plan(configuration, result_format, parameters, engine))
        _PLANS[key] = known
    return known.plan


def _name_parameters(value: Any) -> Iterable[str]:
    """The names that stand as ``{"$PARAMETER": name}`` anywhere in an expectation's arguments."""
    if isinstance(value, Mapping):
        if "$PARAMETER" in value:
            yield value["$PARAMETER"]
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _name_parameters(part)


def _fill_in(value: Any, parameters: Mapping[str, Parameter]) -> Any:
    """An expectation's arguments with the parameters' values where their names stand; formulas are left as they are."""
    if isinstance(value, Mapping):
        if "$PARAMETER" in value and value["$PARAMETER"] in parameters:
            return parameters[value["$PARAMETER"]]
        return {name: _fill_in(part, parameters) for name, part in value.items()}
    return [_fill_in(part, parameters) for part in value] if isinstance(value, list | tuple) else value


def _make_plan(
    configuration: ExpectationConfiguration,
    result_format: Mapping[str, Any],
    parameters: Mapping[str, Parameter],
    engine: PandasExecutionEngine,
) -> _Plan:
    from great_expectations.validator.validation_graph import ValidationGraph

    filled = deepcopy(configuration)
    # names alone are filled in here: Great Expectations would parse each as a formula, a third of the plan's cost
    filled.kwargs.update(_fill_in(filled.kwargs, parameters))
    filled.process_suite_parameters(dict(parameters))
    filled.kwargs["batch_id"] = _BATCH
    expectation = filled.to_domain_obj()
    runtime = {"result_format": dict(result_format)}
    depends = expectation.get_validation_dependencies(execution_engine=engine, runtime_configuration=runtime)
    graph = ValidationGraph(execution_engine=engine)
    for metric in depends.get_metric_configurations():
        graph.build_metric_dependency_graph(metric_configuration=metric, runtime_configuration=runtime)
    return _Plan(expectation, depends.metric_configurations, _order(graph), depends.result_format)


def _order(graph: ValidationGraph) -> tuple[tuple[MetricConfiguration, ...], ...]:
    """The metrics of a graph in steps, each of metrics that need those of earlier steps alone."""
    metrics = {end.id: end for edge in graph.edges for end in (edge.left, edge.right) if end is not None}
    steps: list[tuple[MetricConfiguration, ...]] = []
    done: set[Any] = set()
    while len(done) < len(metrics):
        waiting = {edge.left.id for edge in graph.edges if edge.right is not None and edge.right.id not in done}
        step = [identity for identity in metrics if identity not in done and identity not in waiting]
        steps.append(tuple(metrics[identity] for identity in step))
        done.update(step)
    return tuple(steps)


def _compute(suite: str, plans: Mapping[int, _Plan], engine: PandasExecutionEngine) -> dict[Any, Any]:
    """The value of every metric that the plans need, by its identity: each computed once."""
    from great_expectations.exceptions import MetricResolutionError

    metrics: dict[Any, Any] = {}
    for depth in range(max((len(plan.steps) for plan in plans.values()), default=0)):
        step = {
            one.id: one for plan in plans.values() for one in (plan.steps[depth] if depth < len(plan.steps) else ())
        }
        try:
            found = engine.resolve_metrics(step.values(), metrics=metrics)
        except MetricResolutionError as error:
            failed = {one.id for one in error.failed_metrics}
            places = [place for place, plan in plans.items() if any(one.id in failed for one in sum(plan.steps, ()))]
            raise _report_broken(suite, places[0], error) from error
        metrics.update(found)
    return metrics


def _judge(suite: str, place: int, plan: _Plan, metrics: Mapping[Any, Any], engine: PandasExecutionEngine) -> Verdict:
    given = {name: metrics[metric.id] for name, metric in plan.needs.items()}
    runtime = {"result_format": dict(plan.result_format)}
    try:
        found = plan.expectation._validate(metrics=given, runtime_configuration=runtime, execution_engine=engine)
    except Exception as error:  # whatever an expectation raises, it is about this one
        raise _report_broken(suite, place, error) from error
    if isinstance(found, Mapping):
        return Verdict(bool(found["success"]), found.get("result") or {})
    return Verdict(bool(found.success), found.result or {})


def _report_broken(suite: str, place: int, error: Exception) -> RuntimeError:
    return RuntimeError(f"suite {suite!r}, expectation {place + 1}: {error}")
