/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation would do, as a plugin tells it: taken in, written, summed up. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

#define PLAN_N_ACTIONS (IO_ACTION_REMOVE + 1)

/** One step; all of it is owned. */
typedef struct {
    int action;   /**< an IOAction, or a number that is none */
    gint64 bytes; /**< -1: not known */
    char *url, *path, *type;
} PlanStep;

/** How often, and with how many bytes, is done what. */
typedef struct {
    guint64 steps[PLAN_N_ACTIONS], bytes[PLAN_N_ACTIONS];
} PlanCounts;

/** A plan without steps (element-type PlanStep): (transfer full). */
GPtrArray *plan_new (void);

/** Adds a copy of @step to @plan. */
void plan_add (GPtrArray *plan, const IOStep *step);

/** "create" and so on; static. */
const char *plan_action_name (int action);

/** Adds @plan up in @counts. */
void plan_count (PlanCounts *counts, const GPtrArray *plan);

/** "would fetch 12 files, 3.4 MB; keep 200 files, 5.6 GB": (transfer full). */
char *plan_describe (const PlanCounts *counts);
