/* SPDX-License-Identifier: Apache-2.0 */
/* The tests' common ground. */
#include "../rounds.h"
#include "common.h"

#include "base/error.h"

#include <string.h>

static gboolean
is_cancelled (gpointer data)
{
    const Bench *bench = (const Bench *)data;
    return bench->cancel_at_us != 0 && g_get_monotonic_time () >= bench->cancel_at_us;
}

Bench *
bench_new (guint jobs)
{
    Bench *bench = g_new0 (Bench, 1);
    XnSettings *settings = xn_settings_new (NULL, NULL, NULL);
    settings->jobs = jobs;
    bench->scenario = scenario_start ();
    bench->engine = xn_engine_new ();
    bench->op = xn_op_new (settings, is_cancelled, NULL, bench);
    return bench;
}

void
bench_free (Bench *bench)
{
    xn_engine_free (bench->engine);
    scenario_stop (bench->scenario);
    xn_op_free (bench->op);
    g_free (bench);
}

XnRequest
bench_request (const char *method, const char *url)
{
    return (XnRequest){
        .method = method,
        .url = url,
        .group = "server",
        .verify = TRUE,
        .connect_timeout_ms = time_limit (10000),
        .answer_timeout_ms = time_limit (30000),
        .stall_timeout_ms = time_limit (30000),
    };
}

XnTransfer *
bench_get (Bench *bench, const char *path, GError **error)
{
    g_autofree char *url = scenario_url (bench->scenario, path);
    const XnRequest request = bench_request ("GET", url);
    return xn_transfer_start (bench->engine, &request, bench->op, error);
}

gssize
bench_body (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    gint64 *offset = (gint64 *)data;
    /* Odd pieces, as a source may give them. */
    size = MIN (size, 100003);
    for (gsize i = 0; i < size; i++)
        buffer[i] = scenario_byte ((guint64)*offset + i);
    *offset += (gint64)size;
    return (gssize)size;
}

XnTransfer *
bench_put (Bench *bench, const char *method, const char *path, gint64 length, GError **error)
{
    g_autofree char *url = scenario_url (bench->scenario, path);
    gint64 offset = 0;
    XnRequest request = bench_request (method, url);
    request.body = bench_body;
    request.body_data = &offset;
    request.body_length = length;
    return xn_transfer_start (bench->engine, &request, bench->op, error);
}

gint64
bench_drain (XnTransfer *transfer, GError **error)
{
    gint64 total = 0;
    const guint8 *bytes;
    gssize count;
    while ((count = xn_transfer_next (transfer, &bytes, error)) > 0) {
        for (gssize i = 0; i < count; i++) {
            if (bytes[i] != scenario_byte ((guint64)(total + i)))
                g_error ("wrong byte at %" G_GINT64_FORMAT, total + i);
        }
        total += count;
    }
    return count == 0 ? total : -1;
}

char *
bench_text (XnTransfer *transfer, GError **error)
{
    GString *text = g_string_new (NULL);
    const guint8 *bytes;
    gssize count;
    while ((count = xn_transfer_next (transfer, &bytes, error)) > 0)
        g_string_append_len (text, (const char *)bytes, count);
    return g_string_free (text, count != 0);
}

void
bench_assert_network (GError *error, gboolean retryable, gboolean sent, const char *words)
{
    g_assert_error (error, XN_ERROR, XN_ERROR_NETWORK);
    g_test_message ("%s", error->message);
    if (strstr (error->message, words) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, words);
    g_assert_null (strchr (error->message, '\n'));
    g_assert_cmpint (xn_error_facts (error)->retryable, ==, retryable);
    g_assert_cmpint (xn_error_facts (error)->sent, ==, sent);
}
