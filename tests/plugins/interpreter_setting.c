#include "interpreter_setting.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cordon/interpreter.h"

bool setting_choose_interpreter(plugin_setting *chosen)
{
    static char files[4200];
    cordon_interpreter *interpreter = NULL;
    cordon_error error;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    config.home = PLUGIN_TEST_HOME;
    config.allows_everything = true;
    snprintf(files, sizeof files, "%s/interpreter", test_folder);
    chosen->kind = CORDON_PLUGIN_HOME_GIVEN;
    chosen->is_shared = true;
    if (mkdir(files, 0700) == 0 && cordon_interpreter_create(&config, &interpreter, &error) == CORDON_OK &&
        cordon_interpreter_plugin_home(interpreter, files, &chosen->home, &error) == CORDON_OK)
        return true;
    fprintf(stderr, "no interpreter: %s\n", error.message);
    return false;
}
