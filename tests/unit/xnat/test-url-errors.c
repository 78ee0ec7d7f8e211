/* SPDX-License-Identifier: Apache-2.0 */
/* What is no URL, and what the messages say: each case names words that must be in the message. */
#include "base/error.h"
#include "xnat/url.h"

#include <string.h>

typedef struct {
    const char *text;
    const char *words[4]; /* all must be in the message */
} Case;

#define H "xnat+https://h"
#define D H "/data/"
#define R D "projects/P/resources/R"
#define S H "/search?"

static const Case cases[] = {
    {NULL, {"empty"}},
    {"", {"empty"}},
    {"h/data/projects/P", {"scheme", "xnat+https://"}},
    {"https://h/data/projects/P/resources/R", {"scheme", "xnat+https"}},
    {"xnat+ftp://h/data/projects/P/resources/R", {"scheme", "xnat+https"}},

    /* The server. */
    {"xnat+https:///data/projects/P/resources/R", {"no host"}},
    {"xnat+https://:80/data/projects/P/resources/R", {"no host"}},
    {"xnat+https://me@/data/projects/P/resources/R", {"no host"}},
    {"xnat+https://@h/data/projects/P/resources/R", {"no login"}},
    {"xnat+https://h:/data/projects/P/resources/R", {"port", "65535"}},
    {"xnat+https://h:0/data/projects/P/resources/R", {"port", "65535"}},
    {"xnat+https://h:65536/data/projects/P/resources/R", {"port", "65535"}},
    {"xnat+https://h:99999999999999999999/data/projects/P/resources/R", {"port", "65535"}},
    {"xnat+https://h:8o/data/projects/P/resources/R", {"port", "65535"}},
    {"xnat+https://h:-1/data/projects/P/resources/R", {"port", "65535"}},
    {"xnat+https://::1/data/projects/P/resources/R", {"IPv6", "brackets"}},
    {"xnat+https://[::1/data/projects/P/resources/R", {"IPv6"}},
    {"xnat+https://[nope]/data/projects/P/resources/R", {"IPv6"}},
    {"xnat+https://[1.2.3.4]/data/projects/P/resources/R", {"IPv6"}},
    {"xnat+https://[fe80::1%25eth0]/data/projects/P/resources/R", {"IPv6"}},
    {"xnat+https://[::1]x/data/projects/P/resources/R", {"port", "[::1]"}},
    {"xnat+https://[::1]:/data/projects/P/resources/R", {"port"}},
    {"xnat+https://h h/data/projects/P/resources/R", {"host name"}},
    {"xnat+https://h%2Eorg/data/projects/P/resources/R", {"host name"}},
    {"xnat+https://b\xC3\xBC"
     "cher.de/data/projects/P/resources/R",
     {"host name", "xn--"}},

    /* Where the levels begin. */
    {H, {"/data/", "/search"}},
    {H "/", {"/data/", "/search"}},
    {H "/projects/P/resources/R", {"/data/", "/search"}},
    {H "/REST/projects/P/resources/R", {"/REST/", "write /data/"}},
    {H "/data", {"no level", "projects"}},
    {D, {"no level", "projects"}},
    {D "archive/", {"no level", "projects"}},
    {H "/data/search?projects=P", {"beside /data/", "HOST/search"}},
    {H "/x/data/archive/search?projects=P", {"beside /data/"}},
    {H "//data/projects/P/resources/R", {"empty", "/data/", "character 16"}},
    {H "/x/../data/projects/P/resources/R", {"'..'", "/data/"}},
    {H "/%2e/data/projects/P/resources/R", {"'.'"}},
    {H "/x%0dy/data/projects/P/resources/R", {"carriage return", "%0d"}},
    {H "/..//search?", {"'..'"}},

    /* Levels. */
    {D "project/P/resources/R", {"'project'", "write 'projects'"}},
    {D "projects/P/experiment/E/resources/R", {"'experiment'", "write 'experiments'", "after project 'P'"}},
    {D "Projects/P/resources/R", {"'Projects'", "write 'projects'"}},
    {D "projects/P/sessions/E/resources/R", {"'sessions'", "subjects, experiments", "after project 'P'"}},
    {D "experiments/E/assessors/A/in/resources/R", {"'in'", "after assessor 'A'", "leave 'in' out"}},
    {D "experiments/E/reconstructions/1/in/resources/R", {"'in'", "after reconstruction '1'"}},
    {D "experiments/E/scans/1/out/resources/R", {"'out'", "after scan '1'"}},
    {D "experiments/E/assessors/A/out/out/resources/R", {"'out'", "after assessor 'A'"}},
    {D "experiments/E/assessors/A/out", {"no level 'resources'", "'assessors'"}},
    {D "projects/P/projects/Q/resources/R", {"'projects'", "twice"}},
    {D "projects/P/experiments/E/subjects/S/resources/R", {"'subjects'", "after 'experiments'", "order"}},
    {D "experiments/E/projects/P/resources/R", {"'projects'", "after 'experiments'"}},
    {D "experiments/E/scans/1/experiments/F/resources/R", {"'experiments'", "twice"}},
    {D "experiments/E/scans/1/assessors/A/resources/R", {"'scans'", "'assessors'", "one URL"}},
    {D "experiments/E/assessors/A/reconstructions/1/resources/R", {"'assessors'", "'reconstructions'"}},
    {D "experiments/E/scans/1/scans/2/resources/R", {"'scans'", "twice"}},
    {D "scans/1/resources/R", {"'scans'", "needs an experiment"}},
    {D "projects/P/scans/1/resources/R", {"'scans'", "needs an experiment"}},
    {D "projects/P/subjects/S/assessors/A/resources/R", {"'assessors'", "needs an experiment"}},
    {D "subjects/S/experiments/E/resources/R", {"'experiments'", "'subjects'", "project"}},
    {D "resources/R", {"'resources'", "needs a project"}},
    {D "projects/P", {"no level 'resources'", "'projects'"}},
    {D "projects/P/", {"no level 'resources'"}},
    {D "projects/P/subjects/S/experiments/E/scans/1", {"no level 'resources'", "'scans'"}},
    {D "experiments/E/scans/1/files/x.nii", {"no level 'resources'", "files"}},
    {R "/resources/Q", {"'resources'", "twice"}},
    {R "/scans/1", {"'scans'"}},
    {R "/x.nii", {"'x.nii'", "files/PATH", "after resource 'R'"}},
    {D "projects", {"nothing stands after", "'projects'"}},
    {D "projects//subjects/S/resources/R", {"nothing stands after", "'projects'"}},
    {D "projects/P/resources", {"nothing stands after", "'resources'"}},
    {D "projects/P/resources/", {"nothing stands after", "'resources'"}},
    {D "projects/P//resources/R", {"'//'", "after project 'P'"}},
    {D "/projects/P/resources/R", {"'//'"}},
    {D "projects/../resources/R", {"'..'", "'projects'"}},
    {D "projects/%2E%2e/resources/R", {"'..'", "'projects'"}},
    {D "projects/P/resources/%2e", {"'.'", "'resources'"}},

    /* The path. */
    {R "/files//a", {"'//'", "character 50"}},
    {R "/files/a//b", {"'//'"}},
    {R "/files/a//", {"'//'"}},
    {R "/files/../b", {"'..'", "from the top"}},
    {R "/files/a/./b", {"'.'"}},
    {R "/files/a/%2e%2E/b", {"'..'"}},
    {R "/files/a%2F..%2Fb", {"'..'"}},
    {R "/files/a/..", {"'..'"}},
    {R "/files/a%2F", {"%2F"}},
    {R "/files/%2Fetc", {"%2F"}},

    /* A pattern first. */
    {D "experiments/*_B/resources/R", {"experiment '*_B'", "no project", "accession"}},
    {D "experiments/a[1]/resources/R", {"no project"}},
    {D "subjects/S?/resources/R", {"no level 'resources'", "'?' at character 31", "%3F"}},
    {D "projects/P?overwrite=true", {"no level 'resources'", "add /resources/NAME"}},
    {D "subjects/S%3F/resources/R", {"subject 'S?'", "no project"}},
    {D "experiments/E.*/resources/R?regex=true", {"experiment 'E.*'", "no project"}},

    /* Characters. */
    {R "\r", {"carriage return at the end", "character 43", "convert the file"}},
    {R "\r\n", {"carriage return at the end", "convert the file"}},
    {R "\n", {"line feed at the end"}},
    {R "\t", {"tab at the end"}},
    {D "projects/P\r/resources/R", {"carriage return at character 31"}},
    {D "projects/P\t/resources/R", {"tab at character 31"}},
    {D "projects/P\x1b/resources/R", {"U+001B"}},
    {D "projects/P\xC2\x85/resources/R", {"U+0085"}},
    {D "projects/\xFF/resources/R", {"not UTF-8", "byte 30"}},
    {D "projects/%FF/resources/R", {"not UTF-8", "character 30"}},
    {D "projects/a%C3%A9%C3/resources/R", {"not UTF-8", "character 37"}},
    {D "projects/\xC3\xA9%0D/resources/R", {"carriage return", "%0D", "character 31"}},
    {D "projects/a%09b/resources/R", {"tab", "%09"}},
    {D "projects/a%00b/resources/R", {"NUL", "%00", "character 31"}},
    {D "projects/a%/resources/R", {"'%'", "character 31", "%25"}},
    {D "projects/a%4/resources/R", {"'%'", "%25"}},
    {D "projects/a%zz/resources/R", {"'%'", "%25"}},
    {R "/files/a#b", {"'#'", "%23", "character 51"}},
    {R "?overwrite=true#x", {"'#'", "%23"}},

    /* Options. */
    {R "?overwrite=yes", {"'yes'", "'overwrite'", "true, 1, false or 0"}},
    {R "?overwrite", {"''", "'overwrite'"}},
    {R "?regex=", {"'regex'"}},
    {R "?verify=nope", {"'verify'", "'nope'"}},
    {R "?insecure=2", {"'insecure'", "'2'"}},
    {R "?overwrite=true&overwrite=true", {"'overwrite'", "twice"}},
    {R "?nonsense=1&nonsense=2", {"'nonsense'", "twice"}},
    {R "?scan_type=a&scans_type=b", {"'scan_type'", "'scans_type'", "twice", "two values"}},
    {R "?scans_type=a&scan_type=b", {"'scan_type'", "'scans_type'", "twice", "two values"}},
    {R "?scan_type=a&scan_type=a", {"'scan_type'", "twice"}},
    {R "?scan_type=a&scans_type=", {"'scans_type'", "no value"}},
    {R "?resource_type=", {"'resource_type'", "no value"}},
    {R "?scan_type=a%0Db", {"carriage return", "%0D"}},
    {R "?scan_type=a%b", {"'%'", "%25"}},
    {R "?scan_type=%FF", {"not UTF-8"}},

    /* Searches. */
    {S "type=x", {"write 'types'", "dates"}},
    {S "date=x", {"write 'dates'"}},
    {S "types=", {"types", "no value"}},
    {S "dates=", {"dates", "no value"}},
    {S "dates=2024", {"dates", "FROM..TO"}},
    {S "dates=..", {"dates", "FROM..TO"}},
    {S "dates=2023-02-29..", {"dates", "FROM..TO"}},
    {S "dates=2024-02-02..2024-02-01", {"dates", "before it begins"}},
    {S "quality=a&quality=b", {"quality", "twice"}},
    {S "assessors=A&quality=usable", {"assessors", "quality"}},
    {S "assessors=A&descriptions=x", {"assessors", "descriptions"}},
    {S "nonsense=1", {"'nonsense'", "projects, subjects, experiments"}},
    {S "project=P", {"'project'", "write 'projects'"}},
    {S "scan=P", {"'scan'", "write 'scans'"}},
    {S "file=P", {"'file'", "write 'files'"}},
    {S "overwrite=true", {"'overwrite'", "variables are"}},
    {S "reconstructions=1", {"'reconstructions'", "variables are"}},
    {S "reconstruction=1", {"'reconstruction'", "variables are"}},
    {S "scan_type=1", {"'scan_type'", "variables are"}},
    {S "projects=", {"'projects'", "no value"}},
    {S "projects", {"'projects'", "no value"}},
    {S "projects=a&projects=b", {"'projects'", "twice"}},
    {S "scans=1&assessors=2", {"'scans'", "'assessors'"}},
    {S "id=", {"'id'", "project, subject"}},
    {S "id=session", {"'session'", "project, subject, experiment, scan, assessor, resource"}},
    {S "id=experiments", {"'experiments'", "'id'"}},
    {S "id=reconstruction", {"'reconstruction'", "'id'"}},
    {S "id=experiment,,scan", {"''", "'id'"}},
    {S "id=scan,scan", {"'scan'", "twice"}},
    {S "id=scan&assessors=x", {"id=assessor"}},
    {S "id=assessor", {"assessors="}},
    {S "label=maybe", {"'label'", "'maybe'"}},
    {S "projects=a%00", {"NUL"}},
    {S "projects=a%0A", {"line feed"}},
    {S "projects=a#b", {"'#'"}},
};

static void
test_errors (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnUrl) url = xn_url_parse (cases[i].text, &error);
        g_test_message ("case %u: %s", i, error != NULL ? error->message : "accepted");
        g_assert_null (url);
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
        g_assert_null (strpbrk (error->message, "\r\n"));
        for (guint w = 0; w < G_N_ELEMENTS (cases[i].words) && cases[i].words[w] != NULL; w++)
            if (strstr (error->message, cases[i].words[w]) == NULL)
                g_error ("%s: no \"%s\" in: %s", cases[i].text, cases[i].words[w], error->message);
    }
}

/* However a password got into the URL, no message repeats a piece of it. */
static void
test_no_password (void)
{
    static const char *const texts[] = {
        "xnat+https://me:Secret@h/data/projects/P/resources/R",
        "xnat+https://me:Sec/ret@h/data/projects/P/resources/R",
        "xnat+https://me:12/Secret@h/data/projects/P/resources/R",
        "xnat+https://me:Sec?ret@h/data/projects/P/resources/R",
        "xnat+https://me:Sec#ret@h/data/projects/P/resources/R",
        "xnat+https://me:Sec/app/action/#ret@h/data/projects/P/resources/R",
        "xnat+https://me:Se@cret@h/data/projects/P/resources/R",
        "xnat+https://me:Sec%zzret@h/data/projects/P/resources/R",
        "xnat+https://me%3ASecret@h/data/projects/P/resources/R",
        "xnat+https://me:Secret\r@h/data/projects/P/resources/R",
        "xnat+https://:Secret@h/data/projects/P/resources/R",
        "xnat://me:Secret@h/search?projects=P",
        "me:Secret@h/data/projects/P/resources/R",
        "https://me:Secret@h/data/projects/P/resources/R",
        "me:Secret://h/data/projects/P/resources/R",
    };
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnUrl) url = xn_url_parse (texts[i], &error);
        g_assert_null (url);
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
        g_test_message ("%s", error->message);
        g_assert_null (strstr (error->message, "Sec"));
        g_assert_null (strstr (error->message, "ret@"));
        g_assert_null (strstr (error->message, "cret"));
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (XnUrl) url = xn_url_parse (texts[0], &error);
    g_assert_null (url);
    g_assert_nonnull (strstr (error->message, "netrc"));
    g_assert_nonnull (strstr (error->message, "LOGIN@HOST"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/url/errors", test_errors);
    g_test_add_func ("/url/no-password", test_no_password);
    return g_test_run ();
}
