"""What stops a run; trouble that is survived is a ``model.Issue`` instead."""


class ScannerError(Exception):
    """Base of all; its text is one sentence that names what, where and why."""

    exit_code = 2


class SourceError(ScannerError):
    """An input that cannot be read; caught for each file, so that the others are still scanned."""

    exit_code = 3


class PatternError(ScannerError):
    """A pattern pack that is not well formed or fails its own examples."""


class PolicyError(ScannerError):
    """A policy file that is not well formed."""


class PluginError(ScannerError):
    """A plugin that does not fit its protocol."""


class OutputError(ScannerError):
    """A report that cannot be written."""

    exit_code = 4
