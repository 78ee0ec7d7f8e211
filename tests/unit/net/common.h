/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the engine share: an engine with its server and operation, and requests in few words. */
#pragma once

#include "net/engine.h"
#include "scenario.h"

typedef struct {
    Scenario *scenario;
    XnEngine *engine;
    XnOp *op;
    gint64 cancel_at_us; /**< when the operation is cancelled; 0: never */
} Bench;

Bench *bench_new (guint jobs);
void bench_free (Bench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)

/** A request with generous timeouts, borrowed strings. */
XnRequest bench_request (const char *method, const char *url);

/** Starts a GET of @path. */
XnTransfer *bench_get (Bench *bench, const char *path, GError **error);

/** Starts a PUT of @length patterned bytes to @path. */
XnTransfer *bench_put (Bench *bench, const char *method, const char *path, gint64 length, GError **error);

/** Reads to the end and checks the pattern; the number of bytes, or -1 with an error. */
gint64 bench_drain (XnTransfer *transfer, GError **error);

/** Reads to the end as text; NULL with an error. */
char *bench_text (XnTransfer *transfer, GError **error);

/** The body function of patterned bytes; @data is a gint64 offset. */
gssize bench_body (gpointer data, guint8 *buffer, gsize size, GError **error);

/** Asserts that @error is of kind NETWORK with these facts and that its message holds @words. */
void bench_assert_network (GError *error, gboolean retryable, gboolean sent, const char *words);
