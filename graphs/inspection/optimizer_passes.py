"""The passes of TensorFlow's graph optimizer, Grappler, and the options that switch them.

Sources: tensorflow/core/protobuf/rewriter_config.proto, and tf.config.optimizer.set_experimental_options.
"""

# The passes that both functions and sessions can switch, in the order in which Grappler runs them. Each option has the
# name of its pass. Other passes, common_subgraph_elimination and memory_optimization, have an option for sessions only;
# the first had an effect here only together with arithmetic_optimization.
PASSES = {
    "model_pruning": "drops unused nodes",
    "implementation_selector": "picks a function's implementation",
    "function_optimization": "inlines functions",
    "constant_folding": "precomputes what needs no input",
    "shape_optimization": "simplifies arithmetic on shapes",
    "arithmetic_optimization": "simplifies and merges identical ops",
    "layout_optimizer": "changes the memory layout of images",
    "remapping": "fuses neighbours into one kernel",
    "loop_optimization": "moves invariant nodes out of loops",
    "dependency_optimization": "drops control edges and idle nodes",
}
# This option is inverted: True switches its pass off.
OPTION_OF_PRUNING = "disable_model_pruning"


def only(name):
    """The options that switch off every pass but one."""
    return {_option(each): (each == name) != (each == "model_pruning") for each in PASSES}


def all_but(name):
    """The options that switch one pass off."""
    return {_option(name): name == "model_pruning"}


def option_of(name):
    """The option that switches a pass off, as Python code: remapping=False."""
    return f"{_option(name)}={all_but(name)[_option(name)]}"


def _option(name):
    return OPTION_OF_PRUNING if name == "model_pruning" else name
