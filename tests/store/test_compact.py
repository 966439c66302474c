"""Results that share what is equal."""

from __future__ import annotations

from suite.result import Layer, ModelTable, Result
from suite.store.compact import share_equal_parts
from tests.support.fakes import make_result
from tests.support.tasks import disc_task


def _read_result(seed: int, parameters: int) -> Result:
    """A result as it comes from its text, with everything its own."""
    layers = (Layer(name="a", kind="Linear", output_shape=(3,), parameters=parameters),)
    model = ModelTable(
        layers=layers,
        total_parameters=parameters,
        trainable_parameters=parameters,
        input_bytes=1,
        forward_backward_bytes=2,
        parameter_bytes=4,
    )
    result = make_result(disc_task(), "long", seed, 0.5).model_copy(update={"model": model})
    return Result.model_validate_json(result.model_dump_json())


def test_results_that_share_parts_say_the_same_as_before() -> None:
    before = [_read_result(seed, parameters) for seed, parameters in ((0, 5), (1, 5), (2, 9))]
    texts = [result.model_dump_json(exclude_unset=True) for result in before]

    shared = list(share_equal_parts(before))

    assert [result.model_dump_json(exclude_unset=True) for result in shared] == texts
    assert shared == [
        _read_result(seed, parameters) for seed, parameters in ((0, 5), (1, 5), (2, 9))
    ]


def test_equal_parameter_tables_are_one_object_and_others_are_not() -> None:
    a, b, c = share_equal_parts([_read_result(0, 5), _read_result(1, 5), _read_result(2, 9)])

    assert a.model is b.model
    assert a.model != c.model
    assert a.question is b.question
    assert a.made_by is b.made_by
