/* SPDX-License-Identifier: Apache-2.0 */
/* Where the user is at home. */
#pragma once

#include <glib.h>

/** The directory that HOME names (@home, nullable), else that of the user's passwd entry: (transfer full), NULL if there is
 *  neither, as for the user of a container whose number nobody knows. GLib would warn of that on standard error. Thread: any. */
char *xn_home_directory (const char *home);
