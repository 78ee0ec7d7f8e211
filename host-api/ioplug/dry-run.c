/* SPDX-License-Identifier: Apache-2.0 */
/* Plans in the place of operations. */
#include "dry-run.h"

#include "messages.h"
#include "output.h"
#include "run-one.h"
#include "screen.h"

void
dry_run_sum_up (const PlanCounts *counts, guint n_failed, guint n_all)
{
    g_autofree char *would = plan_describe (counts);
    g_autoptr (GString) line = g_string_new ("ioplug: dry run: ");

    if (!messages_wanted (IO_LOG_WARNING))
        return;
    g_string_append (line, would);
    if (n_failed > 0 && n_all > 1)
        g_string_append_printf (line, "; %u of %u would fail", n_failed, n_all);
    g_string_append (line, "; nothing was changed");
    screen_print (line->str);
}

int
dry_run (const Options *options, const IOPluginHost *host, const Request *request)
{
    g_autoptr (GPtrArray) plan = plan_new ();
    Request asked = *request;
    PlanCounts counts = {0};

    asked.verb = request->verb == VERB_PUT ? VERB_PLAN_PUT : VERB_PLAN_FETCH;
    asked.plan = plan;
    g_auto (Outcome) outcome = run_one (options, host, &asked);

    output_plan (NULL, plan, request->verb == VERB_PUT);
    if (outcome.kind != IO_KIND_OK)
        run_one_tell (request->verb == VERB_PUT ? request->path : NULL, request->url, FALSE, &outcome);
    plan_count (&counts, plan);
    if (outcome.kind == IO_KIND_OK || plan->len > 0)
        dry_run_sum_up (&counts, 0, 1);
    return outcome.kind;
}
