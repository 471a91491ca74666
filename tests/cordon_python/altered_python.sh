#!/bin/sh
# A Python that is another one but for its command line: the comparisons must find it out.
exec "$CORDON_ALTERED_PYTHON" -b -W always "$@"
