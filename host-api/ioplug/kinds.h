/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of failure as the user meets them: their names and exit codes. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** A plugin that cannot be loaded; a failure of the command alone, so no IOKind. */
#define KIND_PLUGIN (-1)

/** The command's own errors; their code is an IOKind or KIND_PLUGIN. */
#define IOPLUG_ERROR (ioplug_error_quark ())
GQuark ioplug_error_quark (void);

/** The name of @kind, such as "not-found"; static. A kind that is not known counts as "server". */
const char *kind_name (int kind);

/** The exit code for @kind; a signal's own code goes before it (see cancel.h). */
int kind_exit_code (int kind);
