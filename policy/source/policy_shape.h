/* What a policy file may hold, key by key. Private to policy. */
#ifndef POLICY_SOURCE_POLICY_SHAPE_H
#define POLICY_SOURCE_POLICY_SHAPE_H

#include "yaml_tree.h"

/* Whether every mapping has only keys that it may have, each once, all that it must have, and values of their kinds. Else the message tells what was expected. */
bool policy_shape_check(yaml_tree *tree);

#endif
