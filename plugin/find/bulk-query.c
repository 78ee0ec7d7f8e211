/* SPDX-License-Identifier: Apache-2.0 */
/* The bulk query. A session's rows come in any order and between those of others, so what decides (is there a scan whose ID
 * is the selector? is a label unique?) is collected on the way and applied at the end; only rows that may match are kept. */
#include "find/bulk-query.h"

#include "base/error.h"
#include "base/parallel.h"
#include "base/sync.h"
#include "find/resource-detail.h"
#include "find/select-scans.h"

#include <string.h>

/* The set of columns is small and fixed: others are known to confuse the server. Behind the names come the numbers and what is
 * noted of scans, which some servers do not tell, and then what may be missing in any row. */
enum {
    BULK_ID,
    BULK_LABEL,
    BULK_SCAN_ID,
    BULK_SCAN_TYPE,
    BULK_RESOURCE,
    BULK_SUBJECT_ID,
    BULK_SUBJECT_LABEL,
    BULK_PROJECT,
    BULK_NUMBER,
    BULK_FILES,
    BULK_BYTES,
    BULK_QUALITY,
    BULK_DESCRIPTION,
    BULK_DATE,
    BULK_TYPE
};
#define N_KEPT (BULK_TYPE + 1)
#define NAME_COLUMNS                                                                            \
    "ID|session_ID", "label|session_label", "xnat:imagescandata/id", "xnat:imagescandata/type", \
        "xnat:imagescandata/file/label", "subject_ID|xnat:subjectassessordata/subject_id",      \
        "subject_label|xnat:subjectdata/label", "project"
#define NUMBER_COLUMNS                                                                        \
    "xnat:imagescandata/file/xnat_abstractresource_id", "xnat:imagescandata/file/file_count", \
        "xnat:imagescandata/file/file_size"
#define NOTE_COLUMNS "xnat:imagescandata/quality", "xnat:imagescandata/series_description"
static const char *const COLUMNS[] = {NAME_COLUMNS, NUMBER_COLUMNS, NOTE_COLUMNS, "date", "xsiType", NULL};
#define QUERY                                                                                                     \
    "xsiType=xnat:imageSessionData&columns=ID,label,project,subject_ID,subject_label,date,xnat:imageScanData/ID," \
    "xnat:imageScanData/type,xnat:imageScanData/file/label"
#define NUMBERS                                                                             \
    ",xnat:imageScanData/file/xnat_abstractresource_id,xnat:imageScanData/file/file_count," \
    "xnat:imageScanData/file/file_size,xnat:imageScanData/quality,xnat:imageScanData/series_description"

/* A server that has not begun to answer after this time would be faster asked in pieces. */
#define ANSWER_TIMEOUT_MS 60000
/* Sessions whose memory is asked for at once. */
#define BLOCK 256

typedef struct {
    const char *id, *label, *subject_id, *subject_label, *own_project, *date, *type; /* (in the pool) */
    XnMatchRank subject, experiment;
    gboolean has_scan;       /* a scan that fits, whatever resources it has */
    gboolean has_scan_by_id; /* a scan whose ID is the plain selector */
    gboolean left_out;       /* by what narrows the search */
    gboolean unclear;        /* rows do not tell which resource is meant: a label twice on a scan, or no number */
} Session;

typedef struct {
    Session *session;
    const char *scan_id, *resource;
    const XnScanKind *scan_kind;
    gint64 bytes;
    guint32 number;          /* 0: not told */
    unsigned int files : 30; /* MOST_FILES: not told, or as many */
    unsigned int scan : 2;   /* XnMatchRank */
} Match;
#define MOST_FILES 0x3fffffff

typedef struct {
    XnFinder *finder;
    const XnSelection *selection;
    GHashTable *sessions; /* (owned) Map<accession ID, Session> */
    GPtrArray *blocks;    /* (owned) (element-type Session[BLOCK]) the memory of the sessions */
    guint in_last;        /* how many are in the last block */
    GArray *matches;      /* (owned) (element-type Match) */
    const char *project;  /* whose sessions are looked for */
    gboolean shared;      /* those that are shared into it, whose labels there the rows do not tell; else its own */
    gboolean has_numbers; /* rows tell the numbers of resources, and what is noted of scans */
    guint64 rows;
    gboolean every_session;   /* sessions are not chosen among, so that a row may be judged before its session */
    gboolean passed;          /* there was a session that is not among the others, as none of its rows matched so far */
    const char *last[N_KEPT]; /* (in the pool) what was kept of a column last */
    const XnScanKind *last_kind;
} Bulk;

static void
bulk_restart (gpointer data)
{
    Bulk *bulk = data;
    g_hash_table_remove_all (bulk->sessions);
    g_ptr_array_set_size (bulk->blocks, 0);
    g_array_set_size (bulk->matches, 0);
    bulk->rows = 0;
    bulk->passed = FALSE;
}

static void
bulk_init (Bulk *bulk, XnFinder *finder, const XnSelection *selection, const char *project, gboolean shared)
{
    *bulk = (Bulk){.finder = finder, .selection = selection, .project = project, .shared = shared};
    bulk->every_session = xn_matcher_is_everything (selection->level[XN_LEVEL_SUBJECT]) &&
                          xn_matcher_is_everything (selection->level[XN_LEVEL_EXPERIMENT]) &&
                          !xn_selection_narrows_sessions (selection);
    bulk->sessions = g_hash_table_new (g_str_hash, g_str_equal);
    bulk->blocks = g_ptr_array_new_with_free_func (g_free);
    bulk->matches = g_array_new (FALSE, FALSE, sizeof (Match));
}

static void
bulk_clear (Bulk *bulk)
{
    g_hash_table_unref (bulk->sessions);
    g_ptr_array_unref (bulk->blocks);
    g_array_unref (bulk->matches);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bulk, bulk_clear)

/* A cell as the pool keeps it: most are repeated from row to row, but a session's own are not. */
static const char *
bulk_keep (Bulk *bulk, guint column, const char *const *cells)
{
    static const gboolean IS_LABEL[N_KEPT] = {
        [BULK_LABEL] = TRUE,         [BULK_SCAN_TYPE] = TRUE, [BULK_RESOURCE] = TRUE,
        [BULK_SUBJECT_LABEL] = TRUE, [BULK_QUALITY] = TRUE,   [BULK_DESCRIPTION] = TRUE};
    const char **last = &bulk->last[column];
    const char *text = cells[column];
    if (IS_LABEL[column] && strchr (text, '&') != NULL)
        return xn_pool_add_label (bulk->finder->pool, text);
    if (column == BULK_ID || column == BULK_LABEL)
        return xn_pool_copy (bulk->finder->pool, text);
    if (*last == NULL || strcmp (*last, text) != 0)
        *last = xn_pool_add (bulk->finder->pool, text);
    return *last;
}

/* One by one they would lie between strings of the pool and leave gaps that are too small for what comes later. */
static Session *
bulk_new_session (Bulk *bulk)
{
    if (bulk->blocks->len == 0 || bulk->in_last == BLOCK) {
        g_ptr_array_add (bulk->blocks, g_new0 (Session, BLOCK));
        bulk->in_last = 0;
    }
    Session *block = g_ptr_array_index (bulk->blocks, bulk->blocks->len - 1);
    return &block[bulk->in_last++];
}

/* How well a session fits by the labels that count in the project, as the server writes them: an escaped label matches in
 * both forms. */
static gboolean
session_match (const Bulk *bulk, Session *session, const char *subject_label, const char *label, GError **error)
{
    const char *subject_id = session->subject_id != NULL ? session->subject_id : "";
    return xn_match_id_first (bulk->selection->level[XN_LEVEL_SUBJECT], subject_id, subject_label, &session->subject,
                              error) &&
           xn_match_id_first (bulk->selection->level[XN_LEVEL_EXPERIMENT], session->id, label, &session->experiment,
                              error);
}

/* The session of a row, made at its first row, and matched if the row tells its labels. */
static Session *
bulk_session (Bulk *bulk, const char *const *cells, GError **error)
{
    Session *session = g_hash_table_lookup (bulk->sessions, cells[BULK_ID]);
    if (session != NULL)
        return session;
    session = bulk_new_session (bulk);
    session->id = bulk_keep (bulk, BULK_ID, cells);
    session->own_project = bulk_keep (bulk, BULK_PROJECT, cells);
    session->subject_id = bulk_keep (bulk, BULK_SUBJECT_ID, cells);
    session->date = bulk_keep (bulk, BULK_DATE, cells);
    session->type = bulk_keep (bulk, BULK_TYPE, cells);
    g_hash_table_insert (bulk->sessions, (gpointer)session->id, session);
    gboolean wanted;
    if (!xn_selection_wants_session (bulk->selection, session->date, session->type, &wanted, error))
        return NULL;
    session->left_out = !wanted;
    if (bulk->shared) {
        session->subject = session->experiment = XN_MATCH_FIRST;
        return session;
    }
    session->label = bulk_keep (bulk, BULK_LABEL, cells);
    session->subject_label = bulk_keep (bulk, BULK_SUBJECT_LABEL, cells);
    return session_match (bulk, session, cells[BULK_SUBJECT_LABEL], cells[BULK_LABEL], error) ? session : NULL;
}

/* How the row's scan fits; a row without one does not. */
static gboolean
bulk_fit_scan (const Bulk *bulk, const char *const *cells, XnMatchRank *out_fit, GError **error)
{
    *out_fit = XN_MATCH_NONE;
    return *cells[BULK_SCAN_ID] == '\0' ||
           xn_match_id_first (bulk->selection->level[XN_LEVEL_SCAN], cells[BULK_SCAN_ID], cells[BULK_SCAN_TYPE],
                              out_fit, error);
}

/* Whether a resource can be given by its label alone. */
static gboolean
is_label_enough (const XnSelection *selection, const char *label)
{
    return !selection->need_resource_ids && xn_resource_label_is_clear (label) &&
           (selection->files == NULL || xn_resource_label_fits_path (label));
}

/* What is told of the row's scan, mostly the same as of the one before. */
static const XnScanKind *
bulk_scan_kind (Bulk *bulk, const char *const *cells)
{
    const XnScanKind *last = bulk->last_kind;
    const char *type = bulk_keep (bulk, BULK_SCAN_TYPE, cells);
    const char *quality = bulk->has_numbers ? bulk_keep (bulk, BULK_QUALITY, cells) : NULL;
    const char *description = bulk->has_numbers ? bulk_keep (bulk, BULK_DESCRIPTION, cells) : NULL;
    if (last == NULL || last->type != type || last->quality != quality || last->description != description)
        bulk->last_kind = xn_pool_add_scan_kind (bulk->finder->pool, type, quality, description);
    return bulk->last_kind;
}

/* Takes a row of a session and a scan that fit, if its resource does. */
static gboolean
bulk_match (Bulk *bulk, const char *const *cells, Match *match, GError **error)
{
    Session *session = match->session;
    const char *label = cells[BULK_RESOURCE], *number = bulk->has_numbers ? cells[BULK_NUMBER] : "";
    gboolean wanted;
    session->has_scan_by_id = session->has_scan_by_id || match->scan == XN_MATCH_FIRST;
    if (!xn_selection_wants_scan (bulk->selection, cells[BULK_QUALITY], cells[BULK_DESCRIPTION], &wanted, error))
        return FALSE;
    if (!wanted)
        return TRUE;
    session->has_scan = TRUE;
    /* A scan without resources; without numbers it looks like a resource without a label. */
    if (bulk->has_numbers && *label == '\0' && *number == '\0')
        return TRUE;
    /* Neither of both fits a label: that costs no question. */
    XnMatchRank fit;
    if (!xn_match_label_first (bulk->selection->level[XN_LEVEL_RESOURCE], number, label, &fit, error))
        return FALSE;
    if (fit == XN_MATCH_NONE)
        return TRUE;
    match->number = xn_detail_number (number);
    /* One that was meant by its number may have a label that others of the scan have, too. */
    if (fit == XN_MATCH_SECOND || (match->number == 0 && !is_label_enough (bulk->selection, label)))
        session->unclear = TRUE;
    if (session->unclear && !bulk->has_numbers)
        return TRUE;
    match->scan_id = bulk_keep (bulk, BULK_SCAN_ID, cells);
    match->scan_kind = bulk_scan_kind (bulk, cells);
    match->resource = bulk_keep (bulk, BULK_RESOURCE, cells);
    const gint64 files = bulk->has_numbers ? xn_detail_count (cells[BULK_FILES]) : -1;
    match->files = files >= 0 && files < MOST_FILES ? (unsigned int)files : MOST_FILES;
    match->bytes = bulk->has_numbers ? xn_detail_count (cells[BULK_BYTES]) : -1;
    g_array_append_val (bulk->matches, *match);
    return TRUE;
}

/* XnTableRowFunc */
static gboolean
bulk_row (const char *const *cells, gpointer data, GError **error)
{
    Bulk *bulk = data;
    bulk->rows++;
    /* The server's filter is not to be trusted. */
    if (*cells[BULK_ID] == '\0' || (!bulk->shared && !g_str_equal (cells[BULK_PROJECT], bulk->project)))
        return TRUE;
    XnMatchRank scan = XN_MATCH_NONE;
    if (bulk->every_session && !bulk_fit_scan (bulk, cells, &scan, error))
        return FALSE;
    if (bulk->every_session && scan == XN_MATCH_NONE) {
        bulk->passed = TRUE;
        return TRUE;
    }
    Session *session = bulk_session (bulk, cells, error);
    if (session == NULL)
        return FALSE;
    if (session->left_out || session->subject == XN_MATCH_NONE || session->experiment == XN_MATCH_NONE)
        return TRUE;
    if (!bulk->every_session && !bulk_fit_scan (bulk, cells, &scan, error))
        return FALSE;
    Match match = {.session = session, .scan = (unsigned int)scan};
    return scan == XN_MATCH_NONE || bulk_match (bulk, cells, &match, error);
}

/* How many columns must be told: what is selected by, at least. */
static guint
bulk_n_required (const Bulk *bulk)
{
    if (!bulk->has_numbers)
        return BULK_PROJECT + 1;
    if (xn_selection_narrows_sessions (bulk->selection))
        return BULK_TYPE + 1;
    return (xn_selection_narrows_scans (bulk->selection) ? BULK_DESCRIPTION : BULK_BYTES) + 1;
}

/* XnDetailFunc: asks for the project's own sessions, or for those that are shared into it. */
static gboolean
bulk_ask (XnDetail detail, gpointer data, GError **error)
{
    Bulk *bulk = data;
    const gboolean with_numbers = detail != XN_DETAIL_LABELS;
    const char *filter = bulk->shared ? "xnat:imageSessionData/sharing/share/project" : "project";
    g_autofree char *value = xn_encode_query (bulk->project);
    g_autofree char *query = g_strdup_printf ("%s%s&%s=%s", QUERY, with_numbers ? NUMBERS : "", filter, value);
    g_autofree char *what = g_strdup_printf ("searching project %s", bulk->project);
    const gint64 own = xn_op_settings (bulk->finder->op)->answer_timeout_ms;
    bulk->has_numbers = with_numbers;
    const XnListing listing = {.path = "/data/experiments",
                               .query = query,
                               .columns = COLUMNS,
                               .n_required = bulk_n_required (bulk),
                               .what = what,
                               .retry = XN_RETRY_NONE,
                               .early = TRUE,
                               .answer_timeout_ms = MIN (own, ANSWER_TIMEOUT_MS)};
    return xn_listing_stream (bulk->finder->client, &listing, bulk_row, bulk_restart, bulk, bulk->finder->op, error);
}

static XnItem *
session_item (const Session *session, const XnItem *project)
{
    XnItem *item = xn_item_copy (project);
    item->own_project = session->own_project;
    item->subject_id = session->subject_id;
    item->subject_label = session->subject_label;
    item->experiment_id = session->id;
    item->experiment_label = session->label;
    item->experiment_date = session->date;
    item->xsi_type = session->type;
    return item;
}

static gboolean
bulk_has_sessions (const Bulk *bulk)
{
    return bulk->passed || g_hash_table_size (bulk->sessions) > 0;
}

/* How well the best session of all fits, by subject first. */
static void
bulk_best (Bulk *bulk, XnMatchRank *out_subject, XnMatchRank *out_experiment)
{
    GHashTableIter iter;
    gpointer value;
    *out_subject = *out_experiment = bulk->passed ? XN_MATCH_FIRST : XN_MATCH_NONE;
    g_hash_table_iter_init (&iter, bulk->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value))
        *out_subject = MAX (*out_subject, ((Session *)value)->subject);
    g_hash_table_iter_init (&iter, bulk->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Session *session = value;
        if (session->subject == *out_subject && *out_subject != XN_MATCH_NONE)
            *out_experiment = MAX (*out_experiment, session->experiment);
    }
}

static gboolean
session_counts (const Session *session, XnMatchRank subject, XnMatchRank experiment)
{
    return session->subject == subject && session->experiment == experiment && subject != XN_MATCH_NONE &&
           experiment != XN_MATCH_NONE;
}

typedef struct {
    XnFinder *finder;
    XnSelection *selection;
    pthread_mutex_t mutex;
    XnHits *out; /* [mutex] */
} Unclear;

/* XnTaskFunc: a session whose rows do not tell its resources apart is asked for them. */
static gboolean
unclear_task (gpointer item, gpointer data, GError **error)
{
    Unclear *unclear = data;
    const XnSelection *selection = unclear->selection;
    g_autoptr (GPtrArray) scans = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) found = g_ptr_array_new ();
    gboolean ok = xn_select_scans (unclear->finder, selection, item, TRUE, scans, error);
    for (guint i = 0; ok && i < scans->len; i++)
        ok = xn_find_resources (unclear->finder, g_ptr_array_index (scans, i), selection->level[XN_LEVEL_RESOURCE],
                                found, error);
    XN_LOCKED (&unclear->mutex);
    for (guint i = 0; i < found->len; i++)
        xn_hits_add (unclear->out, g_ptr_array_index (found, i));
    return ok;
}

/* For qsort; texts of a pool are equal if they are the same. */
static int
match_compare (gconstpointer a, gconstpointer b)
{
    const Match *one = a, *two = b;
    const gconstpointer keys[][2] = {
        {one->session, two->session}, {one->scan_id, two->scan_id}, {one->resource, two->resource}};
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

/* Equal labels on one scan match alike, so a repetition is one among the matches: several resources, which may share their
 * files, or a row that came twice. */
static void
bulk_mark_repetitions (Bulk *bulk)
{
    g_array_sort (bulk->matches, match_compare);
    for (guint i = 1; i < bulk->matches->len; i++) {
        const Match *match = &g_array_index (bulk->matches, Match, i);
        if (match_compare (match, match - 1) == 0 && (match->number == 0 || match->number != (match - 1)->number))
            match->session->unclear = TRUE;
    }
}

/* The matches that count, those of a session together. */
static void
bulk_give (const Bulk *bulk, XnMatchRank subject, XnMatchRank experiment, const XnItem *project, XnHits *out)
{
    const Session *session = NULL;
    XnItem *item = NULL;
    for (guint i = 0; i < bulk->matches->len; i++) {
        const Match *match = &g_array_index (bulk->matches, Match, i);
        if (!session_counts (match->session, subject, experiment) || match->session->unclear ||
            (match->session->has_scan_by_id && match->scan != XN_MATCH_FIRST) ||
            (i > 0 && match_compare (match, match - 1) == 0))
            continue;
        if (match->session != session)
            item = session_item (match->session, project);
        session = match->session;
        XnHit *hit = xn_hits_add (out, item);
        hit->scan_id = match->scan_id;
        hit->scan_kind = match->scan_kind;
        hit->resource_label = match->resource;
        hit->resource_number = match->number;
        hit->by_number = !xn_resource_label_is_clear (match->resource);
        hit->files = match->files == MOST_FILES ? XN_HIT_FILES_UNKNOWN : match->files;
        hit->bytes = match->bytes;
    }
}

/* GHashFunc, GEqualFunc: the scan of a match. */
static guint
match_scan_hash (gconstpointer key)
{
    const Match *match = key;
    return g_direct_hash (match->session->id) * 31 + g_direct_hash (match->scan_id);
}

static gboolean
match_scan_equal (gconstpointer a, gconstpointer b)
{
    const Match *one = a, *two = b;
    return one->session->id == two->session->id && one->scan_id == two->scan_id;
}

/* What the rows told of the scans of hits that were then found another way: those from number @first on. */
static void
bulk_tell_kinds (const Bulk *bulk, XnHits *hits, guint first)
{
    g_autoptr (GHashTable) scans = g_hash_table_new (match_scan_hash, match_scan_equal);
    for (guint i = 0; i < bulk->matches->len && hits->n > first; i++) {
        Match *match = &g_array_index (bulk->matches, Match, i);
        if (match->session->unclear)
            g_hash_table_add (scans, match);
    }
    for (guint i = first; i < hits->n; i++) {
        XnHit *hit = &hits->hits[i];
        Session session = {.id = hit->item->experiment_id};
        const Match wanted = {.session = &session, .scan_id = hit->scan_id};
        const Match *match = g_hash_table_lookup (scans, &wanted);
        if (match != NULL)
            hit->scan_kind = match->scan_kind;
    }
}

static gboolean
bulk_finish (Bulk *bulk, XnSelection *selection, const XnItem *project, XnHits *out, GError **error)
{
    XnMatchRank subject, experiment;
    bulk_mark_repetitions (bulk);
    bulk_best (bulk, &subject, &experiment);
    if (bulk_has_sessions (bulk))
        xn_selection_reached (selection, XN_LEVEL_PROJECT);
    if (subject != XN_MATCH_NONE)
        xn_selection_reached (selection, XN_LEVEL_SUBJECT);
    if (bulk->passed)
        xn_selection_reached (selection, XN_LEVEL_EXPERIMENT);

    g_autoptr (GPtrArray) unclear = g_ptr_array_new_with_free_func (g_free);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, bulk->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Session *session = value;
        if (session->left_out || !session_counts (session, subject, experiment))
            continue;
        xn_selection_reached (selection, XN_LEVEL_EXPERIMENT);
        if (session->has_scan)
            xn_selection_reached (selection, XN_LEVEL_SCAN);
        if (session->unclear)
            g_ptr_array_add (unclear, session_item (session, project));
    }
    bulk_give (bulk, subject, experiment, project, out);
    const guint first = out->n;
    Unclear work = {bulk->finder, selection, PTHREAD_MUTEX_INITIALIZER, out};
    if (!xn_parallel_run (bulk->finder->op, xn_op_settings (bulk->finder->op)->jobs, unclear, unclear_task, &work,
                          XN_PARALLEL_STOP_AT_ERROR, NULL, error))
        return FALSE;
    bulk_tell_kinds (bulk, out, first);
    return TRUE;
}

static const char *
or_nothing (const char *text)
{
    return text != NULL ? text : "";
}

/* Whether shared sessions fit is a question to the project's own list, which tells what they and their subjects are called
 * there: only now it is known that it is worth one. */
static gboolean
bulk_match_shared (Bulk *bulk, const XnItem *project, GError **error)
{
    if (g_hash_table_size (bulk->sessions) == 0)
        return TRUE;
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    g_autoptr (GPtrArray) experiments = g_ptr_array_new_with_free_func (g_free);
    if (!xn_find_experiments (bulk->finder, project, NULL, everything, experiments, error))
        return FALSE;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, bulk->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value))
        ((Session *)value)->subject = ((Session *)value)->experiment = XN_MATCH_NONE;
    for (guint i = 0; i < experiments->len; i++) {
        const XnItem *named = g_ptr_array_index (experiments, i);
        Session *session = g_hash_table_lookup (bulk->sessions, named->experiment_id);
        if (session == NULL)
            continue;
        session->label = named->experiment_label;
        session->subject_label = named->subject_label;
        if (!session_match (bulk, session, or_nothing (session->subject_label), or_nothing (session->label), error))
            return FALSE;
    }
    return TRUE;
}

/* A session's matches of both queries decide together which fits best, so one is merged into the other, which must not
 * outlive it. */
static void
bulk_merge (Bulk *own, Bulk *shared)
{
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init (&iter, shared->sessions);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        if (!g_hash_table_contains (own->sessions, key))
            g_hash_table_insert (own->sessions, key, value);
    }
    for (guint i = 0; i < shared->matches->len; i++) {
        const Match *match = &g_array_index (shared->matches, Match, i);
        if (g_hash_table_lookup (own->sessions, match->session->id) == match->session)
            g_array_append_val (own->matches, *match);
    }
}

gboolean
xn_bulk_search (XnFinder *finder, XnSelection *selection, const XnItem *project, XnHits *out, gboolean *out_known,
                gboolean *out_answered, GError **error)
{
    g_auto (Bulk) own, shared;
    bulk_init (&own, finder, selection, project->project, FALSE);
    bulk_init (&shared, finder, selection, project->project, TRUE);
    const gboolean narrowed = xn_selection_narrows_sessions (selection) || xn_selection_narrows_scans (selection);
    const XnDetailNames detail = {.refusal[XN_DETAIL_SIZES] = "no numbers of the resources of scans",
                                  .least = narrowed ? XN_DETAIL_SIZES
                                                    : xn_detail_least (selection->level[XN_LEVEL_RESOURCE])};
    /* One after the other: a server that refuses the query is not asked twice. */
    *out_answered = xn_detail_ask (finder, &detail, bulk_ask, &own, error);
    if (!*out_answered || !xn_detail_ask (finder, &detail, bulk_ask, &shared, error) ||
        !bulk_match_shared (&shared, project, error))
        return FALSE;
    *out_known = own.rows > 0 || shared.rows > 0;
    bulk_merge (&own, &shared);
    return bulk_finish (&own, selection, project, out, error);
}
