/* SPDX-License-Identifier: Apache-2.0 */
/* The short names of columns. Must not know where values come from. */
#include "shortcuts.h"
#include "columns.h"

#include <string.h>

#define EXPERIMENT_LISTS (LIST_EXPERIMENTS | LIST_ASSESSORS)

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
    {LIST_PROJECTS, "note", "xnat:projectData/fields/field/field"},
    {LIST_SUBJECTS, "ID", "xnat:subjectData/ID"},
    {LIST_SUBJECTS, "project", "xnat:subjectData/project"},
    {LIST_SUBJECTS, "label", "xnat:subjectData/label"},
    {LIST_SUBJECTS, "group", "xnat:subjectData/group"},
    {LIST_SUBJECTS, "src", "xnat:subjectData/src"},
    {LIST_SUBJECTS, "pi_firstname", "xnat:subjectData/investigator/firstname"},
    {LIST_SUBJECTS, "pi_lastname", "xnat:subjectData/investigator/lastname"},
    {LIST_SUBJECTS, "dob", "xnat:subjectData/demographics/dob"},
    {LIST_SUBJECTS, "yob", "xnat:subjectData/demographics/yob"},
    {LIST_SUBJECTS, "age", "xnat:subjectData/demographics/age"},
    {LIST_SUBJECTS, "gender", "xnat:subjectData/demographics/gender"},
    {LIST_SUBJECTS, "handedness", "xnat:subjectData/demographics/handedness"},
    {LIST_SUBJECTS, "ses", "xnat:subjectData/demographics/ses"},
    {LIST_SUBJECTS, "education", "xnat:subjectData/demographics/education"},
    {LIST_SUBJECTS, "educationDesc", "xnat:subjectData/demographics/educationDesc"},
    {LIST_SUBJECTS, "race", "xnat:subjectData/demographics/race"},
    {LIST_SUBJECTS, "ethnicity", "xnat:subjectData/demographics/ethnicity"},
    {LIST_SUBJECTS, "weight", "xnat:subjectData/demographics/weight"},
    {LIST_SUBJECTS, "height", "xnat:subjectData/demographics/height"},
    {LIST_SUBJECTS, "gestational_age", "xnat:subjectData/demographics/gestational_age"},
    {LIST_SUBJECTS, "post_menstrual_age", "xnat:subjectData/demographics/post_menstrual_age"},
    {LIST_SUBJECTS, "birth_weight", "xnat:subjectData/demographics/birth_weight"},
    {LIST_SUBJECTS, "insert_date", "xnat:subjectData/meta/insert_date"},
    {LIST_SUBJECTS, "insert_user", "xnat:subjectData/meta/insert_user/login"},
    {LIST_SUBJECTS, "last_modified", "xnat:subjectData/meta/last_modified"},
    {EXPERIMENT_LISTS, "ID", "xnat:experimentData/ID"},
    {EXPERIMENT_LISTS, "visit_id", "xnat:experimentData/visit_id"},
    {EXPERIMENT_LISTS, "date", "xnat:experimentData/date"},
    {EXPERIMENT_LISTS, "time", "xnat:experimentData/time"},
    {EXPERIMENT_LISTS, "note", "xnat:experimentData/note"},
    {EXPERIMENT_LISTS, "project", "xnat:experimentData/project"},
    {EXPERIMENT_LISTS, "label", "xnat:experimentData/label"},
    {EXPERIMENT_LISTS, "pi_firstname", "xnat:experimentData/investigator/firstname"},
    {EXPERIMENT_LISTS, "pi_lastname", "xnat:experimentData/investigator/lastname"},
    {EXPERIMENT_LISTS, "validation_method", "xnat:experimentData/validation/method"},
    {EXPERIMENT_LISTS, "validation_status", "xnat:experimentData/validation/status"},
    {EXPERIMENT_LISTS, "validation_date", "xnat:experimentData/validation/date"},
    {EXPERIMENT_LISTS, "validation_notes", "xnat:experimentData/validation/notes"},
    {EXPERIMENT_LISTS, "xsiType", "xnat:experimentData/extension_item/element_name"},
    {EXPERIMENT_LISTS, "insert_date", "xnat:experimentData/meta/insert_date"},
    {EXPERIMENT_LISTS, "insert_user", "xnat:experimentData/meta/insert_user/login"},
    {EXPERIMENT_LISTS, "last_modified", "xnat:experimentData/meta/last_modified"},
    {EXPERIMENT_LISTS, "session_ID", "xnat:imageSessionData/ID"},
    {EXPERIMENT_LISTS, "session_label", "xnat:imageSessionData/label"},
    {EXPERIMENT_LISTS, "session_project", "xnat:imageSessionData/project"},
    {LIST_EXPERIMENTS, "visit", "xnat:experimentData/visit"},
    {LIST_EXPERIMENTS, "protocol", "xnat:experimentData/protocol"},
    {LIST_EXPERIMENTS, "subject_ID", "xnat:subjectAssessorData/subject_ID"},
    {LIST_EXPERIMENTS, "subject_label", "xnat:subjectData/label"},
    {LIST_EXPERIMENTS, "subject_project", "xnat:subjectData/project"},
    {LIST_EXPERIMENTS, "scanner", "xnat:imageSessionData/scanner"},
    {LIST_EXPERIMENTS, "operator", "xnat:imageSessionData/operator"},
    {LIST_EXPERIMENTS, "dcmAccessionNumber", "xnat:imageSessionData/dcmAccessionNumber"},
    {LIST_EXPERIMENTS, "dcmPatientId", "xnat:imageSessionData/dcmPatientId"},
    {LIST_EXPERIMENTS, "dcmPatientName", "xnat:imageSessionData/dcmPatientName"},
    {LIST_EXPERIMENTS, "session_type", "xnat:imageSessionData/session_type"},
    {LIST_EXPERIMENTS, "modality", "xnat:imageSessionData/modality"},
    {LIST_EXPERIMENTS, "UID", "xnat:imageSessionData/UID"},
    {LIST_EXPERIMENTS, "studyInstanceUID", "xnat:imageSessionData/UID"},
    {LIST_EXPERIMENTS, "coil", "xnat:mrSessionData/coil"},
    {LIST_EXPERIMENTS, "fieldStrength", "xnat:mrSessionData/fieldStrength"},
    {LIST_EXPERIMENTS, "marker", "xnat:mrSessionData/marker"},
    {LIST_EXPERIMENTS, "stabilization", "xnat:petSessionData/stabilization"},
    {LIST_EXPERIMENTS, "studyType", "xnat:petSessionData/studyType"},
    {LIST_EXPERIMENTS, "patientID", "xnat:petSessionData/patientID"},
    {LIST_EXPERIMENTS, "patientName", "xnat:petSessionData/patientName"},
    {LIST_EXPERIMENTS, "scan_start_time", "xnat:petSessionData/start_time_scan"},
    {LIST_EXPERIMENTS, "injection_start_time", "xnat:petSessionData/start_time_injection"},
    {LIST_EXPERIMENTS, "tracer_name", "xnat:petSessionData/tracer/name"},
    {LIST_EXPERIMENTS, "tracer_startTime", "xnat:petSessionData/tracer/startTime"},
    {LIST_EXPERIMENTS, "tracer_dose", "xnat:petSessionData/tracer/dose"},
    {LIST_EXPERIMENTS, "tracer_sa", "xnat:petSessionData/tracer/specificActivity"},
    {LIST_EXPERIMENTS, "tracer_totalmass", "xnat:petSessionData/tracer/totalMass"},
    {LIST_EXPERIMENTS, "tracer_intermediate", "xnat:petSessionData/tracer/intermediate"},
    {LIST_EXPERIMENTS, "tracer_isotope", "xnat:petSessionData/tracer/isotope/half-life"},
    {LIST_EXPERIMENTS, "tracer_transmissions", "xnat:petSessionData/tracer/transmissions"},
    {LIST_EXPERIMENTS, "tracer_transmissions_start", "xnat:petSessionData/tracer/transmissions_starttime"},
    {LIST_SCANS, "ID", "xnat:imageScanData/ID"},
    {LIST_SCANS, "type", "xnat:imageScanData/type"},
    {LIST_SCANS, "UID", "xnat:imageScanData/UID"},
    {LIST_SCANS, "note", "xnat:imageScanData/note"},
    {LIST_SCANS, "quality", "xnat:imageScanData/quality"},
    {LIST_SCANS, "condition", "xnat:imageScanData/condition"},
    {LIST_SCANS, "series_description", "xnat:imageScanData/series_description"},
    {LIST_SCANS, "documentation", "xnat:imageScanData/documentation"},
    {LIST_SCANS, "scanner", "xnat:imageScanData/scanner"},
    {LIST_SCANS, "modality", "xnat:imageScanData/modality"},
    {LIST_SCANS, "frames", "xnat:imageScanData/frames"},
    {LIST_SCANS, "xnat_imagescandata_id", "xnat:imageScanData/xnat_imagescandata_id"},
    {LIST_SCANS, "validation_method", "xnat:imageScanData/validation/method"},
    {LIST_SCANS, "validation_status", "xnat:imageScanData/validation/status"},
    {LIST_SCANS, "validation_date", "xnat:imageScanData/validation/date"},
    {LIST_SCANS, "validation_notes", "xnat:imageScanData/validation/notes"},
    {LIST_SCANS, "scanTime", "xnat:imageScanData/startTime"},
    {LIST_SCANS, "xsiType", "xnat:imageScanData/extension_item/element_name"},
    {LIST_SCANS, "insert_date", "xnat:imageScanData/meta/insert_date"},
    {LIST_SCANS, "insert_user", "xnat:imageScanData/meta/insert_user/login"},
    {LIST_SCANS, "last_modified", "xnat:imageScanData/meta/last_modified"},
    {LIST_SCANS, "coil", "xnat:mrScanData/coil"},
    {LIST_SCANS, "fieldStrength", "xnat:mrScanData/fieldStrength"},
    {LIST_SCANS, "marker", "xnat:mrScanData/marker"},
    {LIST_SCANS, "stabilization", "xnat:mrScanData/stabilization"},
    {LIST_SCANS, "orientation", "xnat:petScanData/parameters/orientation"},
    {LIST_SCANS, "originalFileName", "xnat:petScanData/parameters/originalFileName"},
    {LIST_SCANS, "systemType", "xnat:petScanData/parameters/systemType"},
    {LIST_SCANS, "fileType", "xnat:petScanData/parameters/fileType"},
    {LIST_SCANS, "transaxialFOV", "xnat:petScanData/parameters/transaxialFOV"},
    {LIST_SCANS, "acqType", "xnat:petScanData/parameters/acqType"},
    {LIST_SCANS, "facility", "xnat:petScanData/parameters/facility"},
    {LIST_SCANS, "numPlanes", "xnat:petScanData/parameters/numPlanes"},
    {LIST_SCANS, "numFrames", "xnat:petScanData/parameters/frames/numFrames"},
    {LIST_SCANS, "numGates", "xnat:petScanData/parameters/numGates"},
    {LIST_SCANS, "planeSeparation", "xnat:petScanData/parameters/planeSeparation"},
    {LIST_SCANS, "binSize", "xnat:petScanData/parameters/binSize"},
    {LIST_SCANS, "dataType", "xnat:petScanData/parameters/dataType"},
    {LIST_RECONS, "ID", "xnat:reconstructedImageData/ID"},
    {LIST_RECONS, "type", "xnat:reconstructedImageData/type"},
    {LIST_RECONS, "baseScanType", "xnat:reconstructedImageData/baseScanType"},
    {LIST_RECONS, "xnat_reconstructedimagedata_id", "xnat:reconstructedImageData/xnat_reconstructedimagedata_id"},
    {LIST_RECONS, "xsiType", "xnat:reconstructedImageData/extension_item/element_name"},
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
