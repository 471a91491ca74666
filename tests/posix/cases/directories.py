# Directories: making, removing, listing, standing in them.


@case
def made_and_removed():
    os.mkdir("d", 0o750)
    return kind("d"), mode("d"), answer(os.mkdir, "d"), answer(os.rmdir, "d"), answer(os.rmdir, "d"), names()


@case
def link_counts():
    counts = [os.stat(".").st_nlink]
    os.mkdir("d")
    counts.append(os.stat("d").st_nlink >= 1)
    os.mkdir("d/e")
    os.rmdir("d/e")
    os.rmdir("d")
    counts.append(os.stat(".").st_nlink == counts[0])
    return counts[1:]


@case
def not_empty():
    os.mkdir("d")
    make("d/f")
    refused = answer(os.rmdir, "d")
    os.unlink("d/f")
    return refused, answer(os.rmdir, "d")


@case
def dots():
    os.makedirs("d/e")
    return answer(os.rmdir, "d/."), answer(os.rmdir, "d/e/.."), answer(os.mkdir, "."), answer(os.mkdir, ".."), answer(os.mkdir, "d/e/."), answer(os.mkdir, "/")


@case
def removal_of_the_wrong_kind():
    make("f")
    os.mkdir("d")
    return answer(os.rmdir, "f"), answer(os.unlink, "d"), answer(os.remove, "d"), answer(os.unlink, "f/"), answer(os.rmdir, "f/"), names()


@case
def trailing_slashes():
    return answer(os.mkdir, "d/"), answer(os.mkdir, "e//"), kind("d///"), answer(os.rmdir, "d/"), names()


@case
def through_a_file():
    make("f")
    return answer(os.mkdir, "f/d"), answer(os.stat, "f/.."), answer(os.listdir, "f"), answer(os.chdir, "f"), answer(os.stat, "f/.")


@case
def listing():
    for name in ("b", "a", ".hidden", "c d"):
        make(name)
    os.mkdir("dir")
    return names(), names("dir"), answer(os.listdir, "no")


@case
def listing_by_descriptor():
    make("f")
    fd = os.open(".", os.O_RDONLY)
    return os.listdir(fd), os.listdir(fd)


@case
def scanning_says_kinds():
    make("f", b"abc")
    os.mkdir("d")
    os.symlink("f", "l")
    os.symlink("no", "broken")
    os.mkfifo("p")
    with os.scandir() as entries:
        return sorted((e.name, e.is_file(), e.is_dir(), e.is_symlink(), e.is_file(follow_symlinks=False), e.inode() == os.lstat(e.name).st_ino)
                      for e in entries)


@case
def scanning_while_removing():
    for number in range(500):
        make(f"f{number}")
    seen = []
    with os.scandir() as entries:
        for entry in entries:
            seen.append(entry.name)
            os.unlink(entry.name)
    return len(seen), len(set(seen)), names()


@case
def many_files():
    for number in range(2000):
        make(f"f{number}")
    for number in range(0, 2000, 2):
        os.unlink(f"f{number}")
    return len(names()), os.path.exists("f1"), os.path.exists("f2")


@case
def walking():
    os.makedirs("a/b/c")
    make("a/f")
    make("a/b/g")
    os.symlink("b", "a/l")
    return [(top, sorted(directories), sorted(files)) for top, directories, files in os.walk("a")], len(list(os.walk("a", followlinks=True)))


@case
def walking_by_descriptor():
    os.makedirs("a/b")
    make("a/b/g")
    return [(top, sorted(directories), sorted(files)) for top, directories, files, fd in os.fwalk("a")]


@case
def working_directory():
    home = os.getcwd()
    os.mkdir("d")
    os.chdir("d")
    inside = os.path.relpath(os.getcwd(), home)
    make("f", b"x")
    os.chdir("..")
    return inside, os.getcwd() == home, content("d/f")


@case
def working_directory_by_descriptor():
    os.mkdir("d")
    make("f")
    directory, file = os.open("d", os.O_RDONLY), os.open("f", os.O_RDONLY)
    os.fchdir(directory)
    return os.path.basename(os.getcwd()), answer(os.fchdir, file), answer(os.fchdir, 999), answer(os.chdir, directory)


@case
def working_directory_removed():
    os.mkdir("d")
    os.chdir("d")
    os.rmdir("../d")
    return answer(os.getcwd), answer(os.mkdir, "x"), answer(os.open, "x", os.O_WRONLY | os.O_CREAT), names(), answer(os.chdir, ".."), names()


@case
def working_directory_renamed():
    os.makedirs("d")
    os.mkdir("e")
    os.chdir("d")
    os.rename("../d", "../e/z")
    return os.getcwd().split("/")[-2:], answer(os.chdir, ".."), os.path.basename(os.getcwd())


@case
def working_directory_refusals():
    os.mkdir("d", 0o600)
    return answer(os.chdir, "no"), answer(os.chdir, "d"), answer(os.chdir, ""), answer(os.chmod, "d", 0o700), answer(os.chdir, "d")


@case
def root_is_its_own_parent():
    return os.path.samefile("/", "/.."), os.path.samefile("/", "/../.././"), os.stat("/").st_ino == os.stat("/..").st_ino


@case
def made_all_at_once():
    os.makedirs("a/b/c", 0o700)
    os.makedirs("a/b/c", exist_ok=True)
    return mode("a"), mode("a/b/c"), answer(os.makedirs, "a/b/c"), answer(os.removedirs, "a/b/c"), names()


@case
def relative_to_a_descriptor():
    os.mkdir("d")
    directory = os.open("d", os.O_RDONLY)
    os.mkdir("e", dir_fd=directory)
    os.symlink("e", "l", dir_fd=directory)
    os.mkfifo("p", dir_fd=directory)
    os.rename("e", "g", src_dir_fd=directory, dst_dir_fd=directory)
    return names("d"), os.readlink("l", dir_fd=directory), answer(os.rmdir, "g", dir_fd=directory), answer(os.unlink, "no", dir_fd=directory)


@case
def relative_to_a_removed_one():
    os.mkdir("d")
    directory = os.open("d", os.O_RDONLY)
    os.rmdir("d")
    return answer(os.mkdir, "x", dir_fd=directory), shown(opened("x", os.O_WRONLY | os.O_CREAT, dir_fd=directory)), names(directory), os.fstat(directory).st_nlink


@case
def set_group_is_inherited():
    os.mkdir("d")
    os.chmod("d", 0o2755)
    os.mkdir("d/e")
    make("d/f")
    return mode("d"), mode("d/e"), mode("d/f")


@case
def deep():
    for _ in range(300):
        os.mkdir("d")
        os.chdir("d")
    return os.getcwd().count("/d")


@case
def time_changes_with_entries():
    before = os.stat(".").st_mtime_ns
    os.utime(".", ns=(1000, 1000))
    make("f")
    made = os.stat(".").st_mtime_ns
    os.utime(".", ns=(1000, 1000))
    content("f")
    read = os.stat(".").st_mtime_ns
    os.unlink("f")
    return before > 1000, made > 1000, read, os.stat(".").st_mtime_ns > 1000
