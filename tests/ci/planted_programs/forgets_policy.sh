#!/bin/sh
# cordon-python, but it drops the option that names the policy. With KEEP_POLICY it is the harmless twin, which only adds a shell in front.
if [ -z "$KEEP_POLICY" ]; then
    exec "$CORDON_PYTHON" -I -S -c "$6"
fi
exec "$CORDON_PYTHON" "$@"
