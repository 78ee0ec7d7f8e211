/* SPDX-License-Identifier: Apache-2.0 */
/* What a completion heard, for a minute: small files in a directory of the user's own. */
#pragma once

#include <glib.h>

/**
 * Opens the cache: a directory of mode 0700, in that of the user's session, else beside other temporary files.
 * Returns: its descriptor, to be closed; -1 if there is none that is the user's alone.
 */
int complete_cache_open (void);

/** What was kept under @key less than a minute ago: (transfer full) (nullable). */
char *complete_cache_get (int directory, const char *key);

/** Keeps @text under @key, and removes what is older. FALSE if that is not possible. */
gboolean complete_cache_put (int directory, const char *key, const char *text);

/** Keeps an empty text under @key, unless something is kept there: of those who do so at the same time, one succeeds. */
gboolean complete_cache_claim (int directory, const char *key);

/** Forgets what is kept under @key. */
void complete_cache_drop (int directory, const char *key);
