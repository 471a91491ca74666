"""Writes what sysconfig reads; hides the build folder's paths from the image, so that it is the same wherever it was built."""
import pathlib
import pprint
import re
import sysconfig
from sysconfig.__main__ import _parse_makefile

from collect import PackError


def source_of(build):
    """The source tree that a build folder was configured from."""
    makefile = build / "Makefile"
    if not makefile.is_file():
        raise PackError(f"{build} is not the build folder of a CPython: it has no Makefile")
    srcdir = re.search(r"^srcdir=\s*(\S+)", makefile.read_text(encoding="utf-8"), re.MULTILINE)[1]
    return (build / srcdir).resolve()


def read_variables(build):
    variables = {}
    _parse_makefile(str(build / "Makefile"), variables)
    with open(build / "pyconfig.h", encoding="utf-8") as header:
        sysconfig.parse_config_h(header, variables)
    return variables


def without_build_paths(value, replacements):
    if not isinstance(value, str):
        return value
    for path, instead in replacements:
        value = value.replace(path, instead)
    return value


def module_name(variables):
    """As sysconfig asks for it: _sysconfigdata_<abiflags>_<platform>_<multiarch>."""
    return f"_sysconfigdata_{variables.get('ABIFLAGS', '')}_{variables.get('MACHDEP', 'linux')}_{variables.get('MULTIARCH', '')}"


def sysconfig_files(build, source, prefix):
    """{path in the image: bytes}: the _sysconfigdata module and pyconfig.h."""
    version = "3." + prefix.rpartition("python3.")[2]
    sources = f"/usr/src/python{version}"
    known = ((build, f"{prefix}/config"), (source, sources), (source_of(build), sources))
    replacements = [(str(path), instead) for folder, instead in known for path in (folder.absolute(), folder.resolve())]
    variables = {name: without_build_paths(value, replacements) for name, value in read_variables(build).items()}
    # What else names the builder's folders (compilers, flags) says nothing inside the sandbox.
    private = {str(folder) for folder in (build.resolve().parent, source_of(build).parent, pathlib.Path.home()) if folder != folder.parent}
    for name, value in variables.items():
        if isinstance(value, str) and any(folder in value for folder in private):
            variables[name] = ""
    text = "# What the interpreter was built with; read by sysconfig.\nbuild_time_vars = " + pprint.pformat(variables, width=120) + "\n"
    return {
        f"{prefix}/{module_name(variables)}.py": text.encode(),
        f"/usr/include/python{version}/pyconfig.h": (build / "pyconfig.h").read_bytes(),
    }
