/* SPDX-License-Identifier: Apache-2.0 */
/* The demonstration archive: a tidy study, a second project that shares with it, and a project of oddities. */
#include "sample.h"

#define SIZE 20000

static void
add_file (Archive *archive, Resource *resource, const char *path, gint64 size)
{
    resource_add_entry (archive, resource, path, NULL, sample_size (path, size));
    resource_restate (archive, resource);
}

static void
add_scan (Archive *archive, Node *session, const char *id, const char *type, guint files)
{
    Node *scan = archive_add_scan (archive, session, id, type, "xnat:mrScanData");

    node_set_field (scan, "quality", "usable");
    node_set_field (scan, "frames", "176");
    node_set_field (scan, "series_description", type);
    sample_resource (archive, scan, 0, "DICOM", files, SIZE);
    sample_resource (archive, scan, 0, "NIFTI", 1, SIZE);
}

static Node *
add_session (Archive *archive, Node *subject, const char *label, const char *date)
{
    Node *session = archive_add_experiment (archive, subject, NULL, label, "xnat:mrSessionData");

    node_set_field (session, "date", date);
    node_set_field (session, "modality", "MR");
    node_set_field (session, "scanner/manufacturer", "Scannerworks");
    return session;
}

/* All scan types; two scans of one type in one session only, so that the type names one scan elsewhere. */
static void
add_scans (Archive *archive, Node *session, const char *fourth)
{
    add_scan (archive, session, "1", "T1", 4);
    add_scan (archive, session, "2", "T2", 4);
    add_scan (archive, session, "3", "FLAIR", 3);
    add_scan (archive, session, "4", fourth, 2);
}

static void
add_results (Archive *archive, Node *session)
{
    g_autofree char *label = g_strconcat ("seg_", session->label, NULL);
    Node *assessor = archive_add_assessor (archive, session, NULL, label, "xnat:qcAssessmentData");
    Resource *image = archive_add_resource (archive, assessor, 'o', "IMAGE");

    node_set_field (assessor, "rater", "alice");
    add_file (archive, image, "image.nii.gz", SIZE);
    add_file (archive, image, "mask/brain.nii.gz", SIZE);
    add_file (archive, archive_add_resource (archive, session, 0, "REPORT"), "report.txt", 500);
}

static void
add_subject (Archive *archive, Node *project, const char *label, gboolean first)
{
    Node *subject = archive_add_subject (archive, project, NULL, label);
    g_autofree char *brain = g_strconcat (label, "_BRAIN", NULL);
    g_autofree char *followup = g_strconcat (label, "_FOLLOWUP", NULL);
    Node *session = add_session (archive, subject, brain, "2024-01-02");

    node_set_field (subject, "demographics/gender", first ? "female" : "male");
    add_scans (archive, session, "PD");
    add_results (archive, session);
    session = add_session (archive, subject, followup, "2024-06-02");
    add_scans (archive, session, first ? "T1" : "PD");
    add_file (archive, archive_add_resource (archive, subject, 0, "NOTES"), "notes.txt", 300);
    if (!first)
        return;
    session = add_session (archive, subject, "experiment001", "2024-03-04");
    add_scans (archive, session, "PD");
    Node *recon = archive_add_recon (archive, session, "recon001", "smoothed");
    node_set_field (recon, "baseScanType", "T1");
    sample_resource (archive, recon, 'o', "NIFTI", 1, SIZE);
}

static void
add_odd_resources (Archive *archive, Node *scan)
{
    add_file (archive, archive_add_resource (archive, scan, 0, NULL), "unlabelled.txt", 100);
    add_file (archive, archive_add_resource (archive, scan, 0, "TWICE"), "first.txt", 101);
    add_file (archive, archive_add_resource (archive, scan, 0, "TWICE"), "second.txt", 102);
    add_file (archive, archive_add_resource (archive, scan, 0, "2023"), "digits.txt", 103);
    add_file (archive, archive_add_resource (archive, scan, 0, "My Data"), "blank.txt", 104);
    add_file (archive, archive_add_resource (archive, scan, 0, "Q&amp;A"), "ampersand.txt", 105);
    add_file (archive, archive_add_resource (archive, scan, 0, "a%20b"), "escaped.txt", 106);
    Resource *stale = archive_add_resource (archive, scan, 0, "UNSTATED");
    add_file (archive, stale, "uncounted.txt", 107);
    stale->unstated = TRUE;
    sample_resource (archive, scan, 0, "EMPTY", 0, 0);
}

static void
add_odd_names (Archive *archive, Node *scan)
{
    Resource *names = archive_add_resource (archive, scan, 0, "NAMES");
    static const char *const plain[] = {"a b.txt",   "a+b.txt",   "a#b.txt",   "\xc3\xa9.txt",   "100%.txt",
                                        "x&y=z.txt", "q?.txt",    "[1].txt",   "semi;colon.txt", "%C3%A9 raw.txt",
                                        ".hidden",   "UPPER.txt", "upper.txt", "sub/dir/c.txt",  "sub/a b/d.txt"};
    g_autofree char *accession = g_strconcat (scan->parent->id, "_T1.txt", NULL);
    g_autofree char *like_scan = g_strconcat (scan->id, "/inside.txt", NULL);

    for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
        add_file (archive, names, plain[i], 200 + i);
    add_file (archive, names, "empty.txt", 0);
    add_file (archive, names, accession, 300);
    add_file (archive, names, like_scan, 301);
}

static void
add_odd_project (Archive *archive)
{
    Node *project = archive_add_project (archive, "odd", "Odd things", ACCESS_PRIVATE);
    Node *subject = archive_add_subject (archive, project, NULL, "oddity");
    Node *session = add_session (archive, subject, "odd_session", "2024-02-03");
    Node *scan = archive_add_scan (archive, session, "5", "T1 w/o contrast", "xnat:mrScanData");

    sample_members (project);
    add_odd_resources (archive, scan);
    add_odd_names (archive, archive_add_scan (archive, session, "6", "NAMES", "xnat:mrScanData"));
    /* A scan whose type is another's ID, one without a type, one without resources. */
    sample_resource (archive, archive_add_scan (archive, session, "7", "5", "xnat:mrScanData"), 0, "DICOM", 1, SIZE);
    sample_resource (archive, archive_add_scan (archive, session, "8", "", "xnat:mrScanData"), 0, "DICOM", 1, SIZE);
    archive_add_scan (archive, session, "9", "NOTHING", "xnat:mrScanData");
    (void)add_session (archive, subject, "no_scans", "2024-02-04");
    sample_resource (archive,
                     archive_add_scan (archive, add_session (archive, subject, "pet_session", "2024-02-05"), "1", "PET",
                                       "xnat:petScanData"),
                     0, "DICOM", 1, SIZE);
}

/* Its subject and session are seen in the study too, under other labels. */
static void
add_other_project (Archive *archive, Node *sandbox)
{
    Node *project = archive_add_project (archive, "other", "Other study", ACCESS_PRIVATE);
    Node *subject = archive_add_subject (archive, project, NULL, "other_subject");
    Node *session = add_session (archive, subject, "other_BRAIN", "2024-04-05");

    sample_members (project);
    add_scans (archive, session, "PD");
    node_share (subject, sandbox, "shared_subject");
    node_share (session, sandbox, "shared_BRAIN");
}

static void
add_plain_project (Archive *archive, const char *id, const char *name, Access access)
{
    Node *project = archive_add_project (archive, id, name, access);
    Node *subject = archive_add_subject (archive, project, NULL, "subject001");

    g_hash_table_insert (project->roles, (gpointer) "alice", (gpointer) "owner");
    add_scan (archive, add_session (archive, subject, "subject001_BRAIN", "2024-05-06"), "1", "T1", 2);
}

void
sample_demo (Archive *archive)
{
    Node *sandbox = archive_add_project (archive, "sandbox", "Sandbox study", ACCESS_PRIVATE);

    node_set_field (sandbox, "description", "Files to play with");
    node_set_field (sandbox, "secondary_ID", "sandbox");
    sample_members (sandbox);
    add_subject (archive, sandbox, "subject001", TRUE);
    add_subject (archive, sandbox, "subject002", FALSE);
    add_subject (archive, sandbox, "subject003", FALSE);
    add_file (archive, archive_add_resource (archive, sandbox, 0, "DOCUMENTS"), "protocol.txt", 700);
    add_other_project (archive, sandbox);
    add_odd_project (archive);
    add_plain_project (archive, "public", "Public study", ACCESS_PUBLIC);
    add_plain_project (archive, "locked", "Protected study", ACCESS_PROTECTED);
}
