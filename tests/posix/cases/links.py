# Hard links, symbolic links and real paths.


@case
def hard_link():
    make("f", b"hello")
    os.link("f", "g")
    both = os.stat("f").st_nlink, os.path.samefile("f", "g")
    os.unlink("f")
    return both, content("g"), os.stat("g").st_nlink


@case
def hard_link_refusals():
    make("f")
    os.mkdir("d")
    return answer(os.link, "no", "x"), answer(os.link, "d", "x"), answer(os.link, "f", "f"), answer(os.link, "f", "no/x"), answer(os.link, "f", "x/"), names()


@case
def hard_link_of_a_symbolic_link():
    make("f", b"x")
    os.symlink("f", "l")
    os.link("l", "m", follow_symlinks=False)
    os.link("l", "n", follow_symlinks=True)
    return kind("m", follow_symlinks=False), kind("n", follow_symlinks=False), os.stat("f").st_nlink


@case
def hard_link_shares_content_and_mode():
    make("f", b"one")
    os.link("f", "g")
    with open("g", "ab") as file:
        file.write(b"two")
    os.chmod("f", 0o640)
    return content("f"), mode("g")


@case
def symbolic_link():
    os.symlink("some where", "l")
    status = os.lstat("l")
    return os.readlink("l"), stat.filemode(status.st_mode), status.st_size, kind("l"), os.path.lexists("l"), os.path.exists("l")


@case
def symbolic_link_refusals():
    os.symlink("x", "l")
    make("f")
    return (answer(os.symlink, "y", "l"), answer(os.symlink, "y", "no/l"), answer(os.symlink, "", "m"), answer(os.symlink, "y", "n/"),
            answer(os.readlink, "f"), answer(os.readlink, "no"), names())


@case
def symbolic_link_is_followed():
    os.mkdir("d")
    make("d/f", b"x")
    os.symlink("d", "relative")
    os.symlink(os.path.join(os.getcwd(), "d", "f"), "absolute")
    os.symlink("../case/d", "up")
    return content("relative/f"), content("absolute"), content("up/f"), names("relative")


@case
def symbolic_link_with_trailing_slash():
    os.mkdir("d")
    make("f")
    os.symlink("d", "l")
    os.symlink("f", "m")
    return (kind("l/", follow_symlinks=False), kind("l", follow_symlinks=False), answer(os.lstat, "m/"), answer(os.rmdir, "l/"), answer(os.unlink, "l/"),
            names("l/"))


@case
def symbolic_link_to_root():
    os.symlink("/", "l")
    return os.path.samefile("l", "/"), os.path.realpath("l"), kind("l/.")


@case
def symbolic_link_loop():
    os.symlink("b", "a")
    os.symlink("a", "b")
    os.symlink("self/x", "self")
    return (answer(os.stat, "a"), answer(os.stat, "self"), shown(opened("a", os.O_RDONLY)), shown(opened("a", os.O_WRONLY | os.O_CREAT)),
            answer(os.listdir, "self"), kind("a", follow_symlinks=False), answer(os.unlink, "a"))


@case
def symbolic_link_chain():
    make("0", b"x")
    for number in range(45):
        os.symlink(str(number), str(number + 1))
    return content("40"), content("41"), content("45")


@case
def symbolic_link_is_removed_alone():
    os.mkdir("d")
    os.symlink("d", "l")
    return answer(os.rmdir, "l"), answer(os.unlink, "l"), names()


@case
def symbolic_link_mode():
    make("f", b"", 0o600)
    os.symlink("f", "l")
    os.chmod("l", 0o640)
    return mode("f"), mode("l", follow_symlinks=False)


@case
def symbolic_link_long_target():
    target = "x" * 4000
    os.symlink(target, "l")
    return os.readlink("l") == target, os.lstat("l").st_size, answer(os.symlink, "x" * 4096, "m"), answer(os.stat, "l")


@case
def symbolic_link_dot_dot_goes_to_the_real_parent():
    os.makedirs("a/b")
    make("a/f", b"in a")
    make("f", b"here")
    os.symlink("a/b", "l")
    return content("l/../f"), os.path.normpath("l/../f")


@case
def real_path():
    os.makedirs("d/e")
    os.symlink("d", "l")
    make("d/e/f")
    home = os.getcwd() + "/"
    return (os.path.realpath("l/../l/./e/f").removeprefix(home), os.path.realpath("no/x").removeprefix(home), answer(os.path.realpath, "no/x", strict=True),
            os.path.realpath("/"), os.path.realpath("/../tmp/..") == "/")


@case
def same_file():
    make("f")
    os.link("f", "g")
    os.symlink("f", "l")
    make("h")
    return os.path.samefile("f", "g"), os.path.samefile("f", "l"), os.path.samefile("f", "h"), os.path.sameopenfile(os.open("f", 0), os.open("g", 0))
