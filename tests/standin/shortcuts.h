/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file shortcuts.h
 * The short names of columns, by listing.
 */
#pragma once

#include "table.h"

/** @return the path behind a shortcut of a listing (a Listing), or NULL. */
const char *shortcut_path (guint listing, const char *name);
/** @return the shortcut of a path, or NULL. */
const char *shortcut_key (guint listing, const char *path);
/** @return the table that `fields=1` answers. */
Table *shortcut_table (guint listing);
