/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file routes.h
 * The archive's URL space: which handler answers, and what the path names.
 */
#pragma once

#include "app.h"

/** What a path says, segment by segment, undecoded; NULL where a level is absent. Owned by the request. */
typedef struct Route {
    const char *project;
    const char *subject;
    const char *experiment;
    const char *scan;
    const char *assessor;
    const char *recon;
    const char *resource;
    char way;         /**< 'i' or 'o' after an assessor or a reconstruction, else 0 */
    const char *tail; /**< what follows the route, without the first slash; "" when nothing does */
    gboolean bare;    /**< the tail is empty and the path does not end in a slash */
} Route;

/** Answers for a route; every method comes here. */
typedef void (*RouteFunc) (Ctx *ctx, const Route *route);

/** /projects. */
void list_projects (Ctx *ctx, const Route *route);
/** /subjects and /projects/P/subjects. */
void list_subjects (Ctx *ctx, const Route *route);
/** /experiments. */
void list_experiments (Ctx *ctx, const Route *route);
/** A project's experiments, or those of one subject in it. */
void list_project_experiments (Ctx *ctx, const Route *route);
/** A session's scans; POST makes one. */
void list_scans (Ctx *ctx, const Route *route);
/** A session's assessors. */
void list_assessors (Ctx *ctx, const Route *route);
/** A session's reconstructions. */
void list_recons (Ctx *ctx, const Route *route);
/** The resources of whatever; POST makes one. */
void list_resources (Ctx *ctx, const Route *route);
/** The projects that see a subject or an experiment; PUT adds one. */
void list_shares (Ctx *ctx, const Route *route);

/** One project: read, put, deleted. */
void item_project (Ctx *ctx, const Route *route);
/** Who has which role in a project: listed; PUT gives one, DELETE takes it. */
void project_users (Ctx *ctx, const Route *route);
/** One subject. */
void item_subject (Ctx *ctx, const Route *route);
/** One experiment. */
void item_experiment (Ctx *ctx, const Route *route);
/** One scan. */
void item_scan (Ctx *ctx, const Route *route);
/** One assessor. */
void item_assessor (Ctx *ctx, const Route *route);
/** One reconstruction. */
void item_recon (Ctx *ctx, const Route *route);
/** One resource: its catalog, put, deleted. */
void item_resource (Ctx *ctx, const Route *route);
/** Files of resources: listed, sent, packed, stored, deleted. */
void item_files (Ctx *ctx, const Route *route);

/* Writes, called by the handlers above. */

/** Makes or changes a project. */
void put_project (Ctx *ctx, const Route *route);
/** Makes, changes or renames a subject. */
void put_subject (Ctx *ctx, const Route *route);
/** Makes, changes, renames or moves an experiment. */
void put_experiment (Ctx *ctx, const Route *route);
/** Makes or changes a scan. */
void put_scan (Ctx *ctx, const Route *route);
/** Makes a scan with the next free ID. */
void post_scan (Ctx *ctx, const Route *route);
/** Makes, changes or renames an assessor. */
void put_assessor (Ctx *ctx, const Route *route);
/** Makes or changes a reconstruction. */
void put_recon (Ctx *ctx, const Route *route);
/** Makes a resource. */
void put_resource (Ctx *ctx, const Route *route);
/** Deletes an object and all below it, or its share where the path names a project that it is shared into; NULL: 404. */
void delete_node (Ctx *ctx, const Route *route, Node *node);
/** Deletes a resource of the very parent. */
void delete_resource (Ctx *ctx, const Route *route);
/** Stores what the body holds. */
void put_files (Ctx *ctx, const Route *route);
/** Deletes files of a resource. */
void delete_files (Ctx *ctx, const Route *route);

/* find.c: what the path names; NULL without an answer. They need a lock. */

/** The project, when the user may know of it. */
Node *find_project (Ctx *ctx, const char *id);
/** The subject of a list or resource route: label in the project first, then accession ID; without one by ID. */
Node *find_subject (Ctx *ctx, const Node *project, const char *name);
/** The experiment as a parent: accession ID if it is in the project, then label; without a project by ID. */
Node *find_experiment (Ctx *ctx, const Node *project, const char *name);
/** The experiment of an item route: accession ID whatever the project, then label. */
Node *find_experiment_item (Ctx *ctx, const Node *project, const char *name);
/** @return whether an assessor is called so: by accession ID, label, or the label that it has in a project (or NULL). */
gboolean assessor_is (const Node *assessor, const Node *project, const char *name);
/** An assessor of a session that is called so. */
Node *find_assessor (Ctx *ctx, const Node *project, const Node *session, const char *name);

/** What can be searched; @p rest is the path behind /search/. */
void search_handle (Ctx *ctx, const char *rest);

/** Answers with an ID; without one (NULL or "") with nothing at all, which has no type either. */
void reply_id (Ctx *ctx, int status, const char *id);
/** Answers a POST to a list with the address of what was made below it. */
void reply_created (Ctx *ctx, const char *name);

/** @return whether a request only reads. */
gboolean is_read (const Ctx *ctx);
/** @return whether the method is that one. */
gboolean method_is (const Ctx *ctx, const char *method);
/** Answers 405. */
void reply_not_allowed (Ctx *ctx);
/** `/data/experiments/ID` and its like; interned. */
const char *node_uri (const Node *node);
