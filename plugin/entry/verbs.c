/* SPDX-License-Identifier: Apache-2.0 */
/* From a host's call to a verb's room, and back with a result. */
#include "entry/verbs.h"

#include "base/error.h"
#include "doctor/doctor.h"
#include "entry/call.h"
#include "entry/result.h"
#include "expand/expand.h"
#include "fetch/fetch.h"
#include "fetch/many.h"
#include "fetch/read.h"
#include "look/look.h"
#include "put/put.h"
#include "remove/remove.h"

#include <string.h>

G_STATIC_ASSERT ((int)XN_FINDING_OK == (int)IO_FINDING_OK);
G_STATIC_ASSERT ((int)XN_FINDING_WARNING == (int)IO_FINDING_WARNING);
G_STATIC_ASSERT ((int)XN_FINDING_FAILED == (int)IO_FINDING_FAILED);
G_STATIC_ASSERT ((int)XN_FINDING_SKIPPED == (int)IO_FINDING_SKIPPED);

static gboolean
argument_is_text (const char *name, const char *text, GError **error)
{
    if (text != NULL && *text != '\0')
        return TRUE;
    xn_error_set (error, XN_ERROR_USAGE, "the %s is empty", name);
    return FALSE;
}

/* What a line of the log calls @url. One that was refused (which is the first thing that a verb finds out) may hold a
 * password anywhere, so its text goes no further; nor does that of one that names a login. */
static const char *
url_for_log (const char *url, const GError *error)
{
    return url == NULL || strchr (url, '@') != NULL || xn_error_is (error, XN_ERROR_USAGE) ? "URL" : url;
}

/* Of a verb that moves the files of one URL. */
static XnFileCounts
counts_of (const XnVerbCall *call)
{
    const XnCounts counts = call->op != NULL ? xn_op_counts (call->op) : (XnCounts){0};
    return (XnFileCounts){counts.files_done, counts.files_kept, counts.files_replaced};
}

IOResult *
xn_verb_fetch (int host, const char *url, const char *destination, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    char *path = NULL;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && argument_is_text ("destination", destination, &error) &&
        xn_verb_operate (&self, &error))
        path = xn_fetch (self.runtime, self.op, url, destination, &error);
    const XnFileCounts counts = counts_of (&self);
    xn_verb_end (&self, "fetch", url_for_log (url, error), error);
    return path != NULL ? xn_result_new_moved (path, &counts) : xn_result_new_error (error);
}

IOResult *
xn_verb_put (int host, const char *path, const char *url, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    char *final_url = NULL;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("path", path, &error) && argument_is_text ("URL", url, &error) &&
        xn_verb_operate (&self, &error))
        final_url = xn_put (self.runtime, self.op, path, url, NULL, &error);
    const XnFileCounts counts = counts_of (&self);
    xn_verb_end (&self, "put", path != NULL ? path : "", error);
    return final_url != NULL ? xn_result_new_moved (final_url, &counts) : xn_result_new_error (error);
}

IOResult *
xn_verb_expand (int host, const char *url, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    XnPairs *expansion = NULL;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        expansion = xn_expand (self.runtime, self.op, url, &error);
    xn_verb_end (&self, "expand", url_for_log (url, error), error);
    return expansion != NULL ? xn_result_new_pairs (expansion) : xn_result_new_error (error);
}

/* Who is handed each result of an expand. */
typedef struct {
    int (*take) (void *take_data, const IOItem *item);
    void *data;
} Taker;

/* XnPairTaker: pairs are laid out as items (see result.c). */
static gboolean
hand_item (const XnPair *pair, gpointer data)
{
    const Taker *taker = data;
    return taker->take (taker->data, (const IOItem *)(gconstpointer)pair) == 0;
}

IOResult *
xn_verb_expand_each (int host, const char *url, int (*take) (void *take_data, const IOItem *item), void *take_data,
                     const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    Taker taker = {take, take_data};
    gboolean ok = FALSE;
    xn_verb_begin (&self, host, call);
    if (take == NULL)
        xn_error_set (&error, XN_ERROR_USAGE, "there is no function that takes the results");
    else if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        ok = xn_expand_each (self.runtime, self.op, url, &(XnPairTaker){hand_item, &taker}, &error);
    xn_verb_end (&self, "expand", url_for_log (url, error), error);
    return ok ? xn_result_new_empty () : xn_result_new_error (error);
}

/* Who is told of each fetch of many. */
typedef struct {
    void (*finished) (void *finished_data, size_t index, const IOResult *outcome);
    void *data;
} Listener;

/* XnFetchedFunc */
static void
tell_fetched (guint index, const char *path, const XnTally *tally, const XnPlan *plan, const GError *problem,
              gpointer data)
{
    const Listener *listener = data;
    const XnFileCounts counts = {tally->files, tally->kept, tally->replaced};
    IOResult *outcome =
        path != NULL ? xn_result_new_moved (g_strdup (path), &counts) : xn_result_new_error (g_error_copy (problem));
    listener->finished (listener->data, index, outcome);
    xn_result_free (outcome);
}

static gboolean
are_fetches (const IOFetch *fetches, size_t n, GError **error)
{
    if ((fetches != NULL || n == 0) && n < G_MAXUINT)
        return TRUE;
    xn_error_set (error, XN_ERROR_USAGE, "there is no table of what to fetch, or it is too long");
    return FALSE;
}

/* (transfer full) The same as the room of the verb wants them. */
static XnFetchAsk *
fetches_asked (const IOFetch *fetches, size_t n)
{
    XnFetchAsk *asked = g_new0 (XnFetchAsk, n + 1);
    for (size_t i = 0; i < n; i++)
        asked[i] = (XnFetchAsk){fetches[i].url, fetches[i].destination};
    return asked;
}

IOResult *
xn_verb_fetch_many (int host, const IOFetch *fetches, size_t n,
                    void (*finished) (void *finished_data, size_t index, const IOResult *outcome), void *finished_data,
                    const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    Listener listener = {finished, finished_data};
    char **paths = NULL;
    xn_verb_begin (&self, host, call);
    if (are_fetches (fetches, n, &error) && xn_verb_operate (&self, &error)) {
        g_autofree XnFetchAsk *asked = fetches_asked (fetches, n);
        paths = g_new0 (char *, n + 1);
        (void)xn_fetch_many (self.runtime, self.op, asked, (guint)n, FALSE, finished != NULL ? tell_fetched : NULL,
                             &listener, paths, &error);
    }
    g_autofree char *what = g_strdup_printf ("%" G_GSIZE_FORMAT " URLs", n);
    xn_verb_end (&self, "fetch", what, error);
    return paths != NULL ? xn_result_new_many (paths, n, error) : xn_result_new_error (error);
}

/* Who is told of a plan. */
typedef struct {
    void (*planned) (void *data, size_t index, const IOStep *step);
    void (*finished) (void *data, size_t index, const IOResult *outcome);
    void *data;
    GPtrArray *counts; /* (nullable) (element-type GPtrArray) receives what each plan of many counts */
} PlanListener;

static void
tell_plan (const PlanListener *listener, size_t index, const XnPlan *plan)
{
    for (guint i = 0; listener->planned != NULL && i < plan->steps->len; i++) {
        const XnStep *step = g_ptr_array_index (plan->steps, i);
        const IOStep told = {.struct_size = sizeof (IOStep),
                             .action = (IOAction)step->action,
                             .bytes = step->bytes,
                             .url = step->url,
                             .path = step->path,
                             .type = step->type};
        listener->planned (listener->data, index, &told);
    }
}

/* XnFetchedFunc */
static void
tell_fetch_planned (guint index, const char *path, const XnTally *tally, const XnPlan *plan, const GError *problem,
                    gpointer data)
{
    const PlanListener *listener = data;
    if (plan != NULL)
        tell_plan (listener, index, plan);
    g_ptr_array_unref (g_ptr_array_index (listener->counts, index));
    listener->counts->pdata[index] = xn_result_count_steps (plan);
    if (listener->finished == NULL)
        return;
    IOResult *outcome =
        path != NULL ? xn_result_new_planned (g_strdup (path), plan) : xn_result_new_error (g_error_copy (problem));
    listener->finished (listener->data, index, outcome);
    xn_result_free (outcome);
}

IOResult *
xn_verb_plan_fetch (int host, const IOFetch *fetches, size_t n,
                    void (*planned) (void *data, size_t index, const IOStep *step),
                    void (*finished) (void *data, size_t index, const IOResult *outcome), void *data,
                    const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    PlanListener listener = {planned, finished, data, NULL};
    char **paths = NULL;
    xn_verb_begin (&self, host, call);
    if (are_fetches (fetches, n, &error) && xn_verb_operate (&self, &error)) {
        g_autofree XnFetchAsk *asked = fetches_asked (fetches, n);
        listener.counts = g_ptr_array_new_full ((guint)n, (GDestroyNotify)g_ptr_array_unref);
        for (size_t i = 0; i < n; i++)
            g_ptr_array_add (listener.counts, xn_result_count_steps (NULL));
        paths = g_new0 (char *, n + 1);
        (void)xn_fetch_many (self.runtime, self.op, asked, (guint)n, TRUE, tell_fetch_planned, &listener, paths,
                             &error);
    }
    g_autofree char *what = n == 1 && fetches != NULL ? g_strdup (url_for_log (fetches[0].url, error))
                                                      : g_strdup_printf ("%" G_GSIZE_FORMAT " URLs", n);
    xn_verb_end (&self, "plan to fetch", what, error);
    return paths != NULL ? xn_result_new_many_planned (paths, listener.counts, error) : xn_result_new_error (error);
}

IOResult *
xn_verb_plan_put (int host, const char *path, const char *url,
                  void (*planned) (void *data, size_t index, const IOStep *step), void *data, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    const PlanListener listener = {planned, NULL, data, NULL};
    g_autoptr (XnPlan) plan = xn_plan_new ();
    char *final_url = NULL;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("path", path, &error) && argument_is_text ("URL", url, &error) &&
        xn_verb_operate (&self, &error))
        final_url = xn_put (self.runtime, self.op, path, url, plan, &error);
    xn_verb_end (&self, "plan to put", path != NULL ? path : "", error);
    tell_plan (&listener, 0, plan);
    return final_url != NULL ? xn_result_new_planned (final_url, plan) : xn_result_new_error (error);
}

IOResult *
xn_verb_plan_remove (int host, const char *url, void (*planned) (void *data, size_t index, const IOStep *step),
                     void *data, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    const PlanListener listener = {planned, NULL, data, NULL};
    g_autoptr (XnPlan) plan = xn_plan_new ();
    char *final_url = NULL;
    guint files = 0;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        final_url = xn_remove (self.runtime, self.op, url, &files, plan, &error);
    xn_verb_end (&self, "plan to remove", url_for_log (url, error), error);
    tell_plan (&listener, 0, plan);
    return final_url != NULL ? xn_result_new_planned (final_url, plan) : xn_result_new_error (error);
}

IOResult *
xn_verb_remove (int host, const char *url, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    char *final_url = NULL;
    guint files = 0;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        final_url = xn_remove (self.runtime, self.op, url, &files, NULL, &error);
    xn_verb_end (&self, "remove", url_for_log (url, error), error);
    return final_url != NULL ? xn_result_new_counted (final_url, "files", files) : xn_result_new_error (error);
}

IOResult *
xn_verb_read (int host, const char *url, uint64_t offset, uint64_t length,
              int (*take) (void *take_data, const void *bytes, size_t size), void *take_data, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    char *final_url = NULL;
    gint64 size = -1;
    const XnPart part = {offset, length, take, take_data};
    xn_verb_begin (&self, host, call);
    if (take == NULL)
        xn_error_set (&error, XN_ERROR_USAGE, "there is no function that takes what is read");
    else if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        final_url = xn_read (self.runtime, self.op, url, &part, &size, &error);
    xn_verb_end (&self, "read", url_for_log (url, error), error);
    return final_url != NULL ? xn_result_new_counted (final_url, "bytes", size) : xn_result_new_error (error);
}

IOResult *
xn_verb_stat (int host, const char *url, uint32_t flags, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    XnPairs *pairs = NULL;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        pairs = xn_stat (self.runtime, self.op, url, (flags & IO_WITH_MTIME) != 0, &error);
    xn_verb_end (&self, "stat", url_for_log (url, error), error);
    return pairs != NULL ? xn_result_new_pairs (pairs) : xn_result_new_error (error);
}

IOResult *
xn_verb_list (int host, const char *url, uint32_t flags, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    XnPairs *pairs = NULL;
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        pairs = xn_list (self.runtime, self.op, url, (flags & IO_RECURSIVE) != 0, (flags & IO_WITH_MTIME) != 0, &error);
    xn_verb_end (&self, "list", url_for_log (url, error), error);
    return pairs != NULL ? xn_result_new_pairs (pairs) : xn_result_new_error (error);
}

IOResult *
xn_verb_check (int host, const char *url, const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    IOResult *result = NULL;
    xn_verb_begin (&self, host, call);
    g_autoptr (XnUrl) parsed = argument_is_text ("URL", url, &error) ? xn_url_parse_place (url, &error) : NULL;
    if (parsed != NULL)
        result = xn_result_new_checked (parsed);
    xn_verb_end (&self, "check", "", error);
    return result != NULL ? result : xn_result_new_error (error);
}

/* Who is told findings. */
typedef struct {
    void (*told) (void *told_data, const IOFinding *finding);
    void *data;
} FindingListener;

/* XnFindingFunc */
static void
tell_finding (gpointer data, const XnFinding *found)
{
    const FindingListener *listener = data;
    const IOFinding finding = {.struct_size = sizeof finding,
                               .step = found->step,
                               .state = (IOFindingState)found->state,
                               .text = found->text,
                               .advice = found->advice,
                               .kind = (IOKind)found->kind};
    listener->told (listener->data, &finding);
}

IOResult *
xn_verb_diagnose (int host, const char *url, void (*told) (void *told_data, const IOFinding *finding), void *told_data,
                  const IOCall *call)
{
    GError *error = NULL;
    XnVerbCall self;
    gboolean well = FALSE;
    FindingListener listener = {told, told_data};
    xn_verb_begin (&self, host, call);
    if (argument_is_text ("URL", url, &error) && xn_verb_operate (&self, &error))
        well = xn_diagnose (self.runtime, self.op, url, told != NULL ? tell_finding : NULL, &listener, &error);
    xn_verb_end (&self, "diagnose", url_for_log (url, error), error);
    return well ? xn_result_new_empty () : xn_result_new_error (error);
}
