/* SPDX-License-Identifier: Apache-2.0 */
/* Rows out of objects: which types the database can join, and what it finds. Must not know columns' names or keys. */
#include "joins.h"

#include <string.h>

/* More joins than this no row has; the path of one column makes at most three. */
#define MAX_OBJECTS 64

static const Type share_type = {"", NULL, TRUE, "project,label", NULL, NULL};

/* The fields of which an object has any number. */
static const struct {
    const char *owner;
    const char *path;
    Link link;
    const char *element; /* NULL: a share */
} collections[] = {
    {"xnat:projectData", "resources/resource/", LINK_RESOURCES, "xnat:abstractResource"},
    {"xnat:subjectData", "resources/resource/", LINK_RESOURCES, "xnat:abstractResource"},
    {"xnat:subjectData", "sharing/share/", LINK_SHARES, NULL},
    {"xnat:experimentData", "resources/resource/", LINK_RESOURCES, "xnat:abstractResource"},
    {"xnat:experimentData", "sharing/share/", LINK_SHARES, NULL},
    {"xnat:imageSessionData", "scans/scan/", LINK_SCANS, "xnat:imageScanData"},
    {"xnat:imageSessionData", "assessors/assessor/", LINK_ASSESSORS, "xnat:imageAssessorData"},
    {"xnat:imageSessionData", "reconstructions/reconstructedImage/", LINK_RECONS, "xnat:reconstructedImageData"},
    {"xnat:imageScanData", "file/", LINK_RESOURCES, "xnat:abstractResource"},
    {"xnat:imageAssessorData", "out/file/", LINK_OUT, "xnat:abstractResource"},
    {"xnat:imageAssessorData", "in/file/", LINK_IN, "xnat:abstractResource"},
    {"xnat:reconstructedImageData", "out/file/", LINK_OUT, "xnat:abstractResource"},
    {"xnat:reconstructedImageData", "in/file/", LINK_IN, "xnat:abstractResource"},
};

GArray *
joins_new (const Type *root)
{
    GArray *joins = g_array_new (FALSE, FALSE, sizeof (Join));
    Join join = {0, LINK_ROOT, root, FALSE};

    g_array_append_val (joins, join);
    return joins;
}

static int
add_join (GArray *joins, guint from, Link link, const Type *type, gboolean foreign)
{
    Join join = {from, link, type, foreign};

    for (guint i = 1; i < joins->len; i++) {
        const Join *known = &g_array_index (joins, Join, i);

        if (known->from == from && known->link == link && known->type == type && known->foreign == foreign)
            return (int)i;
    }
    if (joins->len == MAX_OBJECTS)
        return -1;
    g_array_append_val (joins, join);
    return (int)joins->len - 1;
}

/* How the root's type and another one are connected. @return FALSE when they are not. */
static gboolean
connect_types (const char *root, const char *type, Link *link)
{
    static const struct {
        const char *root;
        const char *type;
        Link link;
    } known[] = {
        {"xnat:subjectData", "xnat:experimentData", LINK_EXPERIMENTS},
        {"xnat:imageSessionData", "xnat:imageScanData", LINK_SCANS},
        {"xnat:imageSessionData", "xnat:imageAssessorData", LINK_ASSESSORS},
        {"xnat:imageSessionData", "xnat:reconstructedImageData", LINK_RECONS},
        {"xnat:imageAssessorData", "xnat:experimentData", LINK_SESSION},
        {"xnat:imageScanData", "xnat:experimentData", LINK_SESSION},
        {"xnat:reconstructedImageData", "xnat:experimentData", LINK_SESSION},
        {"xnat:experimentData", "xnat:subjectData", LINK_SUBJECT},
        {"xnat:imageScanData", "xnat:subjectData", LINK_SUBJECT},
        {"xnat:subjectData", "xnat:projectData", LINK_PROJECT},
        {"xnat:experimentData", "xnat:projectData", LINK_PROJECT},
    };

    if (type_is (root, type) || type_is (type, root)) {
        *link = LINK_SELF;
        return TRUE;
    }
    /* Resources hang on too much to be joined by their own type: there is never one. */
    if (type_is (type, "xnat:abstractResource")) {
        *link = LINK_NONE;
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
        if (type_is (root, known[i].root) && type_is (type, known[i].type)) {
            *link = known[i].link;
            return TRUE;
        }
    }
    return FALSE;
}

/* Goes one collection further along a path. @return FALSE when the path does not begin with one. */
static gboolean
enter_collection (const Type **type, const char **field, Link *link)
{
    for (guint i = 0; i < G_N_ELEMENTS (collections); i++) {
        gsize len = strlen (collections[i].path);

        if (!type_is ((*type)->name, collections[i].owner) ||
            g_ascii_strncasecmp (*field, collections[i].path, len) != 0)
            continue;
        *type = collections[i].element ? type_find (collections[i].element) : &share_type;
        *field += len;
        *link = collections[i].link;
        return TRUE;
    }
    return FALSE;
}

int
joins_add (GArray *joins, const Type *type, const char *field, const char **rest)
{
    const Type *root = g_array_index (joins, Join, 0).type;
    Link link;
    int place = 0;

    if (!connect_types (root->name, type->name, &link))
        return -1;
    if (link != LINK_SELF || !type_is (root->name, type->name))
        place = add_join (joins, 0, link, type, TRUE);
    while (place >= 0 && enter_collection (&type, &field, &link))
        place = add_join (joins, (guint)place, link, type, FALSE);
    *rest = field;
    return type_has_field (type, field) ? place : -1;
}

gboolean
joins_multiply (const GArray *joins)
{
    for (guint i = 1; i < joins->len; i++) {
        Link link = g_array_index (joins, Join, i).link;

        if (link >= LINK_EXPERIMENTS && link != LINK_SHARES)
            return TRUE;
    }
    return FALSE;
}

static const Node *
single_object (const Join *join, const Node *from)
{
    const Node *found = NULL;

    if (join->link == LINK_SELF)
        found = from;
    else if (join->link == LINK_PROJECT)
        return from->project;
    else if (join->link == LINK_SUBJECT)
        return node_above (from, NODE_SUBJECT);
    else if (join->link == LINK_SESSION)
        found = from->parent;
    return found && found->xsi && xsi_is (found->xsi, join->type) ? found : NULL;
}

static const GPtrArray *
several_objects (const Join *join, const Node *from)
{
    switch (join->link) {
    case LINK_EXPERIMENTS:
        return from->experiments;
    case LINK_SCANS:
        return from->scans;
    case LINK_ASSESSORS:
        return from->assessors;
    case LINK_RECONS:
        return from->recons;
    default:
        return from->resources;
    }
}

static gboolean
object_fits (const Join *join, gconstpointer object)
{
    char way = join->link == LINK_OUT ? 'o' : join->link == LINK_IN ? 'i' : 0;

    if (join->link >= LINK_RESOURCES)
        return ((const Resource *)object)->way == way;
    return xsi_is (((const Node *)object)->xsi, join->type);
}

typedef struct Walk {
    const GArray *joins;
    JoinFunc func;
    gpointer data;
    gconstpointer objects[MAX_OBJECTS];
} Walk;

static gboolean walk_from (Walk *walk, guint place);

static gboolean
walk_with (Walk *walk, guint place, gconstpointer object)
{
    walk->objects[place] = object;
    return walk_from (walk, place + 1);
}

static gboolean
walk_shares (Walk *walk, guint place, const Node *from)
{
    const GArray *shares = from->shares;

    if (!shares || shares->len == 0)
        return walk_with (walk, place, NULL);
    for (guint i = 0; i < shares->len; i++) {
        if (!walk_with (walk, place, &g_array_index (shares, Share, i)))
            return FALSE;
    }
    return TRUE;
}

static gboolean
walk_several (Walk *walk, guint place, const Join *join, const Node *from)
{
    const GPtrArray *objects = several_objects (join, from);
    gboolean any = FALSE;

    for (guint i = 0; objects && i < objects->len; i++) {
        gconstpointer object = g_ptr_array_index (objects, i);

        if (!object_fits (join, object))
            continue;
        any = TRUE;
        if (!walk_with (walk, place, object))
            return FALSE;
    }
    return any || walk_with (walk, place, NULL);
}

static gboolean
walk_from (Walk *walk, guint place)
{
    const Join *join;
    const Node *from;

    if (place == walk->joins->len)
        return walk->func (walk->objects, walk->data);
    join = &g_array_index (walk->joins, Join, place);
    from = walk->objects[join->from];
    if (!from || join->link < LINK_EXPERIMENTS)
        return walk_with (walk, place, from ? single_object (join, from) : NULL);
    if (join->link == LINK_SHARES)
        return walk_shares (walk, place, from);
    return walk_several (walk, place, join, from);
}

gboolean
joins_each (const GArray *joins, const Node *root, JoinFunc func, gpointer data)
{
    Walk walk = {.joins = joins, .func = func, .data = data};

    return walk_with (&walk, 0, root);
}
