"""A variable, a queue or a data set that was fed an array may share its memory, and see what you write there later

Theme: Graphs and sessions
Symptom: weights loaded from a reused buffer change after the run; two variables end up with the same values; it happens
    in one run and not in the next, for about one small array in four.
Answer: feed a copy that nobody writes to: {placeholder: array.copy()}. Shared is what begins at a multiple of 64 bytes.
    Of small arrays that is about one in four; for large ones it depends on the memory manager.
Threads: tensorflow 17233, 17315

    $ .venv/bin/python examples/pitfalls/variable_shares_the_fed_array.py
    wrong  variable.assign: 2.0 if the array is aligned to 64 bytes, 1.0 if not
    right  variable.assign of a copy: 1.0
    wrong  variable.load: 2.0 if the array is aligned to 64 bytes, 1.0 if not
    right  variable.load of a copy: 1.0
    wrong  queue.enqueue: 2.0 if the array is aligned to 64 bytes, 1.0 if not
    right  queue.enqueue of a copy: 1.0
    wrong  from_tensor_slices: 2.0 if the array is aligned to 64 bytes, 1.0 if not
    right  from_tensor_slices of a copy: 1.0
    right  assign to a reference variable: 1.0
    right  after a step the variable holds 0.0, the array still 1.0
    wrong  of 40 arrays of NumPy's, ... were shared: those aligned to 64 bytes
    right  eager assign: 1.0

Why: on a CPU a session does not copy an array that is aligned as TensorFlow needs it. Within the run that is safe. But
    an operation that keeps its input, such as the assignment to a resource variable, keeps the array's memory; so do
    load(), an enqueue and the iterator of a data set. A training step puts the variable in new memory and does not
    write to the array. TensorFlow 1.15.5 did the same, but its default, the reference variable, copies when it is
    assigned; TensorFlow 2.21 makes resource variables unless it is told otherwise. Eager execution copies.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1


def ones(offset):
    """An array of four ones, float32, that begins so many bytes after a multiple of 64."""
    room = np.zeros(4 * 4 + 128, "uint8")
    start = -room.ctypes.data % 64 + offset
    array = room[start : start + 4 * 4].view("float32")
    array[:] = 1
    return array


def kept(keep, give, array):
    """What give returns, where keep was given the array, and the array was then overwritten with 2."""
    keep(array)
    array[:] = 2
    return session.run(give).flat[0].item()


with tf1.Graph().as_default(), tf1.Session() as session:
    inputs = tf1.placeholder(tf.float32, (4,))
    variable = tf1.Variable(tf.zeros(4))  # in 2.21: use_resource=True
    reference = tf1.Variable(tf.zeros(4), use_resource=False)
    queue = tf1.FIFOQueue(1, tf.float32, (4,))
    iterator = tf1.data.make_initializable_iterator(tf1.data.Dataset.from_tensor_slices(inputs))
    step = variable.assign_sub(tf.ones(4)).op

    def fed(operation):
        return lambda array: session.run(operation, {inputs: array})

    keepers = {
        "variable.assign": (fed(variable.assign(inputs).op), variable),
        "variable.load": (lambda array: variable.load(array, session), variable),
        "queue.enqueue": (fed(queue.enqueue(inputs)), queue.dequeue()),
        "from_tensor_slices": (fed(iterator.initializer), iterator.get_next()),
    }

    # %% The wrong way: feed an array of ones and overwrite it with 2. The right way: feed a copy.
    for name, (keep, give) in keepers.items():
        aligned, elsewhere = kept(keep, give, ones(0)), kept(keep, give, ones(16))
        copied = kept(lambda array, keep=keep: keep(array.copy()), give, ones(0))
        print(f"wrong  {name}: {aligned} if the array is aligned to 64 bytes, {elsewhere} if not")
        print(f"right  {name} of a copy: {copied}")
        assert (aligned, elsewhere, copied) == (2, 1, 1)

    # %% A reference variable copies. A training step leaves the array alone.
    value = kept(fed(reference.assign(inputs).op), reference, ones(0))
    print(f"right  assign to a reference variable: {value}")
    assert value == 1
    array = ones(0)
    variable.load(array, session)
    session.run(step)
    print(f"right  after a step the variable holds {session.run(variable)[0]}, the array still {array[0]}")
    assert session.run(variable)[0] == 0
    assert array[0] == 1

    # %% Why it happens now and then: where NumPy's arrays begin.
    arrays = [np.ones(4, "float32") for _ in range(40)]  # all alive at once, so at 40 places
    shared = [kept(*keepers["variable.assign"], array) == 2 for array in arrays]
    print(f"wrong  of 40 arrays of NumPy's, {sum(shared)} were shared: those aligned to 64 bytes")
    assert shared == [array.ctypes.data % 64 == 0 for array in arrays]

# %% The right way in eager execution: assign copies.
variable = tf.Variable(tf.zeros(4))
array = ones(0)
variable.assign(array)
array[:] = 2
print(f"right  eager assign: {variable.numpy()[0]}")
assert variable.numpy()[0] == 1
