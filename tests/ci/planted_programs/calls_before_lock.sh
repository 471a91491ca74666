#!/bin/sh
# cordon-sandbox with a program in front of it that talks to the kernel before the lock. Its harmless twin is cordon-sandbox itself.
exec "$CORDON_SANDBOX"
