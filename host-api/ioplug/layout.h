/* SPDX-License-Identifier: Apache-2.0 */
/* Naming directories by what is known of results: "{subject_label}/{scan_id}-{scan_type}". Pure. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** Checks @template: names in braces, each segment between slashes with something in it, none of them "." or "..". FALSE with
 *  an error of kind usage. */
gboolean layout_check (const char *template, GError **error);

/** The relative path of @item, with no slash at its ends. What @template names must be known of it; values are made file
 *  names of at most @longest bytes each segment, as list_encode_name() does.
 *  Returns (transfer full); NULL with an error of kind usage. @template must have passed layout_check(). */
char *layout_path (const char *template, const IOItem *item, gsize longest, GError **error);
