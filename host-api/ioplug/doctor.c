/* SPDX-License-Identifier: Apache-2.0 */
/* A diagnosis, as the plugin tells it. */
#include <string.h>

#include "doctor.h"

#include "output.h"
#include "run-one.h"

/* Whether a failure was told as a finding. */
typedef struct {
    gboolean failed;
} Told;

static void
on_finding (void *data, const IOFinding *finding)
{
    IOFinding known = {0};
    Told *told = data;

    memcpy (&known, finding, MIN (finding->struct_size, sizeof known));
    told->failed = told->failed || known.state == IO_FINDING_FAILED;
    output_finding (&known);
}

static int
diagnose_one (const Options *options, const IOPluginHost *host, const char *url)
{
    Told told = {FALSE};
    const Request request = {.verb = VERB_DIAGNOSE, .url = url, .told = on_finding, .told_data = &told};

    if (!options->json && url != options->arguments[0])
        output_line ("");
    g_auto (Outcome) outcome = run_one (options, host, &request);
    /* A failure that stands in a line of its own is not said twice. */
    if (outcome.kind != IO_KIND_OK && (!told.failed || outcome.kind == IO_KIND_CANCELLED))
        run_one_tell (NULL, url, options->n_arguments > 1, &outcome);
    return outcome.kind;
}

int
run_doctor (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, diagnose_one);
}
