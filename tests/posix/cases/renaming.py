# rename and replace.


@case
def file_to_a_new_name():
    make("f", b"x")
    inode = os.stat("f").st_ino
    os.rename("f", "g")
    return names(), content("g"), os.stat("g").st_ino == inode


@case
def over_a_file():
    make("f", b"new")
    make("g", b"old")
    fd = os.open("g", os.O_RDONLY)
    os.rename("f", "g")
    return names(), content("g"), os.read(fd, 9), os.fstat(fd).st_nlink


@case
def over_itself():
    make("f", b"x")
    os.link("f", "g")
    return answer(os.rename, "f", "f"), answer(os.rename, "f", "g"), names()


@case
def directory():
    os.makedirs("d/e")
    make("d/f", b"x")
    os.mkdir("g")
    os.rename("d", "g/d")
    return names(), names("g/d"), content("g/d/f"), os.path.samefile("g/d/..", "g")


@case
def directory_over_an_empty_one():
    os.mkdir("d")
    make("d/f")
    os.mkdir("e")
    os.rename("d", "e")
    return names(), names("e")


@case
def directory_over_a_full_one():
    os.mkdir("d")
    os.mkdir("e")
    make("e/f")
    return answer(os.rename, "d", "e") in ("OSError ENOTEMPTY", "FileExistsError EEXIST"), names(), names("e")


@case
def mixed_kinds():
    make("f")
    os.mkdir("d")
    os.symlink("d", "l")
    return answer(os.rename, "f", "d"), answer(os.rename, "d", "f"), answer(os.rename, "d", "l"), answer(os.rename, "f", "l"), names(), kind("l", follow_symlinks=False)


@case
def into_itself():
    os.makedirs("d/e")
    return answer(os.rename, "d", "d/x"), answer(os.rename, "d", "d/e/x"), answer(os.rename, "d", "d/e"), names(), names("d")


@case
def over_an_ancestor():
    os.makedirs("d/e/g")
    make("d/e/f")
    return answer(os.rename, "d/e/g", "d"), answer(os.rename, "d/e", "d"), names("d/e")


@case
def dots():
    os.mkdir("d")
    return answer(os.rename, ".", "x"), answer(os.rename, "d", "."), answer(os.rename, "d/..", "x"), answer(os.rename, "d", "d/.."), names()


@case
def trailing_slashes():
    make("f")
    os.mkdir("d")
    return answer(os.rename, "f/", "g"), answer(os.rename, "f", "g/"), answer(os.rename, "d/", "e/"), names()


@case
def refusals():
    make("f")
    return answer(os.rename, "no", "x"), answer(os.rename, "f", "no/x"), answer(os.rename, "f", "f/x"), answer(os.rename, "", "x"), answer(os.rename, "f", ""), names()


@case
def link_is_moved_itself():
    make("f", b"x")
    os.symlink("f", "l")
    os.symlink("no", "n")
    os.rename("l", "m")
    os.rename("f", "n")
    return os.readlink("m"), kind("n", follow_symlinks=False), answer(os.stat, "m")


@case
def without_permission():
    os.mkdir("d")
    make("d/f")
    os.mkdir("e")
    os.chmod("d", 0o500)
    refused = answer(os.rename, "d/f", "e/f"), answer(os.rename, "e", "d/e")
    os.chmod("d", 0o700)
    return refused, answer(os.rename, "d/f", "e/f")


@case
def directory_that_may_not_be_written():
    os.mkdir("d", 0o500)
    os.mkdir("e")
    return answer(os.rename, "d", "x"), answer(os.rename, "x", "e/x")


@case
def by_descriptors():
    os.mkdir("a")
    os.mkdir("b")
    make("a/f", b"x")
    one, two = os.open("a", 0), os.open("b", 0)
    os.replace("f", "g", src_dir_fd=one, dst_dir_fd=two)
    return names("a"), names("b"), answer(os.rename, "no", "x", src_dir_fd=one, dst_dir_fd=two)


@case
def open_file_stays_open():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.rename("f", "g")
    os.write(fd, b"x")
    return content("g")


@case
def link_counts_of_directories():
    os.makedirs("a/x")
    os.mkdir("b")
    before = os.stat("a").st_nlink - os.stat("b").st_nlink
    os.rename("a/x", "b/x")
    return before == -(os.stat("a").st_nlink - os.stat("b").st_nlink)


@case
def all_parents():
    make("f", b"x")
    os.renames("f", "a/b/g")
    there = content("a/b/g")
    os.renames("a/b/g", "h")
    return there, names()
