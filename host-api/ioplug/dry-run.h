/* SPDX-License-Identifier: Apache-2.0 */
/* --dry-run of what moves one thing. One thread. */
#pragma once

#include "operation.h"
#include "options.h"
#include "plan.h"

/** Asks for the plan that @request, a fetch or put, stands for, writes it to standard output, and its sum to standard error.
 *  Returns the kind of the outcome. */
int dry_run (const Options *options, const IOPluginHost *host, const Request *request);

/** Says on standard error what @counts come to: `ioplug: dry run: would ...`. @n_failed of @n_all would fail. */
void dry_run_sum_up (const PlanCounts *counts, guint n_failed, guint n_all);
