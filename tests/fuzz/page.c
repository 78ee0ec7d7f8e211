/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an error: its kind, its words, without a secret: content type, NUL, body. */
#include "fuzz.h"

#include "http/page.h"
#include "http/redact.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    static const char *const HEADERS[] = {
        "Authorization: Basic amFuZTpzM2NyM3Q=", "Cookie: JSESSIONID=0123456789ABCDEF", NULL};
    FuzzBytes bytes = {data, MIN (size, XN_PAGE_MAX_SIZE)};
    g_autofree char *type = fuzz_text (&bytes);
    g_autofree char *body = g_malloc (bytes.left + 1);
    if (bytes.left > 0)
        memcpy (body, bytes.at, bytes.left);
    body[bytes.left] = '\0';
    char **secrets = xn_secrets_of (HEADERS);
    const XnPage page = xn_page_kind (type, body, bytes.left);
    g_autofree char *words = xn_page_words (page, body, bytes.left, (const char *const *)secrets);
    FUZZ_CHECK (words == NULL || (g_utf8_validate (words, -1, NULL) && strpbrk (words, "\r\n") == NULL));
    FUZZ_CHECK (words == NULL || (strstr (words, "s3cr3t") == NULL && strstr (words, "0123456789ABCDEF") == NULL));
    g_autofree char *redacted = xn_redact (body, (const char *const *)secrets);
    FUZZ_CHECK (strstr (redacted, "amFuZTpzM2NyM3Q=") == NULL);
    xn_secrets_free (secrets);
    return 0;
}
