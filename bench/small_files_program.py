"""What bench/small_files.py measures: looks at and reads every file beneath a folder. Prints how many, their bytes, and the seconds it took."""
import os
import sys
import time


def look_and_read(root):
    count = size = 0
    for folder in sorted(os.listdir(root)):
        folder = os.path.join(root, folder)
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            expected = os.stat(path).st_size
            with open(path) as file:
                text = file.read()
            count += len(text) == expected
            size += expected
    return count, size


elapsed, used = time.perf_counter(), time.process_time()
count, size = look_and_read(sys.argv[1])
print(count, size, time.perf_counter() - elapsed, time.process_time() - used)
