/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of listings. An entry is made by the thread that asks; until that has an answer, others who want the same wait
 * for it, and share a failure as they share a table. */
#include "find/listing-cache.h"

#include "base/error.h"
#include "base/sync.h"

#define REMEMBERED_US (60 * G_USEC_PER_SEC)
/* A process that walks many archives must not keep all of them. */
#define MAX_ENTRIES 4096

struct XnListingCache {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GHashTable *entries; /* [mutex] (owned) Map<key, Entry> */
    GHashTable *hints;   /* [mutex] (owned) Map<key, Hint> */
    GHashTable *traits;  /* [mutex] (owned) Set<key> */
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

XnListingCache *
xn_listing_cache_new (void)
{
    XnListingCache *listings = g_new0 (XnListingCache, 1);
    pthread_mutex_init (&listings->mutex, NULL);
    xn_cond_init (&listings->changed);
    listings->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
    listings->hints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, hint_free);
    listings->traits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return listings;
}

void
xn_listing_cache_free (XnListingCache *listings)
{
    if (listings == NULL)
        return;
    g_hash_table_unref (listings->entries);
    g_hash_table_unref (listings->hints);
    g_hash_table_unref (listings->traits);
    pthread_cond_destroy (&listings->changed);
    pthread_mutex_destroy (&listings->mutex);
    g_free (listings);
}

static char *
listings_key (XnClient *client, const char *path, const char *query)
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
listings_look (XnListingCache *listings, const char *key, gint64 not_before_us, guint64 waited, Entry **out_entry)
{
    Entry *entry = g_hash_table_lookup (listings->entries, key);
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
    if (g_hash_table_size (listings->entries) >= MAX_ENTRIES)
        g_hash_table_remove_all (listings->entries);
    entry = g_new0 (Entry, 1);
    entry->serial = ++listings->last_serial;
    entry->asking = TRUE;
    entry->asked_us = now;
    g_hash_table_replace (listings->entries, g_strdup (key), entry);
    *out_entry = entry;
    return LOOK_ASK;
}

/* Waits while another thread asks. TRUE: *out_table is set, or nobody asks and the caller must, as *@out_serial. */
static gboolean
listings_wait (XnListingCache *listings, const char *key, gint64 not_before_us, XnTable **out_table,
               gint64 *out_asked_us, guint64 *out_serial, XnOp *op, GError **error)
{
    guint64 waited = 0;
    XN_LOCKED (&listings->mutex);
    for (;;) {
        Entry *entry = NULL;
        switch (listings_look (listings, key, not_before_us, waited, &entry)) {
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
        xn_cond_wait_ms (&listings->changed, &listings->mutex, XN_OP_TICK_MS);
        pthread_mutex_unlock (&listings->mutex);
        const gboolean go_on = xn_op_check (op, error);
        pthread_mutex_lock (&listings->mutex);
        if (!go_on)
            return FALSE;
    }
}

static void
listings_answered (XnListingCache *listings, const char *key, guint64 serial, XnTable *table, const GError *error)
{
    XN_LOCKED (&listings->mutex);
    Entry *entry = g_hash_table_lookup (listings->entries, key);
    pthread_cond_broadcast (&listings->changed);
    if (entry == NULL || entry->serial != serial)
        return;
    entry->asking = FALSE;
    if (table != NULL)
        entry->table = xn_table_ref (table);
    else if (xn_error_is (error, XN_ERROR_CANCELLED))
        /* That was the asking operation's affair; one of those who wait asks in its place. */
        g_hash_table_remove (listings->entries, key);
    else
        entry->error = g_error_copy (error);
}

XnTable *
xn_listing_cache_get (XnListingCache *listings, XnClient *client, const XnListing *listing, gint64 not_before_us,
                      gint64 *out_asked_us, XnOp *op, GError **error)
{
    g_autofree char *key = listings_key (client, listing->path, listing->query);
    g_autoptr (XnTable) table = NULL;
    guint64 serial = 0;
    gint64 asked_us = 0;
    if (!listings_wait (listings, key, not_before_us, &table, &asked_us, &serial, op, error))
        return NULL;
    if (table == NULL) {
        GError *problem = NULL;
        table = xn_table_get (client, listing, op, &problem);
        listings_answered (listings, key, serial, table, problem);
        if (problem != NULL)
            g_propagate_error (error, problem);
    }
    if (out_asked_us != NULL)
        *out_asked_us = asked_us;
    return g_steal_pointer (&table);
}

gboolean
xn_listing_cache_once (XnListingCache *listings, XnClient *client, const char *name, const char *detail)
{
    g_autofree char *key = listings_key (client, name, NULL);
    const gint64 now = g_get_monotonic_time ();
    XN_LOCKED (&listings->mutex);
    const Hint *hint = g_hash_table_lookup (listings->hints, key);
    if (hint != NULL && hint->given_us >= now - REMEMBERED_US)
        return !g_str_equal (hint->detail, detail);
    Hint *first = g_new (Hint, 1);
    first->detail = g_strdup (detail);
    first->given_us = now;
    g_hash_table_replace (listings->hints, g_steal_pointer (&key), first);
    return FALSE;
}

void
xn_listing_cache_note_trait (XnListingCache *listings, XnClient *client, const char *trait)
{
    char *key = listings_key (client, trait, NULL);
    XN_LOCKED (&listings->mutex);
    g_hash_table_add (listings->traits, key);
}

gboolean
xn_listing_cache_has_trait (XnListingCache *listings, XnClient *client, const char *trait)
{
    g_autofree char *key = listings_key (client, trait, NULL);
    XN_LOCKED (&listings->mutex);
    return g_hash_table_contains (listings->traits, key);
}

void
xn_listing_cache_forget (XnListingCache *listings, XnClient *client)
{
    g_autofree char *prefix = g_strdup_printf ("%p ", (void *)client);
    XN_LOCKED (&listings->mutex);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init (&iter, listings->entries);
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
