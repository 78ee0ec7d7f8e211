/* SPDX-License-Identifier: Apache-2.0 */
/* Columns and their values. Must not know routes or rights. */
#include "columns.h"
#include "shortcuts.h"

#include <string.h>

/* A path without its conditions: `demographics[@xsi:type=...]/gender`. */
static char *
plain_path (const char *path)
{
    GString *out = g_string_new (NULL);
    guint depth = 0;

    for (const char *p = path; *p; p++) {
        depth += *p == '[';
        if (depth == 0)
            g_string_append_c (out, *p);
        depth -= *p == ']' && depth > 0;
    }
    return g_string_free (out, FALSE);
}

gboolean
column_find (Column *column, Listing listing, const char *name)
{
    const char *known = shortcut_path (listing, name);
    g_autofree char *path = plain_path (known ? known : name);
    char *slash = strchr (path, '/');
    g_autofree char *element = slash ? g_strndup (path, (gsize)(slash - path)) : NULL;
    const char *key = shortcut_key (listing, path);
    g_autofree char *lower = g_ascii_strdown (path, -1);

    if (!slash)
        return FALSE;
    column->type = type_find (element);
    if (!column->type)
        return FALSE;
    column->field = S (slash + 1);
    column->key = S (key ? key : lower);
    return TRUE;
}

/* Fields that are no plain fields, by what has them; found once for a column, not once for a cell. */
static const struct {
    const char *field;
    Special special;
} node_specials[] =
    {
        {"ID", SPECIAL_ID},
        {"project", SPECIAL_PROJECT},
        {"extension_item/element_name", SPECIAL_XSI},
        {"meta/insert_date", SPECIAL_INSERTED},
        {"meta/insert_user/login", SPECIAL_INSERTED_BY},
        {"xnat_imagescandata_id", SPECIAL_PK},
        {"xnat_reconstructedimagedata_id", SPECIAL_PK},
        {"subject_ID", SPECIAL_SUBJECT},
        {"imageSession_ID", SPECIAL_PARENT},
        {"image_session_ID", SPECIAL_PARENT},
},
  resource_specials[] = {
      {"label", SPECIAL_FILE_LABEL},
      {"xnat_abstractresource_id", SPECIAL_FILE_ID},
      {"file_count", SPECIAL_FILE_COUNT},
      {"file_size", SPECIAL_FILE_SIZE},
};

/* What is called a label is a name in projects and a type in scans and reconstructions. */
static const char *
label_field (const Type *type)
{
    if (type_is (type->name, "xnat:projectData"))
        return "name";
    if (type_is (type->name, "xnat:imageScanData") || type_is (type->name, "xnat:reconstructedImageData"))
        return "type";
    return "label";
}

static Special
find_special (const Join *join, const char *name)
{
    if (join->link == LINK_SHARES)
        return g_ascii_strcasecmp (name, "label") == 0 ? SPECIAL_SHARE_LABEL : SPECIAL_SHARE_PROJECT;
    if (join->link >= LINK_RESOURCES) {
        for (guint i = 0; i < G_N_ELEMENTS (resource_specials); i++) {
            if (g_ascii_strcasecmp (resource_specials[i].field, name) == 0)
                return resource_specials[i].special;
        }
        return SPECIAL_FILE_OTHER;
    }
    if (g_ascii_strcasecmp (name, label_field (join->type)) == 0)
        return SPECIAL_LABEL;
    for (guint i = 0; i < G_N_ELEMENTS (node_specials); i++) {
        if (g_ascii_strcasecmp (node_specials[i].field, name) == 0)
            return node_specials[i].special;
    }
    return SPECIAL_NONE;
}

gboolean
column_bind (Column *column, GArray *joins)
{
    int place = joins_add (joins, column->type, column->field, &column->name);

    if (place < 0)
        return FALSE;
    column->place = (guint)place;
    column->special = find_special (&g_array_index (joins, Join, column->place), column->name);
    return TRUE;
}

static const char *
number (gint64 value)
{
    char text[24];

    g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
    return S (text);
}

static const char *
resource_value (Special special, const Resource *resource)
{
    switch (special) {
    case SPECIAL_FILE_LABEL:
        return resource->label;
    case SPECIAL_FILE_ID:
        return number (resource->id);
    case SPECIAL_FILE_COUNT:
        return resource->unstated ? NULL : number (resource->stated_count);
    case SPECIAL_FILE_SIZE:
        return resource->unstated ? NULL : number (resource->stated_size);
    default:
        return NULL;
    }
}

static const char *
node_value (const Column *column, const Node *node)
{
    const Node *subject;

    switch (column->special) {
    case SPECIAL_ID:
        return node->id;
    case SPECIAL_PROJECT:
        return node->project->id;
    case SPECIAL_XSI:
        return node->xsi;
    case SPECIAL_INSERTED:
        return node->inserted;
    case SPECIAL_INSERTED_BY:
        return node->inserted_by;
    case SPECIAL_PK:
        return number (node->pk);
    case SPECIAL_SUBJECT:
        subject = node_above (node, NODE_SUBJECT);
        return subject ? subject->id : NULL;
    case SPECIAL_PARENT:
        return node->parent ? node->parent->id : NULL;
    case SPECIAL_LABEL:
        return node->label;
    default:
        return node_field (node, column->name);
    }
}

static const char *
object_value (const Column *column, gconstpointer object)
{
    if (column->special == SPECIAL_SHARE_PROJECT)
        return ((const Share *)object)->project->id;
    if (column->special == SPECIAL_SHARE_LABEL)
        return ((const Share *)object)->label;
    if (column->special >= SPECIAL_FILE_LABEL)
        return resource_value (column->special, object);
    return node_value (column, object);
}

const char *
column_value (const Column *column, gconstpointer const *objects)
{
    gconstpointer object = objects[column->place];
    const char *value = object ? object_value (column, object) : NULL;

    /* The database keeps no empty texts. */
    return value && *value ? value : NULL;
}
