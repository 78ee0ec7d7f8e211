/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a header and what their values mean: cookies, times, targets of redirects. */
#include "fuzz.h"

#include "base/http-date.h"
#include "http/cookies.h"
#include "http/fields.h"
#include "http/page.h"
#include "http/redact.h"
#include "net/answer.h"

#include <string.h>

static void
read_value (const char *value, XnCookies *cookies)
{
    g_auto (XnLocation) target = {0};
    xn_cookies_take (cookies, value, "JSESSIONID");
    FUZZ_CHECK (xn_retry_after_ms (value, 1700000000) >= -1);
    FUZZ_CHECK (xn_idle_time_ms (value, 1700000000000) >= -1);
    const gint64 date = xn_http_date_parse (value);
    if (date >= 0) {
        g_autofree char *text = xn_http_date_format (date);
        FUZZ_CHECK (xn_http_date_parse (text) == date);
    }
    if (xn_location_resolve (&target, "https://h:8443/xnat/data/x?y", value))
        FUZZ_CHECK (target.url != NULL && *target.host != '\0' && *target.path == '/');
    gint64 first, last, total;
    if (xn_content_range_parse (value, &first, &last, &total))
        FUZZ_CHECK (first >= 0 && last >= first && total > last);
    g_autofree char *encoding = xn_encoding (value);
    FUZZ_CHECK (encoding == NULL || strlen (encoding) < 64);
    g_autofree char *named = xn_redact_location (value, NULL);
    FUZZ_CHECK (g_utf8_validate (named, -1, NULL));
    g_autofree char *bare = xn_path_bare (value);
    FUZZ_CHECK (strpbrk (bare, ";?#") == NULL);
    g_autofree char *shown = xn_redact_path (value, NULL);
    FUZZ_CHECK (shown != NULL);
    (void)xn_page_of_location (value);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    XnAnswer answer;
    g_autoptr (XnCookies) cookies = xn_cookies_new ("https://h:8443/xnat");
    FuzzBytes bytes = {data, size};
    xn_answer_init (&answer);
    while (bytes.left > 0) {
        const guint8 *end = memchr (bytes.at, '\n', bytes.left);
        const gsize length = end != NULL ? (gsize)(end - bytes.at) + 1 : bytes.left;
        if (xn_answer_take_line (&answer, (const char *)bytes.at, length) == XN_ANSWER_LINE_TOO_MUCH)
            break;
        bytes.at += length;
        bytes.left -= length;
    }
    for (guint i = 0; i + 1 < answer.fields->len; i += 2)
        read_value (answer.fields->pdata[i + 1], cookies);
    g_autofree char *header = xn_cookies_header (cookies);
    FUZZ_CHECK (header == NULL || (g_str_has_prefix (header, "Cookie: ") && strpbrk (header, "\r\n") == NULL));
    xn_answer_clear (&answer);
    return 0;
}
