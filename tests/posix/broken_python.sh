#!/bin/sh
# A Python whose os.rename does nothing: the comparison of the POSIX cases must notice.
interpreter=$1
{ echo 'import os; os.rename = lambda *arguments, **named: None'; cat; } | exec "$interpreter" -
