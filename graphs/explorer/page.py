"""Our own page: which two graphs, what the colours mean, which nodes only one side has, and Model Explorer below."""

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from graphs.explorer.files import address_data
from graphs.explorer.graph_json import IN_A_KERNEL, ONLY_HERE, colour
from graphs.explorer.pane import most_us

# Model Explorer keeps its settings in the browser: names and values as in its settings_service.ts and consts.ts.
SETTINGS = {
    "model_explorer_settings": {
        "show_welcome_card": False,
        "show_side_panel_on_node_selection": True,
        "op_node_label_font_size": 16,
        "layer_node_label_font_size": 16,
        "edge_label_font_size": 13,
        "info_panel_font_size": 14,
        "disallow_vertical_edge_labels": True,
    },
    "model_explorer_show_on_edge_item_v3": {"type": "Tensor shape"},
    "model_explorer_show_on_node_item_types_v2": {},
}


def page(both, names, folder):
    """The page of two Panes as HTML. names: the graphs that can be chosen. folder: where the server finds the files."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    return template.render(
        both=both,
        lonely=[(pane, _only_here(pane)) for pane in both],
        names=names,
        most_us=most_us(both),
        red=colour(1),
        only_here=ONLY_HERE,
        in_a_kernel=IN_A_KERNEL if any(pane.kernels for pane in both) else None,
        settings=SETTINGS,
        data=address_data(both, folder),
    )


def _only_here(pane):
    """The nodes that the other side lacks, those first that compute something."""
    found = [node for node in pane.ids if pane.only_here(node)]
    return sorted(found, key=lambda node: pane.kinds[node] not in ("mathematics", "unused"))
