"""What can go wrong with the models.

ModelError            the operator must act
├── MissingWeights    a weight file is not where its package should have put it
├── CorruptWeights    a weight file is not the one that this version was built for
└── BadModelInput     the caller passed an array that the model cannot take (a bug)
"""


class ModelError(Exception):
    """A model cannot be loaded or run; the message says what the operator can do."""


class MissingWeights(ModelError):
    """A weight file is missing: the package that carries it is not installed."""


class CorruptWeights(ModelError):
    """A weight file's SHA-256 is not the expected one."""


class BadModelInput(ModelError):
    """An image has the wrong shape or type; this is a fault of the calling code."""
