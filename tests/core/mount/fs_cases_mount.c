/* Runs the file system's cases in a mounted host folder; hides from the cases what a host's folder answers otherwise, and says why. */
#include "support/fs_cases.h"
#include "support/fs_world.h"
#include "mount_world.h"

#include <stdio.h>
#include <string.h>

static const struct different_row {
    const char *name;
    const char *script; /* what holds here instead; "": nothing that could be asked */
    const char *reason;
} different[] = {
    {"open_temporary", "open . rw,tmp 0600 => EOPNOTSUPP; open . r,tmp => EINVAL; list . => -", "no file without a name: tempfile makes one with a name"},
    {"sparse_holds_little", "open f rw,creat => 3; pwrite 3 x 10000000 => 1; pread 3 2 9999999 => \\0x; pread 3 2 5 => \\0\\0; pwrite 3 x 1099511627776 => EFBIG",
     "the broker's own limit of offsets is 1 TiB"},
    {"sparse_find_data_and_hole", "open f rw,creat => 3; pwrite 3 x 1000 => 1; seek 3 0 3 => 0; seek 3 5 4 => 1001; seek 3 1001 3 => ENXIO; seek 3 1001 4 => ENXIO",
     "all is data"},
    {"sparse_truncated_hole_has_no_data", "open f rw,creat => 3; ftruncate 3 5000000; seek 3 7 3 => 7; seek 3 7 4 => 5000000", "all is data"},
    {"directory_order_is_that_of_making", "file c; file a; file b; stat c type => 100000; unlink a; stat a type => ENOENT", "the order is the host's"},
    {"directory_set_group_is_inherited", "mkdir d; chmod d 2755; stat d mode => 755; mkdir d/e 700; stat d/e mode => 700", "no set-id bits on the host"},
    {"symbolic_link_followed", "mkdir d; file d/f x; symlink d l; content l/f => x; symlink /tmp/case/d/f m; content m => x; symlink ../case/l n; content n/f => EACCES; symlink d/../d/./f o; content o => x",
     "a link may not lead out of the folder, not even to come back"},
    {"symbolic_link_to_root", "symlink / l; real l => EACCES; readlink l => /; symlink /tmp/case k; real k => /tmp/case; symlink /tmp/casement m; real m => EACCES; symlink .. n; list n => EACCES",
     "a link may not lead out of the folder"},
    {"mode_changes", "file f x; chmod f 7777 => 0; stat f mode => 1777; chmod f 0; stat f mode => 0; chmod no 0 => ENOENT", "no set-id bits on the host"},
    {"sticky_directory", "rename /dev/null f => EXDEV; file f x; rename f /dev/g => EXDEV; rename f g => 0", "another volume"},
    {"device_cannot_be_made", "mknod c 20666 => EPERM; mknod b 60666 => EPERM; mknod d 40777 => EPERM; mknod f 100644 => 0; mknod g 0644 => 0; stat g type => 100000; mknod s 140644 => EPERM",
     "no socket in a host's folder"},
    {"fifo_by_name", "mknod p 10644 => EPERM; stat p type => ENOENT", "no fifo in a host's folder"},
    {"fifo_without_reader", "", "no fifo in a host's folder"},
    {"fifo_that_nobody_opens", "", "no fifo in a host's folder"},
    {"fifo_forgets_when_closed", "", "no fifo in a host's folder"},
    {"quota_of_bytes", "quota bytes 100; open f rw,creat => 3; write 3 x*8000 => 8000; stat f size => 8000", "the guest's memory is not used; test_mount.c has the broker's limits"},
    {"quota_of_bytes_partial", "", "the guest's memory is not used"},
    {"quota_of_bytes_holds_names_too", "quota bytes 10; mkdir directory => 0", "the guest's memory is not used"},
    {"quota_of_inodes", "quota inodes 2; file a; file b; file c => 0; mkdir d => 0", "the guest's memory is not used"},
    {"quota_of_inodes_counts_open_files", "", "the guest's memory is not used"},
    {"quota_of_offsets", "", "the broker has its own limit"},
    {"quota_of_reservation", "open f rw,creat => 3; reserve 3 0 20000 => 0; fstat 3 size => 20000", "the broker has its own limit"},
    {"image_is_read_only", "rename /usr/lib/a x => EXDEV; link /usr/lib/a x => EXDEV", "another volume"},
    {"install_file", "install /tmp/case/f 100640 hello => EXDEV; stat f type => ENOENT", "the host puts files into its own folder by itself"},
    {"install_directory", "install /tmp/case/d 40711 => EXDEV", "the host makes its own folders by itself"},
    {"install_over_what_is_there", "", "the host puts files into its own folder by itself"},
    {"install_ignores_permissions", "", "the host puts files into its own folder by itself"},
};

static broker_mount_mode mode;

/* The program's argument says which kind of mount. */
static void read_mode(void)
{
    char line[4096] = "";
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t size = file ? fread(line, 1, sizeof line - 1, file) : 0;
    if (file)
        fclose(file);
    const char *argument = line + strlen(line) + 1;
    mode = size > 0 && argument < line + size && strcmp(argument, "overlay") == 0 ? BROKER_MOUNT_OVERLAY : BROKER_MOUNT_READ_WRITE;
}

int fs_cases_start(void **state)
{
    (void)state;
    read_mode();
    return mount_world_start("/tmp/case", mode);
}

int fs_cases_end(void **state)
{
    (void)state;
    return mount_world_violations > 0 ? -1 : mount_world_end();
}

int fs_cases_make_home(const char *home)
{
    (void)home;
    return 0;
}

/* What is in it, and not itself: it is a mount. */
void fs_cases_remove_home(const char *home)
{
    fs_world_remove_tree(home);
}

const char *fs_cases_script(const char *name, const char *script)
{
    for (size_t i = 0; i < sizeof different / sizeof *different; i++)
        if (strcmp(different[i].name, name) == 0)
            return different[i].script;
    return script;
}

bool fs_cases_is_clean(void)
{
    broker_figures figures;
    broker_figures_get(mount_world_broker, &figures);
    if (figures.handles != 0)
        fprintf(stderr, "%u handles are left open\n", figures.handles);
    return figures.handles == 0;
}
