# Added for the sandbox: OpenSSL is not there, which otherwise supplies this function.
if "pbkdf2_hmac" not in globals():
    __all__ += ("pbkdf2_hmac",)

    def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
        """Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."""
        block_size = new(hash_name).block_size
        if iterations < 1:
            raise ValueError("iteration value must be greater than 0.")
        if dklen is not None and dklen < 1:
            raise ValueError("key length must be greater than 0.")
        password = bytes(memoryview(password))
        if len(password) > block_size:
            password = new(hash_name, password).digest()
        password += bytes(block_size - len(password))
        inner = new(hash_name, password.translate(bytes(byte ^ 0x36 for byte in range(256))))
        outer = new(hash_name, password.translate(bytes(byte ^ 0x5C for byte in range(256))))
        size = dklen or inner.digest_size

        def authenticate(message):
            first, second = inner.copy(), outer.copy()
            first.update(message)
            second.update(first.digest())
            return second.digest()

        derived = b""
        while len(derived) < size:
            block = authenticate(bytes(memoryview(salt)) + (len(derived) // inner.digest_size + 1).to_bytes(4, "big"))
            total = int.from_bytes(block, "big")
            for _ in range(iterations - 1):
                block = authenticate(block)
                total ^= int.from_bytes(block, "big")
            derived += total.to_bytes(inner.digest_size, "big")
        return derived[:size]
