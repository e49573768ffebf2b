"""Learnt weights: what people really go by comes out, whatever policy was in force."""

import numpy as np
import pytest

from matching.engine.learning import auc, fit, fit_scale, log_loss

IN_FORCE = np.array([0.5, 0.2, 0.1, 0.1, 0.1])
PREFERRED = np.array([1.0, 0.0, 4.0, 2.0, 8.0])


def decisions(count: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Criteria, three in ten unknown, and what people with PREFERRED made of them."""
    rng = np.random.default_rng(seed)
    criteria = rng.random((count, len(PREFERRED)))
    odds = (criteria - 0.5) @ PREFERRED
    liked = rng.random(count) < 1 / (1 + np.exp(-odds))
    criteria[rng.random(criteria.shape) < 0.3] = np.nan
    return criteria, liked


def test_the_order_of_the_weights_is_recovered() -> None:
    weights = fit(*decisions(3000), IN_FORCE).weights
    assert weights.sum() == pytest.approx(1)
    assert np.argsort(weights).tolist() == np.argsort(PREFERRED).tolist()
    assert (weights >= 0).all()


def test_learnt_weights_foretell_what_comes_next_better_than_those_in_force() -> None:
    criteria, liked = decisions(3000)
    learnt, before = (model(criteria, liked, IN_FORCE) for model in (fit, fit_scale))
    later, chosen = decisions(1000, seed=8)
    for model in (learnt, before):
        assert ((model.probabilities(later) > 0) & (model.probabilities(later) < 1)).all()
    learnt_says, before_says = learnt.probabilities(later), before.probabilities(later)
    assert log_loss(learnt_says, chosen) < log_loss(before_says, chosen) < np.log(2)
    assert auc(learnt_says, chosen) > auc(before_says, chosen) > 0.5


def test_few_decisions_move_the_weights_little() -> None:
    little = fit(*decisions(10), IN_FORCE).weights
    much = fit(*decisions(3000), IN_FORCE).weights
    assert np.abs(little - IN_FORCE).sum() < np.abs(much - IN_FORCE).sum()


def test_the_same_decisions_give_the_same_weights() -> None:
    assert np.array_equal(
        fit(*decisions(500), IN_FORCE).slopes, fit(*decisions(500), IN_FORCE).slopes
    )


def test_a_criterion_nobody_knows_keeps_its_share() -> None:
    criteria, liked = decisions(3000)
    criteria[:, 1] = np.nan
    model = fit(criteria, liked, IN_FORCE)
    assert np.isfinite(model.weights).all()
    assert np.isfinite(model.probabilities(criteria)).all()


def test_measures_of_prediction() -> None:
    liked = np.array([True, False, True, False])
    assert auc(np.array([0.9, 0.1, 0.8, 0.2]), liked) == 1
    assert auc(np.array([0.5, 0.5, 0.5, 0.5]), liked) == 0.5
    assert auc(np.array([0.1, 0.9, 0.9, 0.1]), liked) == 0.5
    assert auc(np.array([0.1]), np.array([True])) == 0.5
    assert log_loss(np.full(4, 0.5), liked) == pytest.approx(np.log(2))
