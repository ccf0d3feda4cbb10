"""What every test needs: quiet TensorFlow, small networks, batches that suit them."""

import os

# Read by TensorFlow when it is imported; the tests print their own findings.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
