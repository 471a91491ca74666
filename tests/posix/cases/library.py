# What the standard library builds on all this.


@case
def temporary_files():
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
        file.seek(0)
        first = file.read()
    with tempfile.NamedTemporaryFile(dir=".") as file:
        listed = len(names()), mode(file.name)
    with tempfile.TemporaryDirectory(dir=".") as path:
        inside = mode(path), names(path)
    return first, listed, inside, names()


@case
def made_temporary_names():
    fd, path = tempfile.mkstemp(dir=".", suffix=".txt")
    return os.path.basename(path).endswith(".txt"), mode(path), mode(tempfile.mkdtemp(dir="."))


@case
def temporary_directory_is_open_to_all():
    path = tempfile.gettempdir()
    return os.path.isdir(path), os.access(path, os.R_OK | os.W_OK | os.X_OK)


@case
def copies():
    import shutil
    make("f", b"hello", 0o640)
    os.utime("f", ns=(1_000_000_000, 2_000_000_000))
    shutil.copyfile("f", "a")
    shutil.copy("f", "b")
    shutil.copy2("f", "c")
    return content("a"), mode("a"), mode("b"), mode("c"), os.stat("c").st_mtime_ns, os.stat("b").st_mtime_ns == 2_000_000_000


@case
def copies_of_trees():
    import shutil
    os.makedirs("d/e")
    make("d/f", b"1")
    make("d/e/g", b"2", 0o600)
    os.symlink("f", "d/l")
    shutil.copytree("d", "t", symlinks=True)
    return names("t"), content("t/e/g"), mode("t/e/g"), os.readlink("t/l"), answer(shutil.copytree, "d", "t")


@case
def removal_of_trees():
    import shutil
    os.makedirs("d/e/f")
    make("d/e/g")
    os.symlink("/", "d/l")
    shutil.rmtree("d")
    return names(), answer(shutil.rmtree, "d"), answer(shutil.rmtree, "d", ignore_errors=True)


@case
def moves():
    import shutil
    make("f", b"x")
    os.mkdir("d")
    shutil.move("f", "d")
    shutil.move("d", "e")
    return names(), names("e")


@case
def disk_usage():
    import shutil
    usage = shutil.disk_usage(".")
    return usage.total >= usage.free > 0


@case
def paths():
    import pathlib
    path = pathlib.Path("a/b")
    path.mkdir(parents=True)
    (path / "f.txt").write_text("hello")
    (path / "g.py").touch()
    (path / "l").symlink_to("f.txt")
    return (sorted(str(p) for p in pathlib.Path(".").rglob("*")), (path / "l").read_text(), (path / "l").resolve().name, (path / "f.txt").stat().st_size,
            path.is_dir(), (path / "g.py").exists(), sorted(p.name for p in path.iterdir()), answer(path.rmdir))


@case
def globbing():
    import glob
    os.makedirs("d/e")
    for name in ("a.txt", "b.txt", ".c.txt", "d/x.txt", "d/e/y.txt"):
        make(name)
    return sorted(glob.glob("*.txt")), sorted(glob.glob("**/*.txt", recursive=True)), glob.glob("[ab].txt", root_dir=".") != [], sorted(glob.glob("d/*/"))


@case
def archives():
    import tarfile
    import zipfile
    os.mkdir("d")
    make("d/f", b"hello" * 100, 0o640)
    os.utime("d/f", (1_000_000_000, 1_000_000_000))
    with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write("d/f")
    with tarfile.open("t.tar.gz", "w:gz") as archive:
        archive.add("d")
    with zipfile.ZipFile("z.zip") as archive:
        archive.extractall("from_zip")
    with tarfile.open("t.tar.gz") as archive:
        archive.extractall("from_tar", filter="data")
    return content("from_zip/d/f") == b"hello" * 100, content("from_tar/d/f") == b"hello" * 100, mode("from_tar/d/f"), os.stat("from_tar/d/f").st_mtime


@case
def databases():
    import sqlite3
    connection = sqlite3.connect("data.db")
    connection.execute("create table t(a, b)")
    with connection:
        connection.executemany("insert into t values(?, ?)", [(n, "x" * n) for n in range(500)])
    try:
        with connection:
            connection.execute("delete from t")
            raise KeyError
    except KeyError:
        pass
    count = connection.execute("select count(*), sum(length(b)) from t").fetchone()
    connection.execute("vacuum")
    connection.close()
    again = sqlite3.connect("data.db")
    return count, again.execute("select max(a) from t").fetchone(), names()


@case
def simple_databases():
    import dbm.dumb
    with dbm.dumb.open("d", "c") as database:
        database["key"] = "value"
    with dbm.dumb.open("d", "r") as database:
        return database["key"], names()


@case
def shelves_and_pickles():
    import pickle
    with open("f", "wb") as file:
        pickle.dump({"a": [1, 2, 3]}, file)
    with open("f", "rb") as file:
        return pickle.load(file)


@case
def rotating_logs():
    import logging.handlers
    handler = logging.handlers.RotatingFileHandler("log", maxBytes=100, backupCount=2)
    logger = logging.Logger("own")
    logger.addHandler(handler)
    for number in range(20):
        logger.warning("message number %d", number)
    handler.close()
    return names(), content("log").splitlines()[-1]


@case
def file_comparison():
    import filecmp
    make("a", b"same")
    make("b", b"same")
    make("c", b"other")
    return filecmp.cmp("a", "b", shallow=False), filecmp.cmp("a", "c", shallow=False)


@case
def lines_across_files():
    import fileinput
    make("a", b"1\n2\n")
    make("b", b"3\n")
    with fileinput.input(["a", "b"]) as lines:
        seen = [(line.strip(), lines.filename(), lines.filelineno()) for line in lines]
    with fileinput.input(["a"], inplace=True) as lines:
        for line in lines:
            print("changed", line, end="")
    return seen, content("a")


@case
def encodings_and_newlines():
    with open("f", "w", encoding="utf-16", newline="\r\n") as file:
        file.write("\u00e4\n\u65e5\n")
    with open("f", encoding="utf-16") as file:
        text = file.read()
    with open("f", encoding="utf-16", newline="") as file:
        return text, file.read(), os.stat("f").st_size


@case
def modules_from_files():
    import importlib
    make("own_module.py", b"value = 41 + 1\n")
    sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module("own_module")
        return module.value, os.path.basename(module.__file__)
    finally:
        sys.path.pop(0)
        sys.modules.pop("own_module", None)


@case
def environment():
    os.environ["CASE_VARIABLE"] = "one"
    first = os.getenv("CASE_VARIABLE"), os.path.expandvars("$CASE_VARIABLE/x")
    del os.environ["CASE_VARIABLE"]
    return first, os.getenv("CASE_VARIABLE"), answer(os.putenv, "", "x"), answer(os.putenv, "a=b", "x"), answer(os.unsetenv, "a=b")
