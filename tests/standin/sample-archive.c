/* SPDX-License-Identifier: Apache-2.0 */
/* The archives that come without a file: the demonstration, and generated ones of any size. */
#include "model.h"
#include "sample.h"

#include <stdlib.h>
#include <string.h>

gint64
sample_size (const char *path, gint64 size)
{
    if (g_str_has_suffix (path, ".dcm"))
        return MAX (size, 1024) & ~(gint64)1;
    if (g_str_has_suffix (path, ".nii.gz"))
        return MAX (size, 512);
    return MAX (size, 0);
}

static GBytes *
sample_text (guint64 seed, gint64 size)
{
    char *text = g_malloc ((gsize)size + 1);

    for (gint64 i = 0; i < size; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        text[i] = i % 64 == 63 ? '\n' : (char)('a' + (seed >> 33) % 26);
    }
    return g_bytes_new_take (text, (gsize)size);
}

GBytes *
sample_body (const char *path, guint64 seed, gint64 size)
{
    if (size > 0 && g_str_has_suffix (path, ".dcm"))
        return sample_dicom (seed, size);
    if (size > 0 && g_str_has_suffix (path, ".nii.gz"))
        return sample_nifti_gz (seed, size);
    return sample_text (seed, MAX (size, 0));
}

Resource *
sample_resource (Archive *archive, Node *parent, char way, const char *label, guint files, gint64 size)
{
    Resource *resource = archive_add_resource (archive, parent, way, label);
    gboolean dicom = label && strcmp (label, "DICOM") == 0;
    gboolean nifti = label && strcmp (label, "NIFTI") == 0;

    resource->format = dicom ? S ("DICOM") : nifti ? S ("NIFTI") : NULL;
    resource->content = dicom ? S ("RAW") : NULL;
    resource->catalog->lazy_files = files;
    resource->catalog->lazy_size = sample_size (dicom ? ".dcm" : ".nii.gz", size);
    resource->stated_count = files;
    resource->stated_size = files * resource->catalog->lazy_size;
    return resource;
}

void
sample_members (Node *project)
{
    g_hash_table_insert (project->roles, (gpointer) "alice", (gpointer) "owner");
    g_hash_table_insert (project->roles, (gpointer) "reader", (gpointer) "collaborator");
}

typedef struct Spec {
    gint64 projects;
    gint64 subjects;
    gint64 experiments;
    gint64 scans;
    gint64 resources;
    gint64 assessors;
    gint64 files;
    gint64 size;
    gint64 seed;
} Spec;

static gboolean
parse_spec (const char *text, Spec *spec, GError **error)
{
    const struct {
        const char *name;
        gint64 *value;
    } known[] = {{"projects", &spec->projects}, {"subjects", &spec->subjects},   {"experiments", &spec->experiments},
                 {"scans", &spec->scans},       {"resources", &spec->resources}, {"assessors", &spec->assessors},
                 {"files", &spec->files},       {"size", &spec->size},           {"seed", &spec->seed}};
    g_auto (GStrv) parts = g_strsplit (text, ",", -1);

    for (guint i = 0; parts[i]; i++) {
        g_auto (GStrv) pair = g_strsplit (parts[i], "=", 2);
        gboolean found = FALSE;

        for (guint j = 0; pair[0] && pair[1] && j < G_N_ELEMENTS (known); j++) {
            if (strcmp (known[j].name, pair[0]) == 0)
                found = g_ascii_string_to_signed (pair[1], 10, 0, G_MAXINT64, known[j].value, NULL);
        }
        if (!found) {
            g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "unknown in the sample: %s", parts[i]);
            return FALSE;
        }
    }
    return TRUE;
}

static const char *
numbered (const char *format, gint64 a, gint64 b)
{
    g_autofree char *text = NULL;

    text = strcmp (format, "P") == 0   ? g_strdup_printf ("project%03d", (int)a)
           : strcmp (format, "S") == 0 ? g_strdup_printf ("subject%03d", (int)a)
           : strcmp (format, "N") == 0 ? g_strdup_printf ("%d", (int)a)
                                       : g_strdup_printf ("subject%03d_%02d", (int)a, (int)b);
    return S (text);
}

static void
generate_session (Archive *archive, Node *subject, const Spec *spec, gint64 s, gint64 e)
{
    static const char *const types[] = {"T1", "T2", "FLAIR", "DWI", "BOLD", "PD"};
    static const char *const labels[] = {"DICOM", "NIFTI", "SNAPSHOTS", "BIDS"};
    Node *session = archive_add_experiment (archive, subject, NULL, numbered ("E", s, e), "xnat:mrSessionData");

    node_set_field (session, "date", "2024-01-02");
    for (gint64 n = 1; n <= spec->scans; n++) {
        Node *scan =
            archive_add_scan (archive, session, numbered ("N", n, 0), types[(n + spec->seed) % 6], "xnat:mrScanData");

        node_set_field (scan, "quality", "usable");
        for (gint64 r = 0; r < spec->resources; r++)
            sample_resource (archive, scan, 0, labels[r % 4], (guint)spec->files, spec->size);
    }
    for (gint64 a = 1; a <= spec->assessors; a++) {
        g_autofree char *label = g_strdup_printf ("seg_%s_%d", session->label, (int)a);
        Node *assessor = archive_add_assessor (archive, session, NULL, label, "xnat:qcAssessmentData");

        sample_resource (archive, assessor, 'o', "IMAGE", (guint)spec->files, spec->size);
    }
}

static void
generate (Archive *archive, const Spec *spec)
{
    archive->next_resource = (guint)spec->seed * 100;
    for (gint64 p = 1; p <= spec->projects; p++) {
        const char *id = numbered ("P", p, 0);
        Node *project = archive_add_project (archive, id, id, ACCESS_PRIVATE);

        sample_members (project);
        for (gint64 s = 1; s <= spec->subjects; s++) {
            Node *subject = archive_add_subject (archive, project, NULL, numbered ("S", s, 0));

            for (gint64 e = 1; e <= spec->experiments; e++)
                generate_session (archive, subject, spec, s, e);
        }
    }
}

gboolean
sample_archive (Archive *archive, const char *spec_text, GError **error)
{
    Spec spec = {.projects = 1, .subjects = 1, .experiments = 1, .scans = 1, .resources = 2, .files = 2, .size = 20000};

    if (!spec_text) {
        sample_demo (archive);
        return TRUE;
    }
    if (!parse_spec (spec_text, &spec, error))
        return FALSE;
    generate (archive, &spec);
    return TRUE;
}
