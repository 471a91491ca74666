/* The interpreter of this very process as a home of plugins, for the same tests. */
#ifndef INTERPRETER_SETTING_H
#define INTERPRETER_SETTING_H

#include "plugin_support.h"

/* Starts the interpreter, once in a process, and has it be the home. */
bool setting_choose_interpreter(plugin_setting *setting);

#endif
