/* SPDX-License-Identifier: Apache-2.0 */
/* Steps, and their sum. */
#include "plan.h"

#include "text.h"

/* What an action is called in a line, and in a sentence. */
static const struct {
    const char *name, *verb, *one, *many;
} actions[PLAN_N_ACTIONS] = {
    [IO_ACTION_CREATE] = {"create", "create", "level", "levels"},
    [IO_ACTION_SEND] = {"send", "send", "file", "files"},
    [IO_ACTION_FETCH] = {"fetch", "fetch", "file", "files"},
    [IO_ACTION_REPLACE] = {"replace", "replace", "file", "files"},
    [IO_ACTION_KEEP] = {"keep", "keep", "file", "files"},
    [IO_ACTION_TAKE_OVER] = {"take-over", "take over", "file", "files"},
    [IO_ACTION_LEAVE] = {"leave", "leave", "file that is not in the archive", "files that are not in the archive"},
    [IO_ACTION_CONFLICT] = {"conflict", "fail for", "file that differs", "files that differ"},
    [IO_ACTION_REMOVE] = {"remove", "remove", "file", "files"},
};

static void
step_free (gpointer data)
{
    PlanStep *step = data;

    g_free (step->url);
    g_free (step->path);
    g_free (step->type);
    g_free (step);
}

GPtrArray *
plan_new (void)
{
    return g_ptr_array_new_with_free_func (step_free);
}

void
plan_add (GPtrArray *plan, const IOStep *step)
{
    PlanStep *copy = g_new0 (PlanStep, 1);

    copy->action = (int)step->action;
    copy->bytes = step->bytes;
    copy->url = g_strdup (step->url);
    copy->path = g_strdup (step->path);
    copy->type = g_strdup (step->type);
    g_ptr_array_add (plan, copy);
}

static gboolean
is_known (int action)
{
    return action >= 0 && action < PLAN_N_ACTIONS;
}

const char *
plan_action_name (int action)
{
    return is_known (action) ? actions[action].name : "other";
}

void
plan_count (PlanCounts *counts, const GPtrArray *plan)
{
    for (guint i = 0; i < plan->len; i++) {
        const PlanStep *step = g_ptr_array_index (plan, i);

        if (!is_known (step->action))
            continue;
        counts->steps[step->action]++;
        counts->bytes[step->action] += (guint64)MAX (step->bytes, 0);
    }
}

char *
plan_describe (const PlanCounts *counts)
{
    GString *text = g_string_new ("would ");
    gsize start = text->len;

    for (guint i = 0; i < PLAN_N_ACTIONS; i++) {
        guint64 n = counts->steps[i];

        if (n == 0)
            continue;
        g_string_append_printf (text, "%s%s %" G_GUINT64_FORMAT " %s", text->len > start ? "; " : "", actions[i].verb,
                                n, n == 1 ? actions[i].one : actions[i].many);
        if (i != IO_ACTION_CREATE) {
            g_autofree char *size = text_size ((double)counts->bytes[i]);

            g_string_append_printf (text, ", %s", size);
        }
    }
    if (text->len == start)
        g_string_append (text, "move no file");
    return g_string_free (text, FALSE);
}
