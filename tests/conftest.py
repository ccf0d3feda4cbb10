"""What every test needs: a TensorFlow that keeps quiet."""

import os

# Read by TensorFlow when it is imported; the tests print their own findings.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
