"""ctypes: libraries loaded, functions looked up and called that reach no system."""
import ctypes
import ctypes.util

library = ctypes.CDLL("libm.so.6")
library.cos.restype, library.cos.argtypes = ctypes.c_double, [ctypes.c_double]
assert library.cos(0.0) == 1.0
ctypes.util.find_library("c")
try:
    ctypes.CDLL("no_such_library.so")
except OSError:
    pass
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 3)(3, 1, 2)
ctypes.CDLL(None).qsort(numbers, 3, 4, CALLBACK(lambda a, b: a[0] - b[0]))
assert list(numbers) == [1, 2, 3]
