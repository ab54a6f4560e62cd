"""`analyze --json` carries every figure of the reference under the same keys, for the parts that exist."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from analysis.commands.analyze import add_arguments, run

SHARED = Path(__file__).parents[3] / "shared" / "reference"
IRT_KEYS = {
    *("log_likelihood", "log_posterior", "n_parameters", "AIC", "BIC", "group_variance", "items", "eap_first_20"),
    *("empirical_reliability", "theta_grid", "test_information", "M2", "S_X2", "Q3_largest"),
}


@pytest.mark.parametrize("name", ["tryout_a", "lsat7"])
def test_the_json_has_the_keys_of_the_reference(name: str, tmp_path: Path) -> None:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip("the reference figures do not stand beside the repository")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    files = [str(folder / "responses.csv"), "--key", str(folder / "key.csv"), "--json", str(tmp_path / "out.json")]
    assert run(parser.parse_args(files)) == 0
    ours = json.loads((tmp_path / "out.json").read_text())
    reference = json.loads((folder / "reference.json").read_text())
    _same_where_both(ours["classical"], reference["classical"], path="classical", tolerance=1e-9)
    _same_where_both(ours["mantel_haenszel"], reference["mantel_haenszel"], path="mantel_haenszel", tolerance=1e-6)
    for model in ("Rasch", "2PL"):
        assert set(ours["irt"][model]) >= IRT_KEYS
        assert ours["irt"][model]["log_likelihood"] == pytest.approx(
            reference["irt"][model]["log_likelihood"], abs=0.01
        )
        _same_fit(ours["irt"][model], reference["irt"][model])


def _same_fit(ours: dict[str, Any], reference: dict[str, Any]) -> None:
    for name in ("M2", "df", "RMSEA", "SRMSR", "TLI", "CFI", "RMSEA_5", "RMSEA_95"):
        assert ours["M2"][name] == pytest.approx(reference["M2"][name], rel=0.005), name
    for item, theirs in reference["S_X2"].items():
        assert ours["S_X2"][item]["df"] == theirs["df"], item
        assert ours["S_X2"][item]["S_X2"] == pytest.approx(theirs["S_X2"], rel=0.005), item
    for item, theirs in reference.get("infit", {}).items():
        assert ours["infit"][item]["infit"] == pytest.approx(theirs["infit"], abs=0.001), item
        assert ours["infit"][item]["outfit"] == pytest.approx(theirs["outfit"], abs=0.001), item
    assert ours["Q3_largest"]["items"] == reference["Q3_largest"]["items"]
    assert ours["Q3_largest"]["value"] == pytest.approx(reference["Q3_largest"]["value"], abs=0.001)


def _same_where_both(ours: Any, reference: Any, *, path: str, tolerance: float) -> None:
    if isinstance(reference, dict):
        for key, value in reference.items():
            assert key in ours, f"{path}.{key} is missing"
            _same_where_both(ours[key], value, path=f"{path}.{key}", tolerance=tolerance)
    elif reference is None or reference == "NA":
        assert ours is None, path
    else:
        assert ours == pytest.approx(reference, rel=0, abs=tolerance), path
