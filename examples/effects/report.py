"""A report over pages that somebody else fetches: each http.get is an effect, which leaves this program suspended, in the middle of a loop, until its answer comes."""
import json
import time

import cordon

began = time.time()
total = 0
for page in ("/orders/1", "/orders/2"):
    try:
        answer = cordon.call("http.get", page, timeout=30)
    except cordon.HostError as error:
        print(f"{page}: {error.message}")
        continue
    body = json.loads(answer["body"])
    total += body["sum"]
    print(f"{page}: status {answer['status']}, {body['sum']}")
print(f"together {total}, after {int(time.time() - began)} s")
