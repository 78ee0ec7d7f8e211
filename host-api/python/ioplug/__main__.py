# SPDX-License-Identifier: Apache-2.0
"""The command `ioplug` of a wheel that has it inside: `ioplug ...` or `python -m ioplug ...`."""
import os
import sys


def main() -> None:
    """Becomes the command, with the arguments of this process. Ends the process with the code 11 if the package has none."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "ioplug")
    if not os.access(program, os.X_OK):
        print("ioplug: plugin: this package has no command inside: only a wheel of host-api/packaging/build-wheel has",
              file=sys.stderr)
        sys.exit(11)
    os.execv(program, ["ioplug", *sys.argv[1:]])


if __name__ == "__main__":
    main()
