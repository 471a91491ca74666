/* Stands for an audited Python: pushes what its argument says, so that the collector can be shown what a real
 * interpreter never does. usage: cordon-python -c "COMMAND COMMAND ...", each COMMAND as NAME:NUMBER or NAME:TEXT; see
 * `commands`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/ring.h"
#include "host_env/access.h"

enum { LABEL_PATH = 1, LABEL_FLAGS = 2, EXIT_INCOMPLETE = 125 };
static audit_ring_writer ring;

static void give_up(const char *why)
{
    fprintf(stderr, "ring_pusher: %s\n", why);
    _exit(EXIT_INCOMPLETE);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *reserve(uint64_t size, uint64_t *position)
{
    void *entry;
    for (;;)
        switch (audit_ring_reserve(&ring, size, AUDIT_CAN_WAIT, &entry, position)) {
        case AUDIT_PUSH_OK:
            return entry;
        case AUDIT_PUSH_FULL:
            if (kill((pid_t)ring.channel->collector_pid, 0) != 0 && errno == ESRCH)
                give_up("the collector has gone");
            usleep(100);
            break;
        default:
            give_up("the collector has failed");
        }
}

/* An entry of a head of `head_size` bytes and of what follows it. */
static void push(audit_entry_kind kind, audit_entry *head, size_t head_size, const void *tail, size_t tail_size)
{
    uint64_t position;
    char *entry = reserve(head_size + tail_size, &position);
    head->time_ns = now_ns();
    head->thread = (uint64_t)gettid();
    memcpy(entry + sizeof head->word, (char *)head + sizeof head->word, head_size - sizeof head->word);
    memcpy(entry + head_size, tail, tail_size);
    audit_ring_commit(&ring, entry, position, kind, head_size + tail_size);
}

static void define_text(uint32_t id, const char *text)
{
    audit_entry_text entry = {.id = id};
    push(AUDIT_ENTRY_TEXT, &entry.head, sizeof entry, text, strlen(text) + 1);
}

static void claim(void)
{
    int64_t slot = audit_ring_claim(ring.channel, getpid());
    if (slot < 0)
        give_up("no ring is free");
    ring.ring = AUDIT_CHANNEL_RING(ring.channel, slot);
    ring.data = (unsigned char *)ring.channel + ring.channel->data_offset + (uint64_t)slot * ring.ring_bytes;
}

static void introduce(void)
{
    static const char tail[] = "3.13.5\0script.py\0one";
    static const char site[] = "/work/script.py\0main\0__main__\0\0__main__\0package";
    static const char inner[] = "/lib/python3.13/pathlib.py\0Path.open\0pathlib\0python 3.13.5\0__main__";
    claim();
    audit_entry_process process = {.pid = getpid(), .parent = getppid()};
    push(AUDIT_ENTRY_PROCESS, &process.head, sizeof process, tail, sizeof tail);
    define_text(LABEL_PATH, "path");
    define_text(LABEL_FLAGS, "flags");
    audit_entry_site outer = {.id = 1, .line = 7};
    push(AUDIT_ENTRY_SITE, &outer.head, sizeof outer, site, sizeof site);
    audit_entry_site library = {.id = 2, .line = 9, .caller = 1};
    push(AUDIT_ENTRY_SITE, &library.head, sizeof library, inner, sizeof inner);
}

static void attach(void)
{
    const char *path = getenv(AUDIT_CHANNEL_VARIABLE);
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    if (size <= 0)
        give_up("there is no channel");
    ring.channel = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (ring.channel == MAP_FAILED || ring.channel->magic != AUDIT_CHANNEL_MAGIC ||
        ring.channel->version != AUDIT_CHANNEL_VERSION)
        give_up("the channel is none");
    close(fd);
    ring.ring_bytes = ring.channel->ring_bytes;
    ring.nonce = ring.channel->nonce;
    introduce();
}

/* ---- Commands
 * ---------------------------------------------------------------------------------------------------------------------
 */

typedef struct path_access {
    audit_entry_access entry;
    unsigned char tail[8200];
    size_t size;
} path_access;

static void add_argument(path_access *access, uint32_t label, audit_argument_kind kind, const void *value, size_t size)
{
    audit_entry_argument argument = audit_entry_argument_of(label, kind, size);
    memcpy(access->tail + access->size, &argument, sizeof argument);
    memcpy(access->tail + access->size + sizeof argument, value, size);
    access->size += sizeof argument + audit_entry_padded(size);
    access->entry.argument_count++;
}

static void push_access(path_access *access)
{
    push(AUDIT_ENTRY_ACCESS, &access->entry.head, sizeof access->entry, access->tail, access->size);
}

static path_access opened(const char *path)
{
    path_access access = {.entry = {.head.site = 2,
                                    .result = 3,
                                    .function = HOST_FUNCTION_FS_OPEN,
                                    .capability = HOST_CAPABILITY_FS_READ,
                                    .is_allowed = 1}};
    add_argument(&access, LABEL_PATH, AUDIT_ARGUMENT_PATH, path, strlen(path) + 1);
    add_argument(&access, LABEL_FLAGS, AUDIT_ARGUMENT_NUMBER, &(int64_t){0}, sizeof(int64_t));
    return access;
}

static void command_path(const char *text)
{
    path_access access = opened(text);
    push_access(&access);
}

static void command_stat(const char *text)
{
    path_access access = opened(text);
    access.entry.function = HOST_FUNCTION_FS_READLINK;
    push_access(&access);
}

static void command_access(const char *text)
{
    path_access access = opened("/etc/passwd");
    for (long i = atol(text); i > 0; i--)
        push_access(&access);
}

static void command_denied(const char *text)
{
    path_access access = opened(text);
    access.entry.result = -1;
    access.entry.host_code = EACCES;
    access.entry.is_allowed = 0;
    define_text(9, "p.yaml:4");
    access.entry.rule = 9;
    push_access(&access);
}

static void *push_thousand(void *unused)
{
    (void)unused;
    command_access("1000");
    return NULL;
}

static void command_threads(const char *text)
{
    pthread_t threads[16];
    int count = atoi(text);
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, push_thousand, NULL);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void push_exit(int code)
{
    audit_entry_exit entry = {.code = code};
    push(AUDIT_ENTRY_EXIT, &entry.head, sizeof entry, "", 0);
}

static void command_fork(const char *text)
{
    pid_t pid = fork();
    if (pid == 0) {
        introduce();
        command_access(text);
        push_exit(5);
        _exit(5);
    }
    waitpid(pid, NULL, 0);
}

/* A child that is killed while it introduces itself ("begun": before that, "half": within), or within its first access ("access"). */
static void command_killed(const char *text)
{
    uint64_t position;
    pid_t pid = fork();
    if (pid == 0) {
        if (strcmp(text, "access") == 0)
            introduce();
        else
            claim();
        if (strcmp(text, "begun") != 0)
            (void)reserve(64, &position);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
}

/* A child that lives on, and pushes when its parent has gone. */
static void command_orphan(const char *text)
{
    if (fork() != 0)
        return;
    introduce();
    usleep((useconds_t)atoi(text) * 1000);
    command_access("3");
    push_exit(0);
    _exit(0);
}

/* One that takes its ring only after its parent has gone. */
static void command_late(const char *text)
{
    if (fork() != 0)
        return;
    usleep((useconds_t)atoi(text) * 1000);
    introduce();
    command_access("2");
    push_exit(0);
    _exit(0);
}

static void command_module(const char *text)
{
    char tail[256];
    audit_entry_module entry = {.head.site = 1, .is_allowed = 1};
    int size = snprintf(tail, sizeof tail, "%s%csource%c/lib/%s.py%c%c", text, 0, 0, text, 0, 0) + 1;
    push(AUDIT_ENTRY_MODULE, &entry.head, sizeof entry, tail, (size_t)size);
}

static void command_event(const char *text)
{
    audit_entry_event entry = {.head.site = 1, .name = 8};
    define_text(8, text);
    push(AUDIT_ENTRY_EVENT, &entry.head, sizeof entry, "", 0);
}

static void command_kill(const char *text)
{
    kill(getpid(), atoi(text));
    for (;;)
        pause();
}

static void command_exit(const char *text)
{
    push_exit(atoi(text));
    _exit(atoi(text));
}

static void command_sleep(const char *text)
{
    usleep((useconds_t)atoi(text) * 1000);
}
static void command_print(const char *text)
{
    dprintf(1, "%s\n", text);
}
static void command_program(const char *text)
{
    (void)!execlp("sh", "sh", "-c", text, NULL);
}
static void command_again(const char *text)
{
    execl("/proc/self/exe", "cordon-python", "-c", text, NULL);
}

static void command_wait(const char *text)
{
    (void)text;
    dprintf(1, "ready\n");
    for (;;)
        pause();
}

enum { REPEAT = 4096 };

static _Atomic uint64_t *repeat_word(void)
{
    int64_t slot = ring.ring - AUDIT_CHANNEL_RING(ring.channel, 0);
    return &AUDIT_CHANNEL_REPEATS(ring.channel, ring.channel->repeat_offset, slot)[REPEAT - 1];
}

/* A read that is counted, and how often. */
static void command_repeat(const char *text)
{
    path_access access = {.entry = {.head.site = 1,
                                    .result = 1,
                                    .function = HOST_FUNCTION_FD_READ,
                                    .capability = HOST_CAPABILITY_FD_USE,
                                    .is_allowed = 1,
                                    .repeat = REPEAT}};
    add_argument(&access, LABEL_FLAGS, AUDIT_ARGUMENT_NUMBER, &(int64_t){7}, sizeof(int64_t));
    push_access(&access);
    atomic_store(repeat_word(), AUDIT_REPEAT_WORD(1, strtoull(text, NULL, 0)));
}

static void command_told(const char *text)
{
    audit_entry_repeat entry = {.repeat = REPEAT, .count = (uint32_t)strtoul(text, NULL, 0)};
    push(AUDIT_ENTRY_REPEAT, &entry.head, sizeof entry, "", 0);
    atomic_store(repeat_word(), 0);
}

/* ---- What no interpreter does ---- */

static void command_unknown(const char *text)
{
    audit_entry_repeat entry = {.repeat = (uint32_t)strtoul(text, NULL, 0), .count = 1};
    push(AUDIT_ENTRY_REPEAT, &entry.head, sizeof entry, "", 0);
}

static void command_counted(const char *text)
{
    path_access access = opened("/etc/passwd");
    access.entry.repeat = (uint32_t)strtoul(text, NULL, 0);
    push_access(&access);
}

/* A count for what was never pushed. */
static void command_uncalled(const char *text)
{
    atomic_store(repeat_word(), AUDIT_REPEAT_WORD(1, strtoull(text, NULL, 0)));
}

static void command_hole(const char *text)
{
    uint64_t position;
    (void)text;
    (void)reserve(64, &position);
}

static void command_kind(const char *text)
{
    audit_entry entry = {0};
    push((audit_entry_kind)atoi(text), &entry, sizeof entry, "", 0);
}

/* Nothing but the first word: a size beyond all bounds. */
static void command_size(const char *text)
{
    uint64_t position;
    audit_entry *entry = reserve(64, &position);
    atomic_store(&entry->word, audit_entry_word(position, ring.nonce, AUDIT_ENTRY_ACCESS, strtoull(text, NULL, 0)));
    for (;;)
        pause();
}

static void command_site(const char *text)
{
    path_access access = opened("/etc/passwd");
    access.entry.head.site = (uint32_t)strtoul(text, NULL, 0);
    push_access(&access);
}

static void command_function(const char *text)
{
    path_access access = opened("/etc/passwd");
    access.entry.function = (uint16_t)atoi(text);
    push_access(&access);
}

static void command_count(const char *text)
{
    path_access access = opened("/etc/passwd");
    access.entry.argument_count = (uint16_t)atoi(text);
    push_access(&access);
}

static void command_label(const char *text)
{
    path_access access = opened("/etc/passwd");
    add_argument(&access, (uint32_t)strtoul(text, NULL, 0), AUDIT_ARGUMENT_NUMBER, &(int64_t){0}, sizeof(int64_t));
    push_access(&access);
}

static void command_text(const char *text)
{
    path_access access = opened("/etc/passwd");
    add_argument(&access, LABEL_PATH, AUDIT_ARGUMENT_TEXT, text, strlen(text)); /* without its NUL */
    push_access(&access);
}

static void command_define(const char *text)
{
    define_text((uint32_t)strtoul(text, NULL, 0), "x");
}

static void command_anonymous(const char *text)
{
    int64_t slot = audit_ring_claim(ring.channel, getpid());
    audit_ring_writer own = ring;
    ring.ring = AUDIT_CHANNEL_RING(ring.channel, slot);
    ring.data = (unsigned char *)ring.channel + ring.channel->data_offset + (uint64_t)slot * ring.ring_bytes;
    command_access(text);
    ring = own;
}

/* Random bytes over the whole ring, the counters too. */
static void command_scribble(const char *text)
{
    srand((unsigned int)atoi(text));
    for (uint64_t i = 0; i < ring.ring_bytes; i++)
        ring.data[i] = (unsigned char)rand();
    atomic_store(&ring.ring->reserved, (uint64_t)rand() << 32);
    atomic_store(&ring.ring->drained, (uint64_t)rand() << 32);
    atomic_store(&ring.channel->slots_used, UINT32_MAX);
    _exit(0);
}

/* Entries whose first word is right and whose rest is random. */
static void command_random(const char *text)
{
    srand((unsigned int)atoi(text));
    for (int i = 0; i < 20000; i++) {
        uint64_t position, size = sizeof(audit_entry) + (uint64_t)rand() % 200;
        unsigned char *entry = reserve(size, &position);
        for (uint64_t j = 8; j < size; j++)
            entry[j] = (unsigned char)(rand() % 3 == 0 ? rand() : rand() % 4);
        audit_ring_commit(&ring, entry, position, (audit_entry_kind)(2 + rand() % 8), size);
    }
}

static const struct command {
    const char *name;
    void (*run)(const char *text);
} commands[] = {
    {"path", command_path},         {"stat", command_stat},       {"access", command_access},
    {"denied", command_denied},     {"threads", command_threads}, {"fork", command_fork},
    {"killed", command_killed},
    {"orphan", command_orphan},     {"late", command_late},       {"module", command_module},
    {"event", command_event},       {"kill", command_kill},       {"exit", command_exit},
    {"sleep", command_sleep},       {"print", command_print},     {"program", command_program},
    {"again", command_again},       {"wait", command_wait},       {"hole", command_hole},
    {"kind", command_kind},         {"size", command_size},       {"site", command_site},
    {"function", command_function}, {"count", command_count},     {"label", command_label},
    {"text", command_text},         {"define", command_define},   {"anonymous", command_anonymous},
    {"scribble", command_scribble}, {"random", command_random},   {"repeat", command_repeat},
    {"told", command_told},         {"unknown", command_unknown}, {"counted", command_counted},
    {"uncalled", command_uncalled},
};

static void run(const char *name, const char *text)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) {
            commands[i].run(text);
            return;
        }
    give_up(name);
}

int main(int argument_count, char **arguments)
{
    const char *script = argument_count > 2 ? arguments[2] : "";
    if (strncmp(script, "silent", 6) == 0)
        return 0; /* never attaches */
    attach();
    char *copy = strdup(script), *rest = copy, *word;
    while ((word = strsep(&rest, " ")) != NULL && *word != '\0') {
        char *text = strchr(word, ':');
        if (text != NULL)
            *text++ = '\0';
        run(word, text == NULL ? "" : text);
    }
    free(copy);
    push_exit(0);
    return 0;
}
