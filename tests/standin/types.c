/* SPDX-License-Identifier: Apache-2.0 */
/* The table of xsi:types. Must not know the archive. */
#include "types.h"

#include <string.h>

static const Type types[] = {
    {"xnat:projectData", NULL, FALSE,
     "ID,name,secondary_ID,description,keywords,type,active,PI/firstname,PI/lastname,PI/title,"
     "PI/institution,aliases/alias/alias,fields/field/name,fields/field/field,"
     "extension_item/element_name,meta/insert_date,meta/insert_user/login,meta/last_modified",
     "Project", "Projects"},
    {"xnat:subjectData", NULL, FALSE,
     "ID,project,label,group,src,initials,investigator/firstname,investigator/lastname,"
     "demographics/gender,demographics/dob,demographics/yob,demographics/age,demographics/handedness,"
     "demographics/ses,demographics/education,demographics/educationDesc,demographics/race,"
     "demographics/ethnicity,demographics/height,demographics/weight,demographics/gestational_age,"
     "demographics/post_menstrual_age,demographics/birth_weight,fields/field/name,fields/field/field,"
     "extension_item/element_name,meta/insert_date,meta/insert_user/login,meta/last_modified",
     "Subject", "Subjects"},
    {"xnat:experimentData", NULL, TRUE,
     "ID,project,label,visit_id,version,original,protocol,visit,date,time,duration,delay,note,"
     "investigator/firstname,investigator/lastname,acquisition_site,validation/method,"
     "validation/status,validation/date,validation/notes,fields/field/name,fields/field/field,"
     "extension_item/element_name,meta/insert_date,meta/insert_user/login,meta/last_modified",
     NULL, NULL},
    {"xnat:subjectAssessorData", "xnat:experimentData", TRUE, "subject_ID,age", NULL, NULL},
    {"xnat:imageSessionData", "xnat:subjectAssessorData", TRUE,
     "UID,session_type,modality,prearchivePath,scanner,scanner/manufacturer,scanner/model,operator,"
     "dcmAccessionNumber,dcmPatientId,dcmPatientName,dcmPatientBirthDate,study_id",
     NULL, NULL},
    {"xnat:mrSessionData", "xnat:imageSessionData", FALSE, "coil,fieldStrength,marker,stabilization", "MR Session",
     "MR Sessions"},
    {"xnat:petSessionData", "xnat:imageSessionData", FALSE,
     "studyType,patientID,patientName,stabilization,start_time,start_time_scan,start_time_injection,"
     "tracer/name,tracer/startTime,tracer/dose,tracer/specificActivity,tracer/totalMass,"
     "tracer/intermediate,tracer/isotope,tracer/isotope/half-life,tracer/transmissions,"
     "tracer/transmissions_starttime",
     "PET Session", "PET Sessions"},
    {"xnat:petmrSessionData", "xnat:imageSessionData", FALSE, "tracer/name,coil,fieldStrength", "PET MR Session",
     "PET MR Sessions"},
    {"xnat:ctSessionData", "xnat:imageSessionData", FALSE, "", "CT Session", "CT Sessions"},
    {"xnat:otherDicomSessionData", "xnat:imageSessionData", FALSE, "", "Other DICOM Session", "Other DICOM Sessions"},
    {"xnat:derivedData", "xnat:experimentData", TRUE, "", NULL, NULL},
    {"xnat:imageAssessorData", "xnat:derivedData", TRUE, "imageSession_ID", NULL, NULL},
    {"xnat:qcAssessmentData", "xnat:imageAssessorData", FALSE, "rater,comments", "Auto QC", "Auto QCs"},
    {"xnat:qcManualAssessorData", "xnat:imageAssessorData", FALSE,
     "rater,comments,pass,stereotacticMarker,incidentalFindings,payable,rescan,rescan_reason,"
     "other_image_data,other_image_data_state",
     "Manual QC", "Manual QCs"},
    {"xnat:imageScanData", NULL, TRUE,
     "ID,type,UID,note,quality,condition,series_description,documentation,frames,operator,modality,"
     "startTime,scanner,scanner/manufacturer,scanner/model,requested_procedure,startDate,"
     "validation/method,validation/status,validation/date,validation/notes,image_session_ID,project,"
     "xnat_imagescandata_id,extension_item/element_name,meta/insert_date,meta/insert_user/login,"
     "meta/last_modified",
     NULL, NULL},
    {"xnat:mrScanData", "xnat:imageScanData", FALSE,
     "coil,fieldStrength,marker,stabilization,parameters/tr,parameters/te,parameters/ti,"
     "parameters/flip,parameters/sequence,parameters/voxelRes/x,parameters/voxelRes/y,"
     "parameters/voxelRes/z",
     "MR Scan", "MR Scans"},
    {"xnat:petScanData", "xnat:imageScanData", FALSE,
     "parameters/facility,parameters/orientation,parameters/originalFileName,parameters/systemType,"
     "parameters/fileType,parameters/transaxialFOV,parameters/acqType,parameters/numPlanes,"
     "parameters/frames/numFrames,parameters/numGates,parameters/planeSeparation,parameters/binSize,"
     "parameters/dataType",
     "PET Scan", "PET Scans"},
    {"xnat:ctScanData", "xnat:imageScanData", FALSE, "parameters/rescale/intercept,parameters/kvp", "CT Scan",
     "CT Scans"},
    {"xnat:otherDicomScanData", "xnat:imageScanData", FALSE, "", "Other DICOM Scan", "Other DICOM Scans"},
    {"xnat:scScanData", "xnat:imageScanData", FALSE, "", "SC Scan", "SC Scans"},
    {"xnat:reconstructedImageData", NULL, FALSE,
     "ID,type,baseScanType,image_session_ID,xnat_reconstructedimagedata_id,"
     "extension_item/element_name,meta/insert_date,meta/insert_user/login,meta/last_modified",
     "Reconstructed Image", "Reconstructed Images"},
    {"xnat:abstractResource", NULL, TRUE, "label,note,file_count,file_size,xnat_abstractresource_id", NULL, NULL},
    {"xnat:resource", "xnat:abstractResource", FALSE, "URI,format,content,description,cachePath", "Resource",
     "Resources"},
    {"xnat:resourceCatalog", "xnat:resource", FALSE, "", "Resource Catalog", "Resource Catalogs"},
};

const Type *
type_find (const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
        if (g_ascii_strcasecmp (types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}

const Type *
type_at (guint index)
{
    return index < G_N_ELEMENTS (types) ? &types[index] : NULL;
}

gboolean
type_is (const char *name, const char *base)
{
    while (name && base) {
        const Type *type;

        if (g_ascii_strcasecmp (name, base) == 0)
            return TRUE;
        type = type_find (name);
        name = type ? type->base : NULL;
    }
    return FALSE;
}

/* The names as interned strings, and for each type the place of the one that it derives from, -1 at the top. */
static const char *interned_names[G_N_ELEMENTS (types)];
static int bases[G_N_ELEMENTS (types)];

static gsize
index_types (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
        const Type *base = types[i].base ? type_find (types[i].base) : NULL;

        interned_names[i] = g_intern_static_string (types[i].name);
        bases[i] = base ? (int)(base - types) : -1;
    }
    return 1;
}

gboolean
xsi_is (const char *interned, const Type *base)
{
    static gsize indexed;
    int at = -1;

    if (g_once_init_enter (&indexed))
        g_once_init_leave (&indexed, index_types ());
    for (guint i = 0; i < G_N_ELEMENTS (types) && at < 0; i++) {
        if (interned_names[i] == interned)
            at = (int)i;
    }
    while (at >= 0 && &types[at] != base)
        at = bases[at];
    return at >= 0;
}

static gboolean
list_has (const char *list, const char *item)
{
    gsize len = strlen (item);

    for (const char *at = list; *at; at += *at == ',') {
        gsize n = strcspn (at, ",");

        if (n == len && g_ascii_strncasecmp (at, item, n) == 0)
            return TRUE;
        at += n;
    }
    return FALSE;
}

gboolean
type_has_field (const Type *type, const char *field)
{
    while (type) {
        if (list_has (type->fields, field))
            return TRUE;
        type = type->base ? type_find (type->base) : NULL;
    }
    return FALSE;
}
