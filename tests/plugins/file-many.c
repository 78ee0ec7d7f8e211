/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that fetch, while the calling one tells what has come. */
#include <string.h>

#include "file-many.h"
#include "reply.h"

typedef struct {
    FetchFunc fetch;
    const IOFetch *fetches;
    IOResult **outcomes;
    IOCall call;        /* without what the calling thread alone may call */
    GAsyncQueue *ended; /* of indices, counted from 1 */
} Many;

/* GFunc of the pool */
static void
fetch_one (gpointer data, gpointer user_data)
{
    Many *many = user_data;
    size_t index = GPOINTER_TO_SIZE (data) - 1;
    const IOFetch *asked = &many->fetches[index];

    if (many->outcomes[index] == NULL && !reply_stopped (&many->call))
        many->outcomes[index] = many->fetch (asked->url, asked->destination, &many->call);
    g_async_queue_push (many->ended, data);
}

static void
report (const IOCall *call, size_t done, size_t n)
{
    IOProgress progress = {.struct_size = sizeof progress, .phase = IO_PHASE_TRANSFER};

    progress.files_done = done;
    progress.files_total = n;
    if (call != NULL && call->progress != NULL)
        call->progress (call->user_data, &progress);
}

static IOResult *
sum_up (const Many *many, size_t n)
{
    IOResult *all = reply_new ();

    for (size_t i = 0; i < n; i++) {
        IOResult *one = many->outcomes[i];
        gboolean done = one != NULL && one->kind == IO_KIND_OK;

        reply_add (all, NULL, done ? one->items[0]->value : NULL, NULL);
        if (!done && all->kind == IO_KIND_OK)
            reply_fail (all, one != NULL ? one->kind : IO_KIND_CANCELLED,
                        one != NULL ? one->message : "the host asked to stop");
        reply_free (one);
    }
    return all;
}

/* Those whose place is taken by an earlier one have their outcome before anything is done. */
static void
refuse_repeated (Many *many, PlaceFunc place, size_t n)
{
    g_autoptr (GHashTable) places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < n; i++) {
        char *taken = place (many->fetches[i].url, many->fetches[i].destination);

        if (taken != NULL && !g_hash_table_add (places, taken))
            many->outcomes[i] = reply_failed_with (IO_KIND_CONFLICT, "the result of another fetch goes there", 0, NULL);
    }
}

IOResult *
file_many (FetchFunc fetch, PlaceFunc place, guint jobs, const IOFetch *fetches, size_t n,
           void (*finished) (void *, size_t, const IOResult *), void *finished_data, const IOCall *call)
{
    g_autofree IOResult **outcomes = g_new0 (IOResult *, MAX (n, 1));
    Many many = {.fetch = fetch, .fetches = fetches, .outcomes = outcomes, .ended = g_async_queue_new ()};
    GThreadPool *pool = g_thread_pool_new (fetch_one, &many, (gint)jobs, FALSE, NULL);

    if (call != NULL)
        memcpy (&many.call, call, MIN (call->struct_size, sizeof many.call));
    many.call.struct_size = sizeof many.call;
    many.call.progress = NULL;
    refuse_repeated (&many, place, n);
    for (size_t i = 0; i < n; i++)
        g_thread_pool_push (pool, GSIZE_TO_POINTER (i + 1), NULL);
    for (size_t done = 1; done <= n; done++) {
        size_t index = GPOINTER_TO_SIZE (g_async_queue_pop (many.ended)) - 1;

        if (finished != NULL && outcomes[index] != NULL)
            finished (finished_data, index, outcomes[index]);
        report (call, done, n);
    }
    g_thread_pool_free (pool, FALSE, TRUE);
    g_async_queue_unref (many.ended);
    return sum_up (&many, n);
}
