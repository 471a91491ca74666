"""Random bytes in every way."""
import os
import random
import secrets
import ssl
import uuid

assert len(os.urandom(100)) == 100
assert len(os.getrandom(16)) == 16
random.SystemRandom().random()
random.seed()
secrets.token_hex()
uuid.uuid4()
uuid.uuid1()
ssl.RAND_bytes(16)
