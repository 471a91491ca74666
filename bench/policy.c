/* What one decision of a policy costs, by the number of its rules: 50, 500 and 5,000.
 *
 * The rules are spread over files, variables, addresses, hosts, programs and modules, a tenth of them denials, so that a question finds some dozens of rules of
 * its own capability among all. Each kind of question is asked with texts that a rule allows, that a rule denies, and that no rule knows. Rounds are counted in
 * processor time of the thread, alternating between the sizes, so that a busy machine disturbs all alike. Bar: 100 ns at 500 rules. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "policy/policy.h"

enum { ROUNDS = 61, CALLS = 4000, ASKED = 16, TEXT_BYTES = 96 };

/* ---- Policies ---------------------------------------------------------------------------------------------------------------------- */

static void add(char **text, const char *format, int number)
{
    char line[512], *joined;
    snprintf(line, sizeof line, format, number, number % 250, number / 250, 1024 + number);
    if (asprintf(&joined, "%s%s", *text, line) < 0)
        abort();
    free(*text);
    *text = joined;
}

/* Rule number n of a kind; %1$d is n, the others make addresses and ports of it. */
static const char *const allowed[] = {
    "  - {capability: fs.read, path: [/srv/tenants/customer-%1$d/data]}\n",
    "  - {capability: fs.read, path: [\"/var/cache/service-%1$d/**/*.json\"]}\n",
    "  - {capability: env.read, name: [SERVICE_%1$d_URL, \"CUSTOMER_%1$d_*\"]}\n",
    "  - {capability: net.connect, address: [10.%3$d.%2$d.0/24], port: [443, %4$d]}\n",
    "  - {capability: net.resolve, host: [\"*.region-%1$d.example.com\"]}\n",
    "  - {capability: process.spawn, program: [/opt/tools/version-%1$d/bin/run], arguments: [\"status ...\", \"log --oneline *\"]}\n",
    "  - {capability: import, name: [package_%1$d, package_%1$d.*]}\n",
    "  - {capability: fs.write, path: [/srv/tenants/customer-%1$d/out]}\n",
    "  - {capability: ipc, name: [queue_%1$d]}\n",
};
static const char *const denied[] = {
    "  - {capability: fs.read, path: [\"/srv/tenants/customer-%1$d/**/*.key\"]}\n",
    "  - {capability: env.read, name: [\"*SECRET_%1$d\"]}\n",
    "  - {capability: net.connect, address: [10.%3$d.%2$d.7]}\n",
};

static policy *make_policy(int rules)
{
    enum { ALLOWED = sizeof allowed / sizeof *allowed, DENIED = sizeof denied / sizeof *denied };
    char *text = strdup("version: 1\nallow:\n");
    policy *made;
    policy_message message;
    for (int i = 0; i < rules - rules / 10; i++)
        add(&text, allowed[i % ALLOWED], i / ALLOWED);
    add(&text, "deny:\n", 0);
    for (int i = 0; i < rules / 10; i++)
        add(&text, denied[i % DENIED], i / DENIED);
    measure_require(policy_read(text, strlen(text), "bench", NULL, &made, &message), "policy", message.text);
    free(text);
    return made;
}

/* ---- Questions ----------------------------------------------------------------------------------------------------------------------- */

static const struct kind {
    const char *name, *capability;
    policy_field field;
    const char *format; /* of the text; %1$d: a small number */
    int port;           /* 0: none */
    policy_decision decision;
} kinds[] = {
    {"path, allowed folder", "fs.read", POLICY_FIELD_PATH, "/srv/tenants/customer-%1$d/data/2026/11/report.csv", 0, POLICY_ALLOW},
    {"path, allowed pattern", "fs.read", POLICY_FIELD_PATH, "/var/cache/service-%1$d/a/b/state.json", 0, POLICY_ALLOW},
    {"path, denied", "fs.read", POLICY_FIELD_PATH, "/srv/tenants/customer-0/data/private/server.key", 0, POLICY_DENY},
    {"path, unknown", "fs.read", POLICY_FIELD_PATH, "/usr/lib/python3/dist-packages/module_%1$d.py", 0, POLICY_DENY},
    {"variable, allowed", "env.read", POLICY_FIELD_NAME, "CUSTOMER_%1$d_REGION", 0, POLICY_ALLOW},
    {"variable, denied", "env.read", POLICY_FIELD_NAME, "CUSTOMER_0_SECRET_0", 0, POLICY_DENY},
    {"variable, unknown", "env.read", POLICY_FIELD_NAME, "LC_MESSAGES_%1$d", 0, POLICY_DENY},
    {"address, allowed", "net.connect", POLICY_FIELD_ADDRESS, "10.0.%1$d.99", 443, POLICY_ALLOW},
    {"address, denied", "net.connect", POLICY_FIELD_ADDRESS, "10.0.0.7", 443, POLICY_DENY},
    {"address, unknown", "net.connect", POLICY_FIELD_ADDRESS, "192.0.2.%1$d", 443, POLICY_DENY},
    {"host, allowed", "net.resolve", POLICY_FIELD_HOST, "api.region-%1$d.example.com", 0, POLICY_ALLOW},
    {"host, unknown", "net.resolve", POLICY_FIELD_HOST, "www.example%1$d.org", 0, POLICY_DENY},
    {"program, allowed", "process.spawn", POLICY_FIELD_PROGRAM, "/opt/tools/version-%1$d/bin/run", 0, POLICY_ALLOW},
    {"module, allowed", "import", POLICY_FIELD_NAME, "package_%1$d.submodule", 0, POLICY_ALLOW},
    {"module, unknown", "import", POLICY_FIELD_NAME, "collections.abc%1$d", 0, POLICY_DENY},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static double thread_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds of one decision, over different texts of the kind. */
static double round_of(const policy *policy, const struct kind *kind)
{
    static const char *const words[] = {"status", "-s", NULL};
    static char texts[ASKED][TEXT_BYTES];
    policy_fact facts[3] = {{.field = kind->field}};
    policy_question question = {policy_capability_number(kind->capability), facts, 1};
    unsigned long allowed_count = 0;
    for (int i = 0; i < ASKED; i++)
        snprintf(texts[i], TEXT_BYTES, kind->format, i % 2); /* numbers that the smallest policy has, too */
    if (kind->port != 0)
        facts[question.fact_count++] = (policy_fact){.field = POLICY_FIELD_PORT, .number = kind->port};
    if (kind->field == POLICY_FIELD_PROGRAM)
        facts[question.fact_count++] = (policy_fact){.field = POLICY_FIELD_ARGUMENTS, .list = words};
    double start = thread_ns();
    for (int i = 0; i < CALLS; i++) {
        facts[0].text = texts[i % ASKED];
        allowed_count += policy_decide(policy, &question) == POLICY_ALLOW;
    }
    double end = thread_ns();
    measure_require(allowed_count == (kind->decision == POLICY_ALLOW ? CALLS : 0u), kind->name, "decided otherwise");
    return (end - start) / CALLS;
}

int main(void)
{
    static const int sizes[] = {50, 500, 5000};
    enum { SIZE_COUNT = sizeof sizes / sizeof *sizes };
    const policy *policies[SIZE_COUNT];
    double worst = 0;
    for (int s = 0; s < SIZE_COUNT; s++)
        policies[s] = make_policy(sizes[s]);
    for (int k = 0; k < KIND_COUNT; k++) {
        char heading[96], names[SIZE_COUNT][32];
        measure figures[SIZE_COUNT];
        for (int s = 0; s < SIZE_COUNT; s++) {
            snprintf(names[s], sizeof names[s], "%d rules", sizes[s]);
            figures[s] = (measure){.group = kinds[k].name, .name = names[s], .unit = "ns"};
        }
        for (int r = 0; r < ROUNDS; r++)
            for (int s = 0; s < SIZE_COUNT; s++)
                measure_add(&figures[s], round_of(policies[s], &kinds[k]));
        snprintf(heading, sizeof heading, "one decision: %s", kinds[k].name);
        measure_heading(heading);
        for (int s = 0; s < SIZE_COUNT; s++)
            measure_print(&figures[s], NULL, 0);
        double median = measure_summarise(&figures[1]).median;
        worst = median > worst ? median : worst;
        for (int s = 0; s < SIZE_COUNT; s++)
            measure_release(&figures[s]);
    }
    printf("\nslowest kind of question at 500 rules: %.0f ns (bar: 100)\n", worst);
    return 0;
}
