"""pip installs a wheel from a file into a folder, without any network."""
import base64
import hashlib
import pathlib
import subprocess
import sys
import zipfile

FILES = {"sample/__init__.py": "VALUE = 42\n", "sample-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n",
         "sample-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: audit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
with zipfile.ZipFile("sample-1.0-py3-none-any.whl", "w") as wheel:
    lines = []
    for name, text in FILES.items():
        wheel.writestr(name, text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(text)}")
    wheel.writestr("sample-1.0.dist-info/RECORD", "\n".join([*lines, "sample-1.0.dist-info/RECORD,,"]) + "\n")
import ensurepip

bundled = next(pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
command = [sys.executable, f"{bundled}/pip", "install", "--no-index", "--no-deps", "--target", "site", "sample-1.0-py3-none-any.whl"]
subprocess.run(command, check=True, capture_output=True)
sys.path.insert(0, "site")
import sample

assert sample.VALUE == 42
