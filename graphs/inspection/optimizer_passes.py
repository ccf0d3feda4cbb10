"""The passes of TensorFlow's graph optimizer, Grappler, and the options that switch each of them.

Sources: tensorflow/core/protobuf/rewriter_config.proto, and tf.config.optimizer.set_experimental_options.
"""

# Those that can be switched for functions as well as for sessions, in the order in which Grappler runs them. The option
# has the name of the pass. Grappler has more: common_subgraph_elimination and memory_optimization have an option for
# sessions alone; what the first did here it did only together with arithmetic_optimization.
PASSES = {
    "model_pruning": "drops what nothing needs",
    "implementation_selector": "picks a function's implementation",
    "function_optimization": "inlines functions",
    "constant_folding": "computes what depends on no input",
    "shape_optimization": "simplifies arithmetic on shapes",
    "arithmetic_optimization": "simplifies, and computes twins once",
    "layout_optimizer": "changes the memory layout of images",
    "remapping": "fuses neighbours into one kernel",
    "loop_optimization": "moves what never changes out of loops",
    "dependency_optimization": "drops control edges and idle nodes",
}
# This one has its option the other way round.
OPTION_OF_PRUNING = "disable_model_pruning"


def only(name):
    """The options that switch every pass off but one."""
    return {_option(each): (each == name) != (each == "model_pruning") for each in PASSES}


def all_but(name):
    """The options that switch one pass off."""
    return {_option(name): name == "model_pruning"}


def option_of(name):
    """How a pass is switched off, as a reader would write it."""
    return f"{_option(name)}={all_but(name)[_option(name)]}"


def _option(name):
    return OPTION_OF_PRUNING if name == "model_pruning" else name
