"""The files that Model Explorer reads for two panes, and what its address says."""

import json

from graphs.explorer.graph_json import box_of, graph_json, times_json
from graphs.explorer.pane import most_us
from graphs.refusals import refusal
from graphs.system.output_file import write_whole

OPENED = ("layer1", "body/layer1", "train_steps")  # boxes that are open at first


def write_files(both, folder):
    """Write a graph for each Pane, and its times if it has any, into a folder. Raises ValueError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal("logdir", f"{folder} ({error.strerror})", "a folder that can be written") from None
    for pane in both:
        write_whole("logdir", folder / f"{pane.side.name}.json", json.dumps(graph_json(pane)))
        if pane.side.times_us:
            times = json.dumps(times_json(pane, most_us(both)))
            write_whole("logdir", folder / f"{pane.side.name}_times.json", times)


def address_data(both, folder):
    """What Model Explorer's address says. folder: where the server finds the files."""
    timed = [pane.side.name for pane in both if pane.side.times_us]
    return {
        "models": [{"url": f"{folder}/{pane.side.name}.json"} for pane in both],
        "nodeData": [f"{folder}/{name}_times.json" for name in timed],
        "nodeDataTargets": [f"{name}.json" for name in timed],
        "uiState": {"paneStates": [_state(pane) for pane in both]},
        "sync": {"mode": "match_node_id"},
    }


def _state(pane):
    boxes = {box_of(node, kind) for node, kind in pane.kinds.items()}
    return {
        "deepestExpandedGroupNodeIds": [f"{box}___group___" for box in OPENED if box in boxes],
        "selectedNodeId": "",
        "selectedGraphId": pane.side.name,
        "selectedCollectionLabel": f"{pane.side.name}.json",
        "widthFraction": 0.5,
    }
