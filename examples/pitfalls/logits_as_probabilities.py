"""A perfect prediction gets a loss of 16.1 because logits are taken for probabilities

Theme: Losses
Symptom: the loss stands at about 16.1, does not fall, or is NaN in the first step. The model's last layer has no
    softmax, and the loss is CategoricalCrossentropy() with its default from_logits=False.
Answer: CategoricalCrossentropy(from_logits=True), or a softmax as the last layer: 16.118 becomes 0.0004.
Threads: keras 11801; LPCNet 97; transformers 3389

    $ .venv/bin/python examples/pitfalls/logits_as_probabilities.py
    wrong  a perfect prediction: loss 16.1181, largest gradient 0.0000
    wrong  the opposite prediction: loss 16.1181
    wrong  all logits 0: loss nan
    right  a perfect prediction: loss 0.0004, largest gradient 0.0004
    right  the opposite prediction: loss 12.1972, largest gradient 1.0000
    right  all logits 0: loss 2.3026, which is log(10)

Why: Keras divides what it takes for probabilities by their sum, clips them to 1e-7 .. 1 - 1e-7, and takes the
    logarithm. Logits may be negative, and so may their sum: then the right class gets a negative share, which is
    clipped to 1e-7, and -log(1e-7) is 16.118. Where it clips, the gradient is 0, so training stands still. Logits that
    are all 0, as from a last layer that starts at zero, give 0/0.
"""

from graphs.system.quiet_tensorflow import import_tensorflow_quietly

import_tensorflow_quietly()

import numpy as np
import tensorflow as tf

target = tf.one_hot(0, 10)
perfect = tf.constant([5.0] + 9 * [-5.0])  # the right class is exp(10), some 22,000, times as likely as any other


def loss_and_gradient(logits, from_logits):
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.keras.losses.CategoricalCrossentropy(from_logits=from_logits)(target, logits)
    return loss.numpy(), tape.gradient(loss, logits).numpy()


# %% The wrong way: the loss is the highest there is, and the gradient is zero.
loss, gradient = loss_and_gradient(perfect, from_logits=False)
print(f"wrong  a perfect prediction: loss {loss:.4f}, largest gradient {abs(gradient).max():.4f}")
assert np.isclose(loss, -np.log(1e-7))
assert not gradient.any()

loss, gradient = loss_and_gradient(-perfect, from_logits=False)
print(f"wrong  the opposite prediction: loss {loss:.4f}")
assert np.isclose(loss, -np.log(1e-7))

loss, _ = loss_and_gradient(tf.zeros(10), from_logits=False)
print(f"wrong  all logits 0: loss {loss:.4f}")
assert np.isnan(loss)

# %% The right way: say that these are logits.
loss, gradient = loss_and_gradient(perfect, from_logits=True)
print(f"right  a perfect prediction: loss {loss:.4f}, largest gradient {abs(gradient).max():.4f}")
assert np.isclose(loss, np.log1p(9 * np.exp(-10)), rtol=1e-3)
loss, gradient = loss_and_gradient(-perfect, from_logits=True)
print(f"right  the opposite prediction: loss {loss:.4f}, largest gradient {abs(gradient).max():.4f}")
assert loss > 10
loss, _ = loss_and_gradient(tf.zeros(10), from_logits=True)
print(f"right  all logits 0: loss {loss:.4f}, which is log(10)")
assert np.isclose(loss, np.log(10))
