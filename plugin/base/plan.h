/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation would do, step by step, noted instead of done. */
#pragma once

#include <glib.h>

/** What a step does; equal in number to the host API's IOAction. */
typedef enum {
    XN_ACTION_CREATE,    /**< makes a level of the archive */
    XN_ACTION_SEND,      /**< sends a file that is not there */
    XN_ACTION_FETCH,     /**< brings a file that is not there */
    XN_ACTION_REPLACE,   /**< sends or brings one in the place of another */
    XN_ACTION_KEEP,      /**< moves nothing: it is there */
    XN_ACTION_TAKE_OVER, /**< moves it out of DESTINATION.partial */
    XN_ACTION_LEAVE,     /**< does not touch a local file that the server does not list */
    XN_ACTION_CONFLICT,  /**< finds another file there, and fails for that */
    XN_ACTION_REMOVE,    /**< removes a file */
    XN_N_ACTIONS,
} XnAction;

/** One step. */
typedef struct {
    XnAction action;
    gint64 bytes; /**< of the file, -1: not known, or it is none */
    char *url;    /**< (owned) (nullable) */
    char *path;   /**< (owned) (nullable) local */
    char *type;   /**< (owned) (nullable) xsi:type of what is made */
} XnStep;

/** The steps of one operation, in order. */
typedef struct {
    GPtrArray *steps; /**< (owned) (element-type XnStep) */
} XnPlan;

XnPlan *xn_plan_new (void);
void xn_plan_free (XnPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnPlan, xn_plan_free)

/** Adds a step. @url, @path: (transfer full) (nullable); @type: (nullable) (copied). One thread at a time. */
void xn_plan_add (XnPlan *plan, XnAction action, gint64 bytes, char *url, char *path, const char *type);

/** "create" and so on; static. */
const char *xn_action_name (XnAction action);
