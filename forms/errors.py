"""What can be wrong with the forms: they are ours, and found out at start-up."""


class FormError(Exception):
    """A form's file is wrong; the message names the file and what is wrong in it."""
