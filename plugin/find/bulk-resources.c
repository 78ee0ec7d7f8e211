/* SPDX-License-Identifier: Apache-2.0 */
/* Listings of a project that join the resources to what has them. They are asked for below the project, where shared items
 * are among the rows, under the labels that they have there. */
#include "find/bulk-resources.h"

#include "base/error.h"
#include "find/resource-detail.h"

#include <string.h>

/* For so few one request each is as fast, and asks less of the server. */
enum { FEW = 3 };
/* A server that has not begun to answer after this time would be faster asked in pieces. */
#define ANSWER_TIMEOUT_MS 60000

/* The first columns of all kinds; those of assessors go on with the next two. Then come the resource's number, its files and
 * its bytes, as far as they are told. */
enum { COLUMN_UPPER, COLUMN_RESOURCE, COLUMN_ASSESSOR, COLUMN_ASSESSOR_LABEL };
enum { NAMES = COLUMN_RESOURCE + 1, ASSESSOR_NAMES = COLUMN_ASSESSOR_LABEL + 1 };

/* A listing of a project. */
typedef struct {
    const char *list;
    const char *query, *further[XN_N_DETAILS];
    const char *const *columns[XN_N_DETAILS];
    const char *refusal[XN_N_DETAILS];
    guint n_names; /* columns before those that tell details */
} Kind;

#define OUT(column) ("xnat:imageassessordata/out/file/" column)
#define ASSESSOR_COLUMNS "session_ID|xnat:imagesessiondata/id", OUT ("label"), "ID|xnat:imageassessordata/id", "label"
static const char *const ASSESSORS[] = {ASSESSOR_COLUMNS, NULL};
static const char *const ASSESSORS_NUMBERS[] = {ASSESSOR_COLUMNS, OUT ("xnat_abstractresource_id"), NULL};
static const char *const ASSESSORS_SIZES[] = {ASSESSOR_COLUMNS, OUT ("xnat_abstractresource_id"), OUT ("file_count"),
                                              OUT ("file_size"), NULL};
static const Kind OF_ASSESSORS = {
    .list = "experiments",
    .query = "xsiType=xnat:imageAssessorData&columns=ID,label,session_ID,xnat:imageAssessorData/out/file/label",
    .further = {"", ",xnat:imageAssessorData/out/file/xnat_abstractresource_id",
                (",xnat:imageAssessorData/out/file/xnat_abstractresource_id,xnat:imageAssessorData/out/file/file_count,"
                 "xnat:imageAssessorData/out/file/file_size")},
    .columns = {ASSESSORS, ASSESSORS_NUMBERS, ASSESSORS_SIZES},
    .refusal = {NULL, "no numbers of the resources of assessors", "no sizes of the resources of assessors"},
    .n_names = ASSESSOR_NAMES};

/* Experiments that are no image sessions are not among the rows. */
#define SESSION "xnat:imagesessiondata/resources/resource/"
static const char *const SESSIONS[] = {"ID|session_ID", SESSION "label", NULL};
static const char *const SESSIONS_NUMBERS[] = {"ID|session_ID", SESSION "label", SESSION "xnat_abstractresource_id",
                                               NULL};
static const Kind OF_SESSIONS = {
    .list = "experiments",
    .query = "xsiType=xnat:imageSessionData&columns=ID,label,xnat:imageSessionData/resources/resource/label",
    .further = {"", ",xnat:imageSessionData/resources/resource/xnat_abstractresource_id"},
    .columns = {SESSIONS, SESSIONS_NUMBERS},
    .refusal = {NULL, "no numbers of the resources of sessions"},
    .n_names = NAMES};

#define SUBJECT "xnat:subjectdata/resources/resource/"
static const char *const SUBJECTS[] = {"ID", SUBJECT "label", NULL};
static const char *const SUBJECTS_NUMBERS[] = {"ID", SUBJECT "label", SUBJECT "xnat_abstractresource_id", NULL};
static const Kind OF_SUBJECTS = {.list = "subjects",
                                 .query = "columns=ID,label,xnat:subjectData/resources/resource/label",
                                 .further = {"", ",xnat:subjectData/resources/resource/xnat_abstractresource_id"},
                                 .columns = {SUBJECTS, SUBJECTS_NUMBERS},
                                 .refusal = {NULL, "no numbers of the resources of subjects"},
                                 .n_names = NAMES};

/* A session or subject that was selected. */
typedef struct {
    const XnItem *item;
    gboolean listed;  /* what the listing says of it is all */
    XnMatchRank best; /* of its assessors */
} Upper;

/* What has resources: an upper, or an assessor of one. */
typedef struct {
    Upper *upper;
    XnItem *item; /* (owned) */
    XnMatchRank rank;
    gboolean open; /* the rows do not tell which resource is meant */
} Holder;

typedef struct {
    Holder *holder;
    const char *label, *number; /* (in the pool) */
    gint64 files, bytes;
} Match;

typedef struct {
    XnFinder *finder;
    const XnSelection *selection;
    const XnItem *project;
    const Kind *kind;
    XnDetail detail;     /* that the table tells */
    XnTable *table;      /* (owned) (nullable) */
    GHashTable *uppers;  /* (owned) Map<ID, Upper>, owning the values */
    GHashTable *holders; /* (owned) Map<ID, Holder>, owning the values */
    GArray *matches;     /* (owned) (element-type Match) */
} Bulk;

static void
holder_free (gpointer data)
{
    g_free (((Holder *)data)->item);
    g_free (data);
}

static void
bulk_clear (Bulk *bulk)
{
    xn_table_unref (bulk->table);
    g_hash_table_unref (bulk->holders);
    g_hash_table_unref (bulk->uppers);
    g_array_unref (bulk->matches);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bulk, bulk_clear)

static void
bulk_init (Bulk *bulk, GPtrArray *uppers)
{
    bulk->uppers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
    bulk->holders = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, holder_free);
    bulk->matches = g_array_new (FALSE, FALSE, sizeof (Match));
    for (guint i = 0; i < uppers->len; i++) {
        const XnItem *item = g_ptr_array_index (uppers, i);
        Upper *upper = g_new0 (Upper, 1);
        upper->item = item;
        g_hash_table_insert (bulk->uppers,
                             (gpointer)(item->experiment_id != NULL ? item->experiment_id : item->subject_id), upper);
    }
}

static const Kind *
kind_of (XnLevel below)
{
    return below == XN_LEVEL_ASSESSOR     ? &OF_ASSESSORS
           : below == XN_LEVEL_EXPERIMENT ? &OF_SESSIONS
           : below == XN_LEVEL_SUBJECT    ? &OF_SUBJECTS
                                          : NULL;
}

static gboolean
is_of_assessors (const Kind *kind)
{
    return kind == &OF_ASSESSORS;
}

gboolean
xn_bulk_resources_apply (const XnSelection *selection, const XnItem *project, GPtrArray *uppers)
{
    if (project->project == NULL || kind_of (selection->below) == NULL || uppers->len == 0)
        return FALSE;
    const XnMatcher *assessor = selection->level[XN_LEVEL_ASSESSOR];
    const gboolean many_assessors = assessor != NULL && !xn_matcher_is_plain (assessor);
    return uppers->len > FEW || many_assessors;
}

/* XnDetailFunc */
static gboolean
bulk_ask (XnDetail detail, gpointer data, GError **error)
{
    Bulk *bulk = data;
    const Kind *kind = bulk->kind;
    g_autofree char *container = xn_item_container (bulk->project);
    g_autofree char *path = g_strdup_printf ("%s/%s", container, kind->list);
    g_autofree char *query = g_strconcat (kind->query, kind->further[detail], NULL);
    g_autofree char *what = g_strdup_printf ("searching project %s", bulk->project->project);
    const gint64 own = xn_op_settings (bulk->finder->op)->answer_timeout_ms;
    const XnListing listing = {.path = path,
                               .query = query,
                               .columns = kind->columns[detail],
                               .n_required = g_strv_length ((char **)kind->columns[detail]),
                               .what = what,
                               .retry = XN_RETRY_NONE,
                               .answer_timeout_ms = MIN (own, ANSWER_TIMEOUT_MS)};
    bulk->detail = detail;
    bulk->table = xn_finder_table (bulk->finder, &listing, error);
    return bulk->table != NULL;
}

/* The project lists its own assessors and those that are shared into it; a session that is shared may have others, which can
 * be seen as well. So what was listed is all of the project's own sessions only. */
static gboolean
bulk_tell_own_sessions (Bulk *bulk, GError **error)
{
    static const char *const COLUMNS[] = {"ID|session_ID", NULL};
    g_autofree char *value = xn_encode_query (bulk->project->project);
    g_autofree char *query = g_strconcat (
        "xsiType=xnat:imageSessionData&columns=ID,project&xnat:imageSessionData/sharing/share/project=", value, NULL);
    g_autofree char *what = g_strdup_printf ("looking for sessions that are shared into %s", bulk->project->project);
    const XnListing listing = {.path = "/data/experiments",
                               .query = query,
                               .columns = COLUMNS,
                               .n_required = 1,
                               .what = what,
                               .retry = XN_RETRY_NONE};
    g_autoptr (XnTable) shared = xn_finder_table (bulk->finder, &listing, error);
    if (shared == NULL)
        return FALSE;
    GHashTableIter iter;
    gpointer upper_value;
    g_hash_table_iter_init (&iter, bulk->uppers);
    while (g_hash_table_iter_next (&iter, NULL, &upper_value))
        ((Upper *)upper_value)->listed = TRUE;
    for (guint row = 0; row < xn_table_n_rows (shared); row++) {
        Upper *upper = g_hash_table_lookup (bulk->uppers, xn_table_cell (shared, row, 0));
        if (upper != NULL)
            upper->listed = FALSE;
    }
    return TRUE;
}

/* What the row's resource belongs to; *@out_holder is NULL for what was not selected. */
static gboolean
bulk_holder (Bulk *bulk, guint row, Holder **out_holder, GError **error)
{
    const gboolean of_assessor = is_of_assessors (bulk->kind);
    Upper *upper = g_hash_table_lookup (bulk->uppers, xn_table_cell (bulk->table, row, COLUMN_UPPER));
    const char *id = xn_table_cell (bulk->table, row, of_assessor ? COLUMN_ASSESSOR : COLUMN_UPPER);
    Holder *holder = *out_holder = upper != NULL ? g_hash_table_lookup (bulk->holders, id) : NULL;
    if (upper == NULL || holder != NULL || *id == '\0')
        return TRUE;
    holder = g_new0 (Holder, 1);
    holder->upper = upper;
    holder->rank = XN_MATCH_FIRST;
    holder->item = xn_item_copy (upper->item);
    g_hash_table_insert (bulk->holders, (gpointer)xn_pool_add (bulk->finder->pool, id), holder);
    *out_holder = holder;
    upper->listed = upper->listed || !of_assessor;
    if (of_assessor) {
        const char *label = xn_table_cell (bulk->table, row, COLUMN_ASSESSOR_LABEL);
        holder->item->assessor_id = xn_pool_add (bulk->finder->pool, id);
        holder->item->assessor_label = xn_pool_add_label (bulk->finder->pool, label);
        if (!xn_match_id_first (bulk->selection->level[XN_LEVEL_ASSESSOR], id, label, &holder->rank, error))
            return FALSE;
    }
    upper->best = MAX (upper->best, holder->rank);
    return TRUE;
}

/* A detail as the row tells it: @which of them */
static const char *
bulk_detail (const Bulk *bulk, guint row, XnDetail of, guint which)
{
    return bulk->detail >= of ? xn_table_cell (bulk->table, row, bulk->kind->n_names + which) : "";
}

static gboolean
bulk_row (Bulk *bulk, guint row, GError **error)
{
    Match match;
    XnMatchRank rank;
    if (!bulk_holder (bulk, row, &match.holder, error))
        return FALSE;
    if (match.holder == NULL || match.holder->rank == XN_MATCH_NONE)
        return TRUE;
    const char *label = xn_table_cell (bulk->table, row, COLUMN_RESOURCE);
    const char *number = bulk_detail (bulk, row, XN_DETAIL_NUMBERS, 0);
    /* No resource at all; without numbers it looks like one without a label. */
    if (bulk->detail != XN_DETAIL_LABELS && *label == '\0' && *number == '\0')
        return TRUE;
    if (!xn_match_label_first (bulk->selection->level[XN_LEVEL_RESOURCE], number, label, &rank, error))
        return FALSE;
    if (rank == XN_MATCH_NONE)
        return TRUE;
    /* One that was meant by its number may have a label that others have, too. */
    if (rank == XN_MATCH_SECOND || xn_detail_number (number) == 0)
        match.holder->open = TRUE;
    match.label = xn_pool_add_label (bulk->finder->pool, label);
    match.number = xn_pool_add (bulk->finder->pool, number);
    match.files = xn_detail_count (bulk_detail (bulk, row, XN_DETAIL_SIZES, 1));
    match.bytes = xn_detail_count (bulk_detail (bulk, row, XN_DETAIL_SIZES, 2));
    g_array_append_val (bulk->matches, match);
    return TRUE;
}

/* For qsort; texts of a pool are equal if they are the same. */
static int
match_compare (gconstpointer a, gconstpointer b)
{
    const Match *one = a, *two = b;
    const gconstpointer keys[][2] = {{one->holder, two->holder}, {one->label, two->label}, {one->number, two->number}};
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

/* Equal labels match alike, so a repetition is one among the matches: several resources, which may share their files, or a
 * row that came twice, which is left out. */
static void
bulk_settle_repetitions (Bulk *bulk)
{
    GArray *matches = bulk->matches;
    guint n = 0;
    g_array_sort (matches, match_compare);
    for (guint i = 0; i < matches->len; i++) {
        const Match match = g_array_index (matches, Match, i);
        const Match *last = n > 0 ? &g_array_index (matches, Match, n - 1) : NULL;
        const gboolean same_label = last != NULL && last->holder == match.holder && last->label == match.label;
        if (same_label && last->number == match.number)
            continue;
        if (same_label)
            match.holder->open = TRUE;
        g_array_index (matches, Match, n++) = match;
    }
    g_array_set_size (matches, n);
}

static gboolean
holder_counts (const Holder *holder)
{
    return holder->upper->listed && holder->rank != XN_MATCH_NONE && holder->rank == holder->upper->best;
}

static void
bulk_give (Bulk *bulk, XnSelection *selection, GPtrArray *out, GPtrArray *open, GPtrArray *unlisted)
{
    GHashTableIter iter;
    gpointer value;
    for (guint i = 0; i < bulk->matches->len; i++) {
        const Match *match = &g_array_index (bulk->matches, Match, i);
        if (!holder_counts (match->holder) || match->holder->open)
            continue;
        XnItem *item = xn_item_copy (match->holder->item);
        item->resource_id = match->number;
        item->resource_label = match->label;
        item->by_number = !xn_resource_label_is_clear (match->label);
        item->files = match->files;
        item->bytes = match->bytes;
        g_ptr_array_add (out, item);
    }
    g_hash_table_iter_init (&iter, bulk->holders);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Holder *holder = value;
        if (!holder_counts (holder))
            continue;
        xn_selection_reached (selection, selection->below);
        if (holder->open)
            g_ptr_array_add (open, g_steal_pointer (&holder->item));
    }
    g_hash_table_iter_init (&iter, bulk->uppers);
    while (g_hash_table_iter_next (&iter, NULL, &value))
        if (!((Upper *)value)->listed)
            g_ptr_array_add (unlisted, xn_item_copy (((Upper *)value)->item));
}

gboolean
xn_bulk_resources (XnFinder *finder, XnSelection *selection, const XnItem *project, GPtrArray *uppers, GPtrArray *out,
                   GPtrArray *open, GPtrArray *unlisted, GError **error)
{
    const Kind *kind = kind_of (selection->below);
    g_auto (Bulk) bulk = {.finder = finder, .selection = selection, .project = project, .kind = kind};
    bulk_init (&bulk, uppers);
    XnDetailNames names = {.least = xn_detail_least (selection->level[XN_LEVEL_RESOURCE])};
    memcpy (names.refusal, kind->refusal, sizeof names.refusal);
    if (!xn_detail_ask (finder, &names, bulk_ask, &bulk, error) ||
        (is_of_assessors (kind) && !bulk_tell_own_sessions (&bulk, error)))
        return FALSE;
    for (guint row = 0; row < xn_table_n_rows (bulk.table); row++)
        if (!bulk_row (&bulk, row, error))
            return FALSE;
    bulk_settle_repetitions (&bulk);
    bulk_give (&bulk, selection, out, open, unlisted);
    return TRUE;
}
