/* SPDX-License-Identifier: Apache-2.0 */
/* Column names, paths, keys and values. Must not know routes or rights. */
#include "columns.h"
#include "shortcuts.h"

#include <string.h>

static const struct {
    guint listings;
    const char *name;
    const char *path;
} shortcuts[] = {
    {LIST_PROJECTS, "ID", "xnat:projectData/ID"},
    {LIST_PROJECTS, "secondary_ID", "xnat:projectData/secondary_ID"},
    {LIST_PROJECTS, "name", "xnat:projectData/name"},
    {LIST_PROJECTS, "description", "xnat:projectData/description"},
    {LIST_PROJECTS, "keywords", "xnat:projectData/keywords"},
    {LIST_PROJECTS, "alias", "xnat:projectData/aliases/alias/alias"},
    {LIST_PROJECTS, "pi_firstname", "xnat:projectData/PI/firstname"},
    {LIST_PROJECTS, "pi_lastname", "xnat:projectData/PI/lastname"},
    {LIST_PROJECTS, "insert_date", "xnat:projectData/meta/insert_date"},
    {LIST_PROJECTS, "insert_user", "xnat:projectData/meta/insert_user/login"},
    {LIST_SUBJECTS, "ID", "xnat:subjectData/ID"},
    {LIST_SUBJECTS, "project", "xnat:subjectData/project"},
    {LIST_SUBJECTS, "label", "xnat:subjectData/label"},
    {LIST_SUBJECTS, "group", "xnat:subjectData/group"},
    {LIST_SUBJECTS, "src", "xnat:subjectData/src"},
    {LIST_SUBJECTS, "gender", "xnat:subjectData/demographics/gender"},
    {LIST_SUBJECTS, "dob", "xnat:subjectData/demographics/dob"},
    {LIST_SUBJECTS, "yob", "xnat:subjectData/demographics/yob"},
    {LIST_SUBJECTS, "age", "xnat:subjectData/demographics/age"},
    {LIST_SUBJECTS, "handedness", "xnat:subjectData/demographics/handedness"},
    {LIST_SUBJECTS, "education", "xnat:subjectData/demographics/education"},
    {LIST_SUBJECTS, "race", "xnat:subjectData/demographics/race"},
    {LIST_SUBJECTS, "ethnicity", "xnat:subjectData/demographics/ethnicity"},
    {LIST_SUBJECTS, "height", "xnat:subjectData/demographics/height"},
    {LIST_SUBJECTS, "weight", "xnat:subjectData/demographics/weight"},
    {LIST_SUBJECTS, "insert_date", "xnat:subjectData/meta/insert_date"},
    {LIST_SUBJECTS, "insert_user", "xnat:subjectData/meta/insert_user/login"},
    {LIST_EXPERIMENTS, "ID", "xnat:experimentData/ID"},
    {LIST_EXPERIMENTS, "project", "xnat:experimentData/project"},
    {LIST_EXPERIMENTS, "label", "xnat:experimentData/label"},
    {LIST_EXPERIMENTS, "date", "xnat:experimentData/date"},
    {LIST_EXPERIMENTS, "time", "xnat:experimentData/time"},
    {LIST_EXPERIMENTS, "note", "xnat:experimentData/note"},
    {LIST_EXPERIMENTS, "visit_id", "xnat:experimentData/visit_id"},
    {LIST_EXPERIMENTS, "visit", "xnat:experimentData/visit"},
    {LIST_EXPERIMENTS, "investigator", "xnat:experimentData/investigator"},
    {LIST_EXPERIMENTS, "acquisition_site", "xnat:experimentData/acquisition_site"},
    {LIST_EXPERIMENTS, "xsiType", "xnat:experimentData/extension_item/element_name"},
    {LIST_EXPERIMENTS, "insert_date", "xnat:experimentData/meta/insert_date"},
    {LIST_EXPERIMENTS, "insert_user", "xnat:experimentData/meta/insert_user/login"},
    {LIST_EXPERIMENTS, "subject_ID", "xnat:subjectAssessorData/subject_ID"},
    {LIST_EXPERIMENTS, "age", "xnat:subjectAssessorData/age"},
    {LIST_EXPERIMENTS, "subject_label", "xnat:subjectData/label"},
    {LIST_EXPERIMENTS, "subject_project", "xnat:subjectData/project"},
    {LIST_EXPERIMENTS, "session_ID", "xnat:imageSessionData/ID"},
    {LIST_EXPERIMENTS, "session_label", "xnat:imageSessionData/label"},
    {LIST_EXPERIMENTS, "session_project", "xnat:imageSessionData/project"},
    {LIST_EXPERIMENTS, "modality", "xnat:imageSessionData/modality"},
    {LIST_EXPERIMENTS, "UID", "xnat:imageSessionData/UID"},
    {LIST_EXPERIMENTS, "studyInstanceUID", "xnat:imageSessionData/UID"},
    {LIST_EXPERIMENTS, "scanner", "xnat:imageSessionData/scanner"},
    {LIST_EXPERIMENTS, "operator", "xnat:imageSessionData/operator"},
    {LIST_EXPERIMENTS, "dcmPatientId", "xnat:imageSessionData/dcmPatientId"},
    {LIST_EXPERIMENTS, "dcmPatientName", "xnat:imageSessionData/dcmPatientName"},
    {LIST_EXPERIMENTS, "prearchivePath", "xnat:imageSessionData/prearchivePath"},
    {LIST_EXPERIMENTS, "rater", "xnat:qcManualAssessorData/rater"},
    {LIST_SCANS, "ID", "xnat:imageScanData/ID"},
    {LIST_SCANS, "type", "xnat:imageScanData/type"},
    {LIST_SCANS, "UID", "xnat:imageScanData/UID"},
    {LIST_SCANS, "note", "xnat:imageScanData/note"},
    {LIST_SCANS, "quality", "xnat:imageScanData/quality"},
    {LIST_SCANS, "condition", "xnat:imageScanData/condition"},
    {LIST_SCANS, "series_description", "xnat:imageScanData/series_description"},
    {LIST_SCANS, "documentation", "xnat:imageScanData/documentation"},
    {LIST_SCANS, "frames", "xnat:imageScanData/frames"},
    {LIST_SCANS, "scanner", "xnat:imageScanData/scanner"},
    {LIST_SCANS, "manufacturer", "xnat:imageScanData/scanner/manufacturer"},
    {LIST_SCANS, "model", "xnat:imageScanData/scanner/model"},
    {LIST_SCANS, "modality", "xnat:imageScanData/modality"},
    {LIST_SCANS, "xsiType", "xnat:imageScanData/extension_item/element_name"},
    {LIST_SCANS, "xnat_imagescandata_id", "xnat:imageScanData/xnat_imagescandata_id"},
    {LIST_SCANS, "coil", "xnat:mrScanData/coil"},
    {LIST_SCANS, "fieldStrength", "xnat:mrScanData/fieldStrength"},
    {LIST_SCANS, "numFrames", "xnat:petScanData/parameters/frames/numFrames"},
    {LIST_RECONS, "ID", "xnat:reconstructedImageData/ID"},
    {LIST_RECONS, "type", "xnat:reconstructedImageData/type"},
    {LIST_RECONS, "baseScanType", "xnat:reconstructedImageData/baseScanType"},
    {LIST_RECONS, "xnat_reconstructedimagedata_id", "xnat:reconstructedImageData/xnat_reconstructedimagedata_id"},
};

const char *
shortcut_path (guint listing, const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++) {
        if ((shortcuts[i].listings & listing) && strcmp (shortcuts[i].name, name) == 0)
            return shortcuts[i].path;
    }
    return NULL;
}

const char *
shortcut_key (guint listing, const char *path)
{
    for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++) {
        if ((shortcuts[i].listings & listing) && g_ascii_strcasecmp (shortcuts[i].path, path) == 0)
            return shortcuts[i].name;
    }
    return NULL;
}

Table *
shortcut_table (guint listing)
{
    static const char *const columns[] = {"key", "xpath", NULL};
    Table *table = table_new (columns);

    for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++) {
        if (shortcuts[i].listings & listing) {
            const char **cells = table_row (table);

            cells[0] = S (shortcuts[i].name);
            cells[1] = S (shortcuts[i].path);
        }
    }
    return table;
}

static const char *
number (gint64 value)
{
    char text[24];

    g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
    return S (text);
}

/* Fields that are no plain fields; found once for a column, not once for a cell. */
static const struct {
    const char *field;
    Special special;
} specials[] = {
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
    {"sharing/share/project", SPECIAL_SHARE_PROJECT},
    {"sharing/share/label", SPECIAL_SHARE_LABEL},
    {"file/label", SPECIAL_FILE_LABEL},
    {"file/format", SPECIAL_FILE_FORMAT},
    {"file/content", SPECIAL_FILE_CONTENT},
    {"file/xnat_abstractresource_id", SPECIAL_FILE_ID},
    {"file/file_count", SPECIAL_FILE_COUNT},
    {"file/file_size", SPECIAL_FILE_SIZE},
};

static Place
find_place (const Type *type, gboolean below)
{
    if (below || type_is (type->name, "xnat:imageScanData"))
        return PLACE_SCAN;
    if (type_is (type->name, "xnat:projectData"))
        return PLACE_PROJECT;
    if (type_is (type->name, "xnat:subjectData"))
        return PLACE_SUBJECT;
    return type_is (type->name, "xnat:reconstructedImageData") ? PLACE_ROW : PLACE_EXPERIMENT;
}

/* What is called a label is a name in projects and a type in scans and reconstructions. */
static const char *
label_field (const Column *column)
{
    if (column->place == PLACE_PROJECT)
        return "name";
    if (column->place == PLACE_SCAN || column->place == PLACE_ROW)
        return "type";
    return "label";
}

void
column_prepare (Column *column)
{
    gboolean below = g_ascii_strncasecmp (column->field, "scans/scan/", 11) == 0;

    column->place = find_place (column->type, below);
    column->name = below ? column->field + strlen ("scans/scan/") : column->field;
    column->special = SPECIAL_NONE;
    column->any_scan = below || strcmp (column->type->name, "xnat:imageScanData") == 0;
    for (guint i = 0; i < G_N_ELEMENTS (specials); i++) {
        if (g_ascii_strcasecmp (specials[i].field, column->name) == 0)
            column->special = specials[i].special;
    }
    if (g_ascii_strcasecmp (column->name, label_field (column)) == 0)
        column->special = SPECIAL_LABEL;
}

static const Node *
experiment_for (const Type *type, const Row *row)
{
    if (xsi_is (row->node->xsi, type))
        return row->node;
    if (row->assessor && xsi_is (row->assessor->xsi, type))
        return row->assessor;
    if (row->node->parent && row->node->parent->xsi && xsi_is (row->node->parent->xsi, type))
        return row->node->parent;
    return NULL;
}

/* The object of a row that a column speaks of. */
static const Node *
node_for (const Column *column, const Row *row)
{
    switch (column->place) {
    case PLACE_PROJECT:
        return row->node->project;
    case PLACE_SUBJECT:
        return node_above (row->node, NODE_SUBJECT);
    case PLACE_SCAN:
        return row->scan && (column->any_scan || xsi_is (row->scan->xsi, column->type)) ? row->scan : NULL;
    case PLACE_ROW:
        return row->node;
    default:
        return experiment_for (column->type, row);
    }
}

static const char *
file_value (Special special, const Resource *file)
{
    switch (special) {
    case SPECIAL_FILE_LABEL:
        return file->label;
    case SPECIAL_FILE_FORMAT:
        return file->format;
    case SPECIAL_FILE_CONTENT:
        return file->content;
    case SPECIAL_FILE_ID:
        return number (file->id);
    case SPECIAL_FILE_COUNT:
        return file->unstated ? NULL : number (file->stated_count);
    default:
        return file->unstated ? NULL : number (file->stated_size);
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

const char *
column_value (const Column *column, const Row *row)
{
    const Node *node;
    const char *value = NULL;

    if (column->special >= SPECIAL_FILE_LABEL)
        return row->file ? file_value (column->special, row->file) : NULL;
    if (column->special == SPECIAL_SHARE_PROJECT)
        return row->share ? row->share->project->id : NULL;
    if (column->special == SPECIAL_SHARE_LABEL)
        return row->share ? row->share->label : NULL;
    node = node_for (column, row);
    if (node)
        value = node_value (column, node);
    return value && *value ? value : NULL;
}
