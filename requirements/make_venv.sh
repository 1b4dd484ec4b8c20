#!/bin/sh
# Make .venv in the current folder; install what Debian is missing for that, or say how.
set -eu

find_python() {
    for candidate in python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

# The Debian packages that are missing, for one apt-get.
find_missing() {
    python=$(find_python)
    if [ -z "$python" ]; then
        # Without a Python the libraries cannot be tried: ask for all.
        echo "python3.11 python3.11-venv libgl1 libglib2.0-0"
        return
    fi
    "$python" - <<'PYTHON'
import ctypes
import importlib.util


def loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


# Debian takes ensurepip out of python3.11 and OpenCV's wheel leaves these libraries to the system.
missing = [] if importlib.util.find_spec("ensurepip") else ["python3.11-venv"]
missing += [] if loads("libGL.so.1") else ["libgl1"]
missing += [] if loads("libgthread-2.0.so.0") and loads("libglib-2.0.so.0") else ["libglib2.0-0"]
print(*missing)
PYTHON
}

missing=$(find_missing)
if [ -n "$missing" ]; then
    # Unquoted: one word a package.
    # shellcheck disable=SC2086
    sh requirements/install_debian.sh $missing
    missing=$(find_missing)
    if [ -n "$missing" ]; then
        echo "Gouji still lacks $missing after installing: it needs Python 3.11 and OpenCV's libraries." >&2
        exit 1
    fi
fi
"$(find_python)" -m venv --clear .venv
