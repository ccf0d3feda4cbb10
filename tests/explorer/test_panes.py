"""The files that Model Explorer gets: the same id for the same node, shapes, times, marks."""

import json
from itertools import combinations, permutations

import pytest

from graphs.event_log.logged_inspection import read_inspection
from graphs.explorer.files import address_data, write_files
from graphs.explorer.graph_json import IN_A_KERNEL, ONLY_HERE, colour, graph_json, times_json
from graphs.explorer.pane import most_us, panes
from graphs.explorer.side import read_sides
from graphs.inspection.node_map import runs_in
from graphs.inspection.node_names import node_of
from graphs.refusals import Refusal

pytestmark = pytest.mark.xdist_group("one comparison")
STEPS = ["tf1_session", "tf2_eager", "tf2_function", "tf2_xla"]


@pytest.fixture(scope="session")
def sides(comparison):
    return read_sides(comparison)


@pytest.fixture(scope="session")
def inspection(comparison):
    return read_inspection(comparison)


def drawn(pane):
    """{id: the node in Model Explorer's JSON}"""
    (graph,) = json.loads(json.dumps(graph_json(pane)))
    found = {node["id"]: node for node in graph["nodes"]}
    assert len(found) == len(graph["nodes"])
    return found


def attributes(node):
    return {attribute["key"]: attribute["value"] for attribute in node["attrs"]}


def test_every_graph_of_the_comparison_can_be_shown(sides):
    executed = [f"{name}_executed" for name in ("tf1_session", "tf2_function")]
    loops = [f"{name}_loop" for name in ("tf1_session", "tf2_function", "tf2_xla")]
    assert sorted(sides) == sorted([*STEPS, *executed, *loops])
    assert [name for name in sides if not sides[name].times_us] == ["tf2_xla", *loops]


def test_ids_are_unique_and_edges_lead_to_them(sides):
    for left, right in combinations(sides, 2):
        for pane in panes(sides[left], sides[right]):
            nodes = drawn(pane)
            assert set(nodes) == set(pane.ids.values())
            assert len(nodes) == len(pane.side.graph_def.node)
            for node in pane.side.graph_def.node:
                edges = nodes[pane.ids[node.name]]["incomingEdges"]
                data = [pane.ids[node_of(tensor)] for tensor in node.input if not tensor.startswith("^")]
                assert [edge["sourceNodeId"] for edge in edges] == data


def test_nodes_of_the_node_map_have_one_id(sides, inspection):
    for left, right in permutations(("tf1_session", "tf2_eager", "tf2_function"), 2):
        ours, theirs = panes(sides[left], sides[right])
        assert len(inspection.rows) > 100
        for row in inspection.rows:
            assert ours.ids[row.nodes[left]] == theirs.ids[row.nodes[right]]


def test_written_and_executed_graphs_share_ids(sides):
    for name in ("tf1_session", "tf2_function"):
        written, executed = panes(sides[name], sides[f"{name}_executed"])
        kernel_of = runs_in(sides[name].graph_def, sides[f"{name}_executed"].graph_def)
        for node, kernel in kernel_of.items():
            assert {**written.twins, **written.kernels}[node] == kernel
            assert (written.ids[node] == executed.ids[kernel]) == (node in written.twins), node
        together = ["layer1/matmul", "layer1/BiasAdd", "layer1/Sigmoid"]
        assert {written.kernels.get(node) for node in together} == {kernel_of["layer1/matmul"]}
        assert [node in written.twins for node in together] == [False, False, True]
        # The nodes of the executed graph without a twin are those that nobody wrote.
        assert {node for node in executed.ids if executed.only_here(node)} == {"loss/Retval"}
        # Both executions are executed alike, so that their fused kernels are twins, too.
        ours, theirs = panes(sides["tf1_session_executed"], sides["tf2_function_executed"])
        assert ours.twins["layer1/Sigmoid"] == theirs.twins["layer1/Sigmoid"] == "layer1/Sigmoid"


def test_what_the_other_side_lacks_is_marked_in_colour_and_in_words(sides):
    for left, right in (("tf1_session", "tf2_function"), ("tf1_session", "tf1_session_executed")):
        for pane in panes(sides[left], sides[right]):
            nodes, words = drawn(pane), {ONLY_HERE: "only here", IN_A_KERNEL: "fused there"}
            for node, known in pane.ids.items():
                border = nodes[known].get("style", {}).get("borderColor")
                expected = ONLY_HERE if pane.only_here(node) else IN_A_KERNEL if node in pane.kernels else None
                assert border == expected
                said = nodes[known]["label"].split("\n")[-1]
                assert said == words[border] if border else said not in words.values()
                twin = attributes(nodes[known])["twin"]
                if node in pane.kernels:
                    assert twin.startswith(f"{pane.kernels[node]} in {pane.other.name}, one kernel for this and ")
                elif border:
                    assert twin.startswith(f"none; {pane.other.name} ")
                else:
                    assert twin == f"{pane.twins[node]} in {pane.other.name}"


def test_a_box_that_holds_a_node_only_here_is_marked_too(sides):
    session, function = panes(sides["tf1_session"], sides["tf2_function"])
    boxes = [
        [config["namespaceRegex"] for config in graph_json(pane)[0]["groupNodeConfigs"]] for pane in (session, function)
    ]
    in_the_gradients = ["^gradients$", "^gradients/grad_ys_0$", "^gradients/layer1$", "^gradients/layer1/matmul$"]
    assert boxes == [[*in_the_gradients, "^update$"], ["^gradients$", "^loss$"]]


def test_what_the_panel_says(sides):
    session, _ = panes(sides["tf1_session"], sides["tf2_function"])
    nodes = drawn(session)
    product = attributes(nodes["gradients/layer1/matmul/MatMul_1"])
    assert product["made by"].startswith("tf1_session.py:")
    assert product["made by"].endswith("gradients = Parameters(*tf.gradients(loss, list(parameters)))")
    assert product["NumPy"].startswith("numpy_manual.py:")
    assert "weights1=" in product["NumPy"]
    assert product["twin"] == "gradients/layer1/matmul/MatMul in tf2_function"
    assert "why" not in product
    unused = attributes(nodes["gradients/layer1/matmul/MatMul"])
    assert unused["why"].startswith("unused: no result needs it")
    assert unused["twin"] == "none; tf2_function has no such node"
    kernel = sides["tf1_session"].kernels["layer1/matmul"]
    assert attributes(nodes["layer1/matmul"]).get("kernel", "MatMul") == kernel
    assert attributes(nodes["weights1"])["op"] == "VarHandleOp"
    moment = attributes(next(node for key, node in nodes.items() if key == "update/add"))
    assert "optimizers.py:" in moment["made by"]


def test_shapes_stand_on_the_edges(sides):
    session, eager = panes(sides["tf1_session"], sides["tf2_eager"])
    shapes = [drawn(pane)["layer1/matmul"]["outputsMetadata"] for pane in (session, eager)]
    assert shapes == [[{"id": "0", "attrs": [{"key": "shape", "value": shape}]}] for shape in ("?x64", "64x64")]


def test_times_have_one_scale_for_both_panes(sides):
    both = panes(sides["tf1_session"], sides["tf2_function_executed"])
    slowest = most_us(both)
    times = [times_json(pane, slowest)[pane.side.name]["results"] for pane in both]
    values = [result["value"] for results in times for result in results.values()]
    assert max(values) == round(slowest, 1)
    for pane, results in zip(both, times, strict=True):
        assert set(results) == {pane.ids[node] for node in pane.side.times_us}
        for node, us in pane.side.times_us.items():
            assert results[pane.ids[node]]["bgColor"] == colour(us / slowest)
    assert (colour(0), colour(1)) == ("#ffffff", "#fb6a4a")


def test_control_edges_are_an_overlay_of_their_pane(sides):
    for pane in panes(sides["tf1_session"], sides["tf2_function"]):
        (graph,) = graph_json(pane)
        ((key, (overlays,)),) = graph["tasksData"].items()
        assert key == f"edgeOverlaysDataList{pane.position}Pane"
        waits = [
            (pane.ids[node_of(tensor)], pane.ids[node.name])
            for node in pane.side.graph_def.node
            for tensor in node.input
            if tensor.startswith("^")
        ]
        edges = overlays["overlays"][0]["edges"]
        assert [(edge["sourceNodeId"], edge["targetNodeId"]) for edge in edges] == waits
        assert len(waits) > 10


def test_one_file_an_execution_and_its_times(sides, tmp_path):
    both = panes(sides["tf1_session"], sides["tf2_xla"])
    write_files(both, tmp_path / "new" / "folder")
    written = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert written == ["tf1_session.json", "tf1_session_times.json", "tf2_xla.json"]
    data = address_data(both, "folder")
    assert [each["url"] for each in data["models"]] == ["folder/tf1_session.json", "folder/tf2_xla.json"]
    assert (data["nodeData"], data["nodeDataTargets"]) == (["folder/tf1_session_times.json"], ["tf1_session.json"])
    opened = [pane["deepestExpandedGroupNodeIds"] for pane in data["uiState"]["paneStates"]]
    assert opened == [["layer1___group___"]] * 2
    loops = address_data(panes(sides["tf1_session_loop"], sides["tf2_function_loop"]), "folder")
    opened = [pane["deepestExpandedGroupNodeIds"] for pane in loops["uiState"]["paneStates"]]
    assert opened == [["body/layer1___group___", "train_steps___group___"]] * 2


def test_a_folder_that_cannot_be_made_is_refused(sides, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match=r"logdir: got .*file/folder .*; allowed: a folder that can be written"):
        write_files(panes(sides["tf1_session"], sides["tf2_function"]), tmp_path / "file" / "folder")


def test_the_figures_of_the_tour(sides):
    session, function = panes(sides["tf1_session"], sides["tf2_function"])
    assert [sum(map(pane.only_here, pane.ids)) for pane in (session, function)] == [6, 2]
    written, _ = panes(sides["tf1_session"], sides["tf1_session_executed"])
    assert session.only_here("gradients/layer1/matmul/MatMul")
    assert written.only_here("gradients/layer1/matmul/MatMul")


def test_ids_are_equal_exactly_for_twins(sides):
    for left, right in combinations(sides, 2):
        ours, theirs = panes(sides[left], sides[right])
        assert set(ours.ids.values()) & set(theirs.ids.values()) == {ours.ids[node] for node in ours.twins}


def test_the_slowest_node_of_both_sides_sets_the_scale(sides):
    both = panes(sides["tf1_session"], sides["tf2_eager"])
    assert most_us(both) == most_us(both[::-1])
    assert most_us(both) == max(max(pane.side.times_us.values()) for pane in both)


def test_an_edge_says_which_output_it_comes_from(sides):
    pane, _ = panes(sides["tf1_session"], sides["tf2_function"])
    nodes = drawn(pane)
    numbers = set()
    for node in pane.side.graph_def.node:
        tensors = [tensor for tensor in node.input if not tensor.startswith("^")]
        found = [edge["sourceNodeOutputId"] for edge in nodes[pane.ids[node.name]]["incomingEdges"]]
        assert found == [tensor.partition(":")[2] or "0" for tensor in tensors]
        numbers |= set(found)
    assert numbers == {"0", "1"}  # the loss kernel has its gradient as a second output
