/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that hold a secret, which do not stay in memory. */
#pragma once

#include <glib.h>

/** Overwrites and frees a text that holds a secret; NULL is nothing. */
void xn_secret_free (char *secret);
/** A text that is wiped at the end of its scope. */
typedef char XnSecret;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnSecret, xn_secret_free)
