"""A loaded function does not keep its module, and the variables go with the module

Theme: Files and logs
Symptom: "AssertionError: Called a function referencing variables which have been deleted", after
    function = tf.saved_model.load(path).function, or after a helper that returned only the function.
Answer: keep the module in a name as long as its function is in use: module = tf.saved_model.load(path).

    $ .venv/bin/python examples/pitfalls/loaded_model_deleted.py
    wrong  the loaded module is not kept:
      AssertionError: Called a function referencing variables which have been deleted. This likely means
        that function-local variables were created and not referenced elsewhere in the program. This is
        generally a mistake; consider storing variables in an object attribute on first call.
    right  the loaded module is kept: 6.0

Why: a graph refers to its variables weakly. What holds them is the loaded module; when no name holds the module,
    Python deletes both, and the function that is left has a graph without variables. A function that you wrote
    yourself is safer: its Python code refers to the variable. In TensorFlow 1 the values live in the session.
"""

import tempfile

from graphs.lesson import fails

import tensorflow as tf

x = tf.constant(3.0)
module = tf.Module()
module.scale = tf.Variable(2.0)
module.function = tf.function(lambda x: x * module.scale, input_signature=[tf.TensorSpec(())])

with tempfile.TemporaryDirectory() as folder:
    tf.saved_model.save(module, folder)

    # %% The wrong way: the loaded module has no name, so it is gone before its function runs.
    function = tf.saved_model.load(folder).function
    print("wrong  the loaded module is not kept:")
    with fails(AssertionError, "Called a function referencing variables which have been deleted."):
        function(x)

    # %% The right way: keep the module.
    loaded = tf.saved_model.load(folder)
    print("right  the loaded module is kept:", loaded.function(x).numpy())
    assert loaded.function(x) == 6
