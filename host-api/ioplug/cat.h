/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommand cat: a file, or a part of one, to standard output. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Reads FROM-TO as HTTP has it: first and last byte, counted from 0; without TO to the end. NULL is the whole.
 *  FALSE with an error of kind usage. */
gboolean cat_read_range (const char *text, guint64 *out_offset, guint64 *out_length, GError **error);

/** Does the work and tells its failures. Returns the kind of the failure, or IO_KIND_OK. */
int run_cat (const Options *options, const IOPluginHost *host);
