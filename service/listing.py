"""The forms as text, for `gouji forms`."""

from forms.form import load_forms
from forms.show import describe_form


def list_forms() -> str:
    """Every form known, one after the other, an empty line between them.

    Raises:
        FormError: A form's file is wrong.
    """
    return "\n\n".join(describe_form(form) for form in load_forms())
