/* SPDX-License-Identifier: Apache-2.0 */
/* Names that a reader takes for one, and the server does not: those that differ in the case of letters, or in the way in
 * which Unicode writes them. Pure. */
#pragma once

#include <glib.h>

/** The one of several names that is like the one that was asked for, and how it is like it. */
typedef struct {
    const char *asked;
    const char *name; /**< (nullable) the likest so far; borrowed */
    gboolean same_case;
} XnNearName;

/** Looks at one more name (nullable), which must stay as long as @near. */
void xn_near_name_look (XnNearName *near, const char *name);
/** "; 'sub01' is there, ..." for the end of a message, with how to write it, or "" if there is none: (transfer full). */
char *xn_near_name_hint (const XnNearName *near);
