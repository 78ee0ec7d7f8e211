/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of listings. An entry is made by the thread that asks; until that has an answer, others who want the same wait
 * for it, and share a failure as they share a table. */
#include "ops/memory.h"

#include "base/error.h"
#include "base/sync.h"

#define REMEMBERED_US (60 * G_USEC_PER_SEC)
/* A process that walks many archives must not keep all of them. */
#define MAX_ENTRIES 4096

struct XnMemory {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GHashTable *entries; /* [mutex] (owned) Map<key, Entry> */
    GHashTable *hints;   /* [mutex] (owned) Map<key, Hint> */
    guint64 last_serial; /* [mutex] */
};

typedef struct {
    guint64 serial;
    gboolean asking;
    gboolean forgotten; /* something was created meanwhile: the answer counts for those who wait, and is not kept */
    XnTable *table;     /* (owned) (nullable) */
    GError *error;      /* (owned) (nullable) of a failure, for those who waited */
    gint64 asked_us;
} Entry;

typedef struct {
    char *detail; /* (owned) */
    gint64 given_us;
} Hint;

static void
hint_free (gpointer data)
{
    Hint *hint = data;
    g_free (hint->detail);
    g_free (hint);
}

static void
entry_free (gpointer data)
{
    Entry *entry = data;
    xn_table_unref (entry->table);
    g_clear_error (&entry->error);
    g_free (entry);
}

XnMemory *
xn_memory_new (void)
{
    XnMemory *memory = g_new0 (XnMemory, 1);
    pthread_mutex_init (&memory->mutex, NULL);
    xn_cond_init (&memory->changed);
    memory->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
    memory->hints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, hint_free);
    return memory;
}

void
xn_memory_free (XnMemory *memory)
{
    if (memory == NULL)
        return;
    g_hash_table_unref (memory->entries);
    g_hash_table_unref (memory->hints);
    pthread_cond_destroy (&memory->changed);
    pthread_mutex_destroy (&memory->mutex);
    g_free (memory);
}

static char *
memory_key (XnClient *client, const char *path, const char *query)
{
    return g_strdup_printf ("%p %s?%s", (void *)client, path, query != NULL ? query : "");
}

/* What a look at an entry came to. */
typedef enum {
    LOOK_TABLE,   /* there is a table that will do */
    LOOK_FAILURE, /* who was asking has failed */
    LOOK_WAIT,    /* somebody is asking */
    LOOK_ASK,     /* nobody is: an entry was made for the caller to ask */
} Look;

/* The mutex is held. @waited: the serial of the entry that the caller has been waiting for, or 0 */
static Look
memory_look (XnMemory *memory, const char *key, gint64 not_before_us, guint64 waited, Entry **out_entry)
{
    Entry *entry = g_hash_table_lookup (memory->entries, key);
    const gint64 now = g_get_monotonic_time ();
    *out_entry = entry;
    if (entry != NULL && entry->asking && entry->asked_us >= not_before_us)
        return LOOK_WAIT;
    if (entry != NULL && entry->error != NULL && entry->serial == waited)
        return LOOK_FAILURE;
    const gboolean fresh = entry != NULL && entry->table != NULL &&
                           entry->asked_us >= MAX (not_before_us, now - REMEMBERED_US) &&
                           (!entry->forgotten || entry->serial == waited);
    if (fresh)
        return LOOK_TABLE;
    if (g_hash_table_size (memory->entries) >= MAX_ENTRIES)
        g_hash_table_remove_all (memory->entries);
    entry = g_new0 (Entry, 1);
    entry->serial = ++memory->last_serial;
    entry->asking = TRUE;
    entry->asked_us = now;
    g_hash_table_replace (memory->entries, g_strdup (key), entry);
    *out_entry = entry;
    return LOOK_ASK;
}

/* Waits while another thread asks. TRUE: *out_table is set, or nobody asks and the caller must, as *@out_serial. */
static gboolean
memory_wait (XnMemory *memory, const char *key, gint64 not_before_us, XnTable **out_table, gint64 *out_asked_us,
             guint64 *out_serial, XnOp *op, GError **error)
{
    guint64 waited = 0;
    XN_LOCKED (&memory->mutex);
    for (;;) {
        Entry *entry = NULL;
        switch (memory_look (memory, key, not_before_us, waited, &entry)) {
        case LOOK_TABLE:
            *out_table = xn_table_ref (entry->table);
            *out_asked_us = entry->asked_us;
            return TRUE;
        case LOOK_FAILURE:
            g_propagate_error (error, g_error_copy (entry->error));
            return FALSE;
        case LOOK_ASK:
            *out_serial = entry->serial;
            *out_asked_us = entry->asked_us;
            return TRUE;
        case LOOK_WAIT:
            waited = entry->serial;
            break;
        }
        xn_cond_wait_ms (&memory->changed, &memory->mutex, XN_OP_TICK_MS);
        pthread_mutex_unlock (&memory->mutex);
        const gboolean go_on = xn_op_check (op, error);
        pthread_mutex_lock (&memory->mutex);
        if (!go_on)
            return FALSE;
    }
}

static void
memory_answered (XnMemory *memory, const char *key, guint64 serial, XnTable *table, const GError *error)
{
    XN_LOCKED (&memory->mutex);
    Entry *entry = g_hash_table_lookup (memory->entries, key);
    pthread_cond_broadcast (&memory->changed);
    if (entry == NULL || entry->serial != serial)
        return;
    entry->asking = FALSE;
    if (table != NULL)
        entry->table = xn_table_ref (table);
    else if (xn_error_is (error, XN_ERROR_CANCELLED))
        /* That was the asking operation's affair; one of those who wait asks in its place. */
        g_hash_table_remove (memory->entries, key);
    else
        entry->error = g_error_copy (error);
}

XnTable *
xn_memory_get (XnMemory *memory, XnClient *client, const XnListing *listing, gint64 not_before_us, gint64 *out_asked_us,
               XnOp *op, GError **error)
{
    g_autofree char *key = memory_key (client, listing->path, listing->query);
    g_autoptr (XnTable) table = NULL;
    guint64 serial = 0;
    gint64 asked_us = 0;
    if (!memory_wait (memory, key, not_before_us, &table, &asked_us, &serial, op, error))
        return NULL;
    if (table == NULL) {
        GError *problem = NULL;
        table = xn_table_get (client, listing, op, &problem);
        memory_answered (memory, key, serial, table, problem);
        if (problem != NULL)
            g_propagate_error (error, problem);
    }
    if (out_asked_us != NULL)
        *out_asked_us = asked_us;
    return g_steal_pointer (&table);
}

gboolean
xn_memory_once (XnMemory *memory, XnClient *client, const char *name, const char *detail)
{
    g_autofree char *key = memory_key (client, name, NULL);
    const gint64 now = g_get_monotonic_time ();
    XN_LOCKED (&memory->mutex);
    const Hint *hint = g_hash_table_lookup (memory->hints, key);
    if (hint != NULL && hint->given_us >= now - REMEMBERED_US)
        return !g_str_equal (hint->detail, detail);
    Hint *first = g_new (Hint, 1);
    first->detail = g_strdup (detail);
    first->given_us = now;
    g_hash_table_replace (memory->hints, g_steal_pointer (&key), first);
    return FALSE;
}

void
xn_memory_forget (XnMemory *memory, XnClient *client)
{
    g_autofree char *prefix = g_strdup_printf ("%p ", (void *)client);
    XN_LOCKED (&memory->mutex);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init (&iter, memory->entries);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        Entry *entry = value;
        if (!g_str_has_prefix (key, prefix))
            continue;
        if (entry->asking)
            entry->forgotten = TRUE;
        else
            g_hash_table_iter_remove (&iter);
    }
}
