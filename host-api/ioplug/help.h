/* SPDX-License-Identifier: Apache-2.0 */
/* The help texts. */
#pragma once

#include "ioplug/host.h"

/** Writes the help of @command (NULL: of the whole) to standard output, with the settings of the plugins of @host
 *  (nullable: none could be loaded). */
void help_write (const char *command, const IOPluginHost *host);
