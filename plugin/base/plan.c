/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that are noted. */
#include "base/plan.h"

static void
step_free (gpointer data)
{
    XnStep *step = data;
    g_free (step->url);
    g_free (step->path);
    g_free (step->type);
    g_free (step);
}

XnPlan *
xn_plan_new (void)
{
    XnPlan *plan = g_new0 (XnPlan, 1);
    plan->steps = g_ptr_array_new_with_free_func (step_free);
    return plan;
}

void
xn_plan_free (XnPlan *plan)
{
    if (plan == NULL)
        return;
    g_ptr_array_unref (plan->steps);
    g_free (plan);
}

void
xn_plan_add (XnPlan *plan, XnAction action, gint64 bytes, char *url, char *path, const char *type)
{
    XnStep *step = g_new0 (XnStep, 1);
    *step = (XnStep){action, bytes, url, path, g_strdup (type)};
    g_ptr_array_add (plan->steps, step);
}

const char *
xn_action_name (XnAction action)
{
    static const char *const names[] = {"create",    "send",  "fetch",    "replace", "keep",
                                        "take_over", "leave", "conflict", "remove"};
    G_STATIC_ASSERT (G_N_ELEMENTS (names) == XN_N_ACTIONS);
    return names[action];
}
