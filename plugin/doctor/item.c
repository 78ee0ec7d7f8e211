/* SPDX-License-Identifier: Apache-2.0 */
/* What the URL names, and what may be done there. */
#include "doctor/patient.h"

#include "expand/expand.h"
#include "find/finder.h"
#include "find/project-rights.h"
#include "look/look.h"

#include <string.h>

#define MAX_NAMED 3

/* The IDs of the projects of the list that the URL's selector names: (transfer full) NULL with an error. */
static GPtrArray *
projects_named (XnPatient *patient, const char *selector, GError **error)
{
    g_autoptr (XnMatcher) matcher = xn_matcher_new (selector, patient->url->regex, error);
    g_autoptr (XnPool) pool = xn_pool_new ();
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    XnFinder finder = {.client = patient->client,
                       .listings = patient->runtime->listings,
                       .pool = pool,
                       .op = patient->op,
                       .began_us = g_get_monotonic_time ()};
    finder.not_before_us = finder.began_us;
    if (matcher == NULL || !xn_find_projects (&finder, matcher, items, error))
        return NULL;
    GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < items->len; i++)
        g_ptr_array_add (ids, g_strdup (((const XnItem *)g_ptr_array_index (items, i))->project));
    return ids;
}

/* Takes out of doubt those of @ids that the list of readable projects lacks, which knows roles only: whoever may not read a
 * project is refused a list of what is in it. FALSE with an error. */
static gboolean
ask_for_the_rest (XnPatient *patient, const GPtrArray *ids, GHashTable *readable, GError **error)
{
    guint asked = 0;
    for (guint i = 0; i < ids->len && asked < MAX_NAMED; i++) {
        const char *id = g_ptr_array_index (ids, i);
        GError *own_error = NULL;
        if (g_hash_table_contains (readable, id))
            continue;
        asked++;
        g_autofree char *name = xn_encode_segment (id);
        g_autofree char *path = g_strdup_printf ("/data/projects/%s/subjects", name);
        const XnCall call = {.method = "GET",
                             .path = path,
                             .query = "columns=ID&format=json",
                             .what = "asking for the right to read a project",
                             .expect = XN_EXPECT_JSON,
                             .retry = XN_RETRY_FEW};
        if (xn_client_call (patient->client, &call, patient->op, &own_error))
            g_hash_table_add (readable, g_strdup (id));
        else if (!xn_error_is (own_error, XN_ERROR_AUTH) && !xn_error_is (own_error, XN_ERROR_NOT_FOUND)) {
            g_propagate_error (error, own_error);
            return FALSE;
        }
        g_clear_error (&own_error);
    }
    return TRUE;
}

/* "a, b, c and 4 more": those of @ids that are, or are not, in @set: (transfer full) NULL if none is. */
static char *
name_those (const GPtrArray *ids, GHashTable *set, gboolean within)
{
    GString *text = g_string_new (NULL);
    guint n = 0;
    for (guint i = 0; i < ids->len; i++) {
        const char *id = g_ptr_array_index (ids, i);
        if (g_hash_table_contains (set, id) != within)
            continue;
        if (n < MAX_NAMED)
            g_string_append_printf (text, "%s%s", n > 0 ? ", " : "", id);
        n++;
    }
    if (n > MAX_NAMED)
        g_string_append_printf (text, " and %u more", n - MAX_NAMED);
    return g_string_free (text, n == 0);
}

static void
tell_rights (XnPatient *patient, const GPtrArray *ids, GHashTable *readable, GHashTable *writable)
{
    static const char ask[] = "ask an owner of the project to make you a member (Access tab of its page)";
    XnReport *report = &patient->report;
    GError *error = NULL;
    g_autofree char *unread = name_those (ids, readable, FALSE);
    g_autofree char *unwritten = name_those (ids, writable, FALSE);
    g_autofree char *written = name_those (ids, writable, TRUE);
    if (unread != NULL) {
        xn_error_set (&error, XN_ERROR_AUTH, "%s may not read %s", patient->user, unread);
        xn_report_fail (report, XN_STEP_RIGHTS, ask, error);
        return;
    }
    if (unwritten == NULL)
        xn_report_ok (report, XN_STEP_RIGHTS, "%s may read %s and put into it", patient->user, written);
    else
        xn_report_warn (report, XN_STEP_RIGHTS, patient->credentials->login != NULL ? ask : "log in to put something",
                        "%s may only read %s, as far as the server tells by roles: a put fails there%s%s",
                        patient->user, unwritten, written != NULL ? "; read and put: " : "",
                        written != NULL ? written : "");
}

/* @selector: of projects */
static void
look_at_projects (XnPatient *patient, const char *selector)
{
    XnReport *report = &patient->report;
    GError *error = NULL;
    g_autoptr (GPtrArray) ids = projects_named (patient, selector, &error);
    g_autoptr (GHashTable) readable =
        ids != NULL ? xn_projects_with_right (patient->client, "readable", patient->op, &error) : NULL;
    g_autoptr (GHashTable) writable = readable != NULL && ask_for_the_rest (patient, ids, readable, &error)
                                          ? xn_projects_with_right (patient->client, "writable", patient->op, &error)
                                          : NULL;
    if (xn_error_is (error, XN_ERROR_CANCELLED)) {
        xn_report_fail (report, XN_STEP_RIGHTS, NULL, error);
    } else if (writable == NULL) {
        /* What the user wants to do may work all the same. */
        xn_report_warn (report, XN_STEP_RIGHTS, "look at the Access tab of the project's page in a browser",
                        "the server does not tell them: %s", error->message);
        g_error_free (error);
    } else if (ids->len == 0) {
        xn_error_set (&error, XN_ERROR_NOT_FOUND, "there is no project %s, or %s may not see it", selector,
                      patient->user);
        xn_report_fail (
            report, XN_STEP_RIGHTS,
            "check how it is written (ioplug ls SERVER-URL shows those that you see), and ask an owner to make "
            "you a member; a put never creates a project",
            error);
    } else {
        tell_rights (patient, ids, readable, writable);
    }
}

static const char *
attribute (const XnPair *pair, const char *name)
{
    for (const char *const *one = pair->attributes; one != NULL && one[0] != NULL; one += 2) {
        if (g_str_equal (one[0], name))
            return one[1];
    }
    return NULL;
}

/* An attribute that counts, added to @text with its unit. */
static void
add_count (GString *text, const XnPair *pair, const char *name, const char *unit)
{
    const char *value = attribute (pair, name);
    if (value != NULL)
        g_string_append_printf (text, ", %s %s", value, unit);
}

/* XnPairTaker */
static gboolean
count_one (const XnPair *pair, gpointer data)
{
    (*(guint *)data)++;
    return TRUE;
}

static void
look_at_search (XnPatient *patient)
{
    XnReport *report = &patient->report;
    GError *error = NULL;
    guint found = 0;
    if (!xn_expand_each (patient->runtime, patient->op, patient->url->text, &(XnPairTaker){count_one, &found}, &error))
        xn_report_fail (report, XN_STEP_ITEM, "see what the message says of the search", error);
    else if (found == 0)
        xn_report_warn (report, XN_STEP_ITEM,
                        "leave out one variable after the other: ioplug -v expand says at which level nothing was left",
                        "the search finds nothing");
    else
        xn_report_ok (report, XN_STEP_ITEM, "the search finds %u", found);
}

/* Returns the project in which the item is: (transfer full) (nullable). */
static char *
look_at_one (XnPatient *patient)
{
    XnReport *report = &patient->report;
    GError *error = NULL;
    g_autoptr (XnPairs) pairs = xn_stat (patient->runtime, patient->op, patient->url->text, FALSE, &error);
    if (pairs == NULL) {
        xn_report_fail (
            report, XN_STEP_ITEM,
            xn_error_is (error, XN_ERROR_NOT_FOUND)
                ? "a fetch fails with this; a put makes what is missing, but for the project. ioplug ls shows "
                  "what is there, from the top down"
                : "see what the message says",
            error);
        return NULL;
    }
    const XnPair *pair = g_ptr_array_index (pairs->pairs, 0);
    g_autoptr (GString) text = g_string_new ("there: ");
    g_string_append_printf (text, "%s %s", attribute (pair, "type"), pair->url);
    add_count (text, pair, "files", "files");
    add_count (text, pair, "bytes", "bytes");
    xn_report_ok (report, XN_STEP_ITEM, "%s", text->str);
    return g_strdup (attribute (pair, "project"));
}

void
xn_patient_item (XnPatient *patient)
{
    XnReport *report = &patient->report;
    const char *selector = patient->url->selector[XN_LEVEL_PROJECT];
    if (!xn_report_may (report, XN_STEP_RIGHTS, XN_STEP_LOGIN) ||
        !xn_report_may (report, XN_STEP_ITEM, XN_STEP_LOGIN)) {
        (void)xn_report_may (report, XN_STEP_ITEM, XN_STEP_LOGIN);
        return;
    }
    if (selector != NULL)
        look_at_projects (patient, selector);
    if (xn_error_is (report->first, XN_ERROR_CANCELLED))
        return;
    g_autofree char *project = NULL;
    if (patient->url->is_search)
        look_at_search (patient);
    else
        project = look_at_one (patient);
    if (xn_error_is (report->first, XN_ERROR_CANCELLED) || selector != NULL)
        return;
    /* The item tells where it is, where the URL does not. */
    if (project != NULL)
        look_at_projects (patient, project);
    else
        xn_report_skip (report, XN_STEP_RIGHTS, "not looked at, as the URL names no project");
}
