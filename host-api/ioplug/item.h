/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a plugin tells of an item. Pure. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** The attribute called @name, or NULL. */
const char *item_attribute (const IOItem *item, const char *name);

/** The attribute called @name as a number; -1 if there is none. */
gint64 item_number (const IOItem *item, const char *name);

/** Whether there can be something below @item: all but a file. */
gboolean item_is_container (const IOItem *item);

/** What else @item is called: its name, type, description and quality, as its own level has them, with commas; "" for
 *  nothing. (transfer full) */
char *item_remarks (const IOItem *item);
