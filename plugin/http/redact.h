/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a server on their way to a reader: error pages may echo what was sent to them, a login and a session's ID
 * among it. Every such text passes here. Pure. */
#pragma once

#include <glib.h>

/**
 * The secrets in the headers of a request, as texts that must not be shown: the credentials of an Authorization field,
 * encoded and plain, and the values of cookies.
 * @headers: (nullable) NULL-terminated
 * Returns: (transfer full) NULL-terminated, each secret; free with xn_secrets_free()
 */
char **xn_secrets_of (const char *const *headers);
/** Wipes and frees; NULL is nothing. */
void xn_secrets_free (char **secrets);

/**
 * @text with "***" in the place of whatever may be a secret: what follows the name of a header field for credentials or
 * cookies, "Basic", "Bearer", "JSESSIONID=", and the @secrets (nullable, NULL-terminated). Returns: (transfer full)
 */
char *xn_redact (const char *text, const char *const *secrets);

/** A path (or a Location value) as a message shows it: without query and fragment, without what follows a ';' in its
 *  segments (session IDs), without @secrets (nullable), at most about 200 characters. Returns: (transfer full) */
char *xn_redact_path (const char *path, const char *const *secrets);

/** A Location value that leads nowhere, as a message shows it: as xn_redact_path(), without a login, on one line. Returns:
 *  (transfer full) */
char *xn_redact_location (const char *location, const char *const *secrets);
