/* SPDX-License-Identifier: Apache-2.0 */
/* A search becomes a list. */
#include <string.h>

#include "fetch-list.h"
#include "fetch-search.h"
#include "item.h"
#include "kinds.h"
#include "layout.h"
#include "list.h"
#include "names.h"
#include "run-one.h"

gboolean
fetch_search_is_one (const IOPluginHost *host, const char *url)
{
    const IOPlugin *plugin = io_host_find (host, url, NULL);
    IOResult *checked = plugin != NULL && plugin->check_url != NULL ? plugin->check_url (url, NULL) : NULL;
    gboolean is_search = checked != NULL && checked->kind == IO_KIND_OK && checked->n_items == 1 &&
                         g_strcmp0 (item_attribute (checked->items[0], "search"), "true") == 0;

    if (checked != NULL)
        plugin->free_result (checked);
    return is_search;
}

/* What would tell two results apart, labels first; numbers of files or bytes do not. */
static const char *
difference (const IOItem *one, const IOItem *other)
{
    static const char *const ENDINGS[] = {"_label", "_id", "path", "project"};

    for (gsize i = 0; i < G_N_ELEMENTS (ENDINGS); i++)
        for (const char *const *pair = one->attributes; pair != NULL && pair[0] != NULL; pair += 2) {
            const char *value = item_attribute (other, pair[0]);

            if (g_str_has_suffix (pair[0], ENDINGS[i]) && value != NULL && strcmp (value, pair[1]) != 0)
                return pair[0];
        }
    return "resource_label";
}

/* Entry number @i has the place of an earlier one, or one where another's fetch waits. */
static void
set_not_unique (GPtrArray *entries, const IOResult *found, guint i, const char *template, GError **error)
{
    const ListEntry *entry = entries->pdata[i];
    guint j = 0;

    while (j < i && strcmp (((ListEntry *)entries->pdata[j])->name, entry->name) != 0)
        j++;
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE,
                 "the layout '%s' is not unique: %s and an earlier result would both use %s, or its .partial; add what "
                 "tells them apart, such as {%s}",
                 template, entry->url, entry->name,
                 j < i ? difference (found->items[i], found->items[j]) : "resource_label");
}

/* Names all entries by the layout, or none: two in one place are not what was meant, nor one where another's fetch waits. */
static gboolean
lay_out (GPtrArray *entries, const IOResult *found, const char *template, gsize longest, GError **error)
{
    g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < entries->len; i++) {
        ListEntry *entry = entries->pdata[i];

        entry->name = layout_path (template, found->items[i], longest, error);
        if (entry->name == NULL)
            return FALSE;
        if (list_take_name (taken, entry->name))
            continue;
        set_not_unique (entries, found, i, template, error);
        return FALSE;
    }
    return TRUE;
}

/* (transfer full) (element-type ListEntry) */
static GPtrArray *
entries_of (const Options *options, const IOResult *found, const char *destination, GError **error)
{
    g_autoptr (GPtrArray) entries = list_new ();
    gsize longest = names_longest (destination);

    for (size_t i = 0; i < found->n_items; i++) {
        list_add (entries, found->items[i]->id != NULL ? found->items[i]->id : "", found->items[i]->value);
        ((ListEntry *)entries->pdata[i])->bytes = item_number (found->items[i], "bytes");
    }
    if (options->layout == NULL)
        list_name (entries, longest);
    else if (!lay_out (entries, found, options->layout, longest, error))
        return NULL;
    return g_steal_pointer (&entries);
}

int
fetch_search (const Options *options, const IOPluginHost *host, const char *url, const char *destination)
{
    const Request request = {.verb = VERB_EXPAND, .url = url};
    g_auto (Outcome) outcome = run_one (options, host, &request);
    g_auto (Outcome) refused = {0};
    g_autoptr (GPtrArray) entries = NULL;
    g_autoptr (GError) error = NULL;

    if (outcome.kind != IO_KIND_OK) {
        run_one_tell (NULL, url, FALSE, &outcome);
        return outcome.kind;
    }
    entries = entries_of (options, outcome.result, destination, &error);
    if (error == NULL)
        return fetch_entries (options, host, destination, entries);
    refused = outcome_failed (error->code, error->message);
    run_one_tell (NULL, url, FALSE, &refused);
    return refused.kind;
}
