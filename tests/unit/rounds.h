/* SPDX-License-Identifier: Apache-2.0 */
/* How often a test does the same again, and how long that may take. Under valgrind, where everything takes thirty times as
 * long and only the use of memory is looked at, the environment variable TEST_FEW_ROUNDS is set: each kind of step is still
 * taken, but fewer times or with less data. */
#pragma once

#include <glib.h>

/** @usual, or @few where few rounds are asked for. */
static inline gsize
rounds (gsize usual, gsize few)
{
    return g_getenv ("TEST_FEW_ROUNDS") != NULL ? few : usual;
}

/** How long something may take that usually takes at most @usual, in whichever unit. */
static inline gint64
time_limit (gint64 usual)
{
    return (gint64)rounds (1, 60) * usual;
}
