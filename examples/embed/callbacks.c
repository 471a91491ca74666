/* Functions of the host that Python calls: one that answers at once, one that fails, and one that is answered later from another thread, in any order.
 * usage: callbacks IMAGE */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cordon/cordon.h"

static const char program[] =
    "import asyncio, cordon\n"
    "\n"
    "for known in cordon.list_calls():\n"
    "    print('may call', known['name'], '-', known['description'])\n"
    "print('price of tea:', cordon.call('shop.price', 'tea'))\n"
    "try:\n"
    "    cordon.host.shop.price('unicorn')\n"
    "except cordon.HostError as error:\n"
    "    print('the host says:', error)\n"
    "try:\n"
    "    cordon.call('shop.price', 42)\n"
    "except TypeError as error:\n"
    "    print('not sent at all:', error)\n"
    "\n"
    "async def visit(page):\n"
    "    return await cordon.call_async('fetch', page=page)\n"
    "\n"
    "pages = await asyncio.gather(visit('slow'), visit('quick'))\n"
    "print(pages)\n";

static void price(void *context, cordon_call *call)
{
    const char *article = cordon_value_get_text(cordon_call_argument(call, "article"), NULL);
    (void)context;
    if (strcmp(article, "tea") == 0)
        cordon_call_answer(call, cordon_value_float(2.5));
    else
        cordon_call_fail(call, "NotSold", "there is no such article");
}

/* Stands for work that takes a while, such as a request over a network. Each call is kept by a thread of its own, which answers it. */
static void *fetch_slowly(void *argument)
{
    cordon_call *call = argument;
    char text[64];
    const char *page = cordon_value_get_text(cordon_call_argument(call, "page"), NULL);
    const struct timespec pause = {.tv_nsec = strcmp(page, "slow") == 0 ? 100000000 : 1000000};
    nanosleep(&pause, NULL);
    snprintf(text, sizeof text, "content of %s", page);
    cordon_call_answer(call, cordon_value_text(text));
    return NULL;
}

static void fetch(void *context, cordon_call *call)
{
    pthread_t thread;
    (void)context;
    if (pthread_create(&thread, NULL, fetch_slowly, call) != 0)
        cordon_call_fail(call, NULL, "too busy");
    else
        pthread_detach(thread);
}

int main(int argument_count, char **arguments)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    int failed = 1;
    const cordon_parameter article = {.name = "article", .type = "str", .description = "what to buy"};
    const cordon_parameter page = {.name = "page", .type = "str"};
    cordon_callback price_callback = CORDON_CALLBACK_INIT, fetch_callback = CORDON_CALLBACK_INIT;
    price_callback.name = "shop.price";
    price_callback.description = "what an article costs";
    price_callback.parameters = &article;
    price_callback.parameter_count = 1;
    price_callback.returns = "float";
    price_callback.function = price;
    fetch_callback.name = "fetch";
    fetch_callback.description = "the content of a page";
    fetch_callback.parameters = &page;
    fetch_callback.parameter_count = 1;
    fetch_callback.returns = "str";
    fetch_callback.function = fetch;

    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = argument_count > 1 ? arguments[1] : "cordon-sandbox";
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = program;
    if (cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_engine_register(engine, &price_callback, &error) == CORDON_OK &&
        cordon_engine_register(engine, &fetch_callback, &error) == CORDON_OK && cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK &&
        cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK) {
        fputs(result->standard_output.data, stdout);
        printf("%s after %llu host calls\n", cordon_outcome_name(result->outcome), (unsigned long long)result->figures.calls);
        if (result->exception != NULL)
            fputs(result->exception->traceback, stderr);
        failed = result->outcome != CORDON_OUTCOME_OK;
    } else {
        fprintf(stderr, "%s: %s\n", error.operation, error.message);
    }
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return failed;
}
