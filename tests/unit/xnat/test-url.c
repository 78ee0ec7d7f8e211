/* SPDX-License-Identifier: Apache-2.0 */
/* What URLs mean, what is logged about them, and that a printed URL is read back as the same one. */
#include "base/error.h"
#include "base/log.h"
#include "xnat/url.h"

#include <string.h>

static GString *warnings; /* what the parser logged, a line each */

static void
keep_warning (gpointer data, XnLogLevel level, const char *message)
{
    g_assert_cmpint (level, ==, XN_LOG_WARNING);
    g_string_append_printf (warnings, "%s\n", message);
}

static XnUrl *
parse (const char *text)
{
    g_autoptr (GError) error = NULL;
    g_string_truncate (warnings, 0);
    XnUrl *url = xn_url_parse (text, &error);
    if (url == NULL)
        g_error ("%s: %s", text, error->message);
    g_assert_no_error (error);
    g_assert_cmpstr (url->text, ==, text);
    return url;
}

#define DATA "/data/archive/projects/P/resources/R"

static void
test_server (void)
{
    const struct {
        const char *text, *scheme, *login, *host, *prefix, *base;
        guint port;
        gboolean port_given;
    } cases[] = {
        {"xnat+https://Host.Example.COM" DATA, "xnat+https", NULL, "host.example.com", "", "https://host.example.com",
         443, FALSE},
        {"XNAT+HTTP://h" DATA, "xnat+http", NULL, "h", "", "http://h", 80, FALSE},
        {"Xnat://h" DATA, "xnat", NULL, "h", "", "https://h", 443, FALSE},
        {"xnat://h" DATA "?insecure=true", "xnat", NULL, "h", "", "http://h", 80, FALSE},
        {"xnat+https://h:8443" DATA, "xnat+https", NULL, "h", "", "https://h:8443", 8443, TRUE},
        {"xnat+https://h:443" DATA, "xnat+https", NULL, "h", "", "https://h", 443, TRUE},
        {"xnat+http://h:443" DATA, "xnat+http", NULL, "h", "", "http://h:443", 443, TRUE},
        {"xnat+http://h:1" DATA, "xnat+http", NULL, "h", "", "http://h:1", 1, TRUE},
        {"xnat+http://h:65535" DATA, "xnat+http", NULL, "h", "", "http://h:65535", 65535, TRUE},
        {"xnat+http://[::1]" DATA, "xnat+http", NULL, "::1", "", "http://[::1]", 80, FALSE},
        {"xnat+http://me@[2001:DB8::1]:8080" DATA, "xnat+http", "me", "2001:db8::1", "", "http://[2001:db8::1]:8080",
         8080, TRUE},
        {"xnat+http://10.0.0.1:8080" DATA, "xnat+http", NULL, "10.0.0.1", "", "http://10.0.0.1:8080", 8080, TRUE},
        {"xnat+https://me@h" DATA, "xnat+https", "me", "h", "", "https://h", 443, FALSE},
        {"xnat+https://me%40uni.edu@h" DATA, "xnat+https", "me@uni.edu", "h", "", "https://h", 443, FALSE},
        {"xnat+https://me@uni.edu@h" DATA, "xnat+https", "me@uni.edu", "h", "", "https://h", 443, FALSE},
        {"xnat+https://h/xnat" DATA, "xnat+https", NULL, "h", "/xnat", "https://h/xnat", 443, FALSE},
        {"xnat+https://h/a/%62 c" DATA, "xnat+https", NULL, "h", "/a/b%20c", "https://h/a/b%20c", 443, FALSE},
        {"xnat+https://h/data" DATA, "xnat+https", NULL, "h", "/data", "https://h/data", 443, FALSE},
        {"xnat+https://h/data/archive" DATA, "xnat+https", NULL, "h", "/data/archive", "https://h/data/archive", 443,
         FALSE},
        {"xnat+https://h/xnat/data/x" DATA, "xnat+https", NULL, "h", "/xnat/data/x", "https://h/xnat/data/x", 443,
         FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (XnUrl) url = parse (cases[i].text);
        g_assert_cmpstr (url->server.scheme, ==, cases[i].scheme);
        g_assert_cmpstr (url->server.login, ==, cases[i].login);
        g_assert_cmpstr (url->server.host, ==, cases[i].host);
        g_assert_cmpstr (url->server.prefix, ==, cases[i].prefix);
        g_assert_cmpuint (url->server.port, ==, cases[i].port);
        g_assert_cmpint (url->server.port_given, ==, cases[i].port_given);
        g_assert_cmpint (url->server.tls, ==, g_str_has_prefix (cases[i].base, "https"));
        g_assert_true (url->server.verify);
        XnServer copy = xn_server_copy (&url->server);
        g_autofree char *base = xn_server_base (&copy);
        g_assert_cmpstr (base, ==, cases[i].base);
        xn_server_clear (&copy);
        g_assert_null (copy.host);
        g_assert_cmpstr (url->selector[XN_LEVEL_PROJECT], ==, "P");
        g_assert_cmpstr (url->selector[XN_LEVEL_RESOURCE], ==, "R");
    }
}

/* The levels of a URL as "P=..|S=..", in the order of the levels. */
static char *
levels (const XnUrl *url)
{
    GString *out = g_string_new (NULL);
    for (guint i = 0; i < XN_N_LEVELS; i++)
        if (url->selector[i] != NULL)
            g_string_append_printf (out, "%s%s=%s", out->len > 0 ? "|" : "", xn_level_name ((XnLevel)i),
                                    url->selector[i]);
    return g_string_free (out, FALSE);
}

static void
test_levels (void)
{
    const struct {
        const char *path, *wanted;
    } cases[] = {
        {"/data/projects/P/resources/R", "project=P|resource=R"},
        {"/data/archive/projects/P/resources/R", "project=P|resource=R"},
        {"/data/projects/P/subjects/S/resources/R", "project=P|subject=S|resource=R"},
        {"/data/projects/P/subjects/S/experiments/E/resources/R", "project=P|subject=S|experiment=E|resource=R"},
        {"/data/projects/P/subjects/S/experiments/E/scans/1/resources/R",
         "project=P|subject=S|experiment=E|scan=1|resource=R"},
        {"/data/projects/P/subjects/S/experiments/E/assessors/A/resources/R",
         "project=P|subject=S|experiment=E|assessor=A|resource=R"},
        {"/data/projects/P/subjects/S/experiments/E/reconstructions/1/resources/R",
         "project=P|subject=S|experiment=E|reconstruction=1|resource=R"},
        {"/data/projects/P/experiments/E/resources/R", "project=P|experiment=E|resource=R"},
        {"/data/projects/P/experiments/E/scans/1/resources/R", "project=P|experiment=E|scan=1|resource=R"},
        {"/data/projects/P/experiments/E/assessors/A/resources/R", "project=P|experiment=E|assessor=A|resource=R"},
        {"/data/experiments/E/resources/R", "experiment=E|resource=R"},
        {"/data/experiments/E/scans/1/resources/R", "experiment=E|scan=1|resource=R"},
        {"/data/experiments/E/assessors/A/resources/R", "experiment=E|assessor=A|resource=R"},
        {"/data/experiments/E/reconstructions/1/resources/R", "experiment=E|reconstruction=1|resource=R"},
        {"/data/archive/experiments/E.1/scans/*/resources/R*", "experiment=E.1|scan=*|resource=R*"},
        {"/data/subjects/S/resources/R", "subject=S|resource=R"},
        {"/data/projects/*/experiments/a[1]/resources/R/", "project=*|experiment=a[1]|resource=R"},
        /* Names that are words of the grammar. */
        {"/data/projects/data/subjects/projects/experiments/search/resources/files",
         "project=data|subject=projects|experiment=search|resource=files"},
        {"/data/archive/projects/archive/resources/resources", "project=archive|resource=resources"},
        /* Decoding, once. */
        {"/data/projects/a b/resources/c%20d", "project=a b|resource=c d"},
        {"/data/projects/a+b/resources/%2B", "project=a+b|resource=+"},
        {"/data/projects/%2525/resources/%25", "project=%25|resource=%"},
        {"/data/projects/%C3%A9/resources/\xC3\xA9", "project=\xC3\xA9|resource=\xC3\xA9"},
        {"/data/projects/P/experiments/E/scans/T1%2FT2/resources/a&b=c;d",
         "project=P|experiment=E|scan=T1/T2|resource=a&b=c;d"},
        {"/data/projects/P/resources/...", "project=P|resource=..."},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *text = g_strconcat ("xnat+https://h", cases[i].path, NULL);
        g_autoptr (XnUrl) url = parse (text);
        g_autofree char *found = levels (url);
        g_assert_cmpstr (found, ==, cases[i].wanted);
        g_assert_false (url->is_search);
        g_assert_false (url->has_files);
        g_assert_null (url->path);
        g_assert_cmpstr (warnings->str, ==, "");
    }
}

static void
test_path (void)
{
    const struct {
        const char *tail, *path;
        gboolean has_files, directory;
    } cases[] = {
        {"", NULL, FALSE, FALSE},
        {"/", NULL, FALSE, FALSE},
        {"/files", NULL, TRUE, TRUE},
        {"/files/", NULL, TRUE, TRUE},
        {"/files/a.nii", "a.nii", TRUE, FALSE},
        {"/files/a/b/c", "a/b/c", TRUE, FALSE},
        {"/files/a/b/", "a/b", TRUE, TRUE},
        {"/files/a%2Fb", "a/b", TRUE, FALSE},
        {"/files/files", "files", TRUE, FALSE},
        {"/files/a%20b/%23", "a b/#", TRUE, FALSE},
        {"/files/..a/b..", "..a/b..", TRUE, FALSE},
        {"/files/search", "search", TRUE, FALSE},
        {"/files/data/projects/x", "data/projects/x", TRUE, FALSE},
        {"/files/.hidden", ".hidden", TRUE, FALSE},
        {"/files/%E6%97%A5.txt", "\xE6\x97\xA5.txt", TRUE, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *text = g_strconcat ("xnat+https://h" DATA, cases[i].tail, NULL);
        g_autoptr (XnUrl) url = parse (text);
        g_assert_cmpstr (url->path, ==, cases[i].path);
        g_assert_cmpint (url->has_files, ==, cases[i].has_files);
        g_assert_cmpint (url->path_is_directory, ==, cases[i].directory);
    }
}

static void
test_options (void)
{
    g_autoptr (XnUrl) none = parse ("xnat+https://h" DATA "?");
    g_assert_false (none->regex || none->overwrite || none->insecure || none->insecure_given || none->verify_given);
    g_assert_true (none->server.verify);
    g_assert_cmpstr (none->type[XN_LEVEL_SUBJECT], ==, "xnat:subjectData");
    g_assert_cmpstr (none->type[XN_LEVEL_RESOURCE], ==, "xnat:resourceCatalog");
    g_assert_null (none->type[XN_LEVEL_EXPERIMENT]);
    g_assert_null (none->type[XN_LEVEL_SCAN]);

    static const char *const yes[] = {"true", "TRUE", "True", "1"};
    static const char *const no[] = {"false", "FALSE", "False", "0"};
    for (guint i = 0; i < G_N_ELEMENTS (yes); i++) {
        g_autofree char *on = g_strdup_printf ("xnat://h" DATA "?regex=%s&&overwrite=%s&insecure=%s&verify=%s", yes[i],
                                               yes[i], yes[i], no[i]);
        g_autoptr (XnUrl) url = parse (on);
        g_assert_true (url->regex && url->overwrite && url->insecure && url->insecure_given && url->verify_given);
        g_assert_false (url->server.verify);
        g_assert_false (url->server.tls);
        g_autofree char *off = g_strdup_printf ("xnat://h" DATA "?regex=%s&overwrite=%s&insecure=%s&verify=%s", no[i],
                                                no[i], no[i], yes[i]);
        g_autoptr (XnUrl) other = parse (off);
        g_assert_false (other->regex || other->overwrite || other->insecure);
        g_assert_true (other->server.verify && other->server.tls && other->verify_given);
    }

    g_autoptr (XnUrl) types = parse ("xnat+https://h" DATA "?subject_type=a:b&experiments_type=c%3Ad&scan_type=e+f&"
                                     "assessors_type=g&reconstruction_type=h&resources_type=i&id=x&label=y");
    g_assert_cmpstr (types->type[XN_LEVEL_SUBJECT], ==, "a:b");
    g_assert_cmpstr (types->type[XN_LEVEL_EXPERIMENT], ==, "c:d");
    g_assert_cmpstr (types->type[XN_LEVEL_SCAN], ==, "e f");
    g_assert_cmpstr (types->type[XN_LEVEL_ASSESSOR], ==, "g");
    g_assert_cmpstr (types->type[XN_LEVEL_RECONSTRUCTION], ==, "h");
    g_assert_cmpstr (types->type[XN_LEVEL_RESOURCE], ==, "i");
    g_autoptr (XnUrl) both = parse ("xnat+https://h" DATA "?assessor_type=a:b&assessors_type=a%3Ab");
    g_assert_cmpstr (both->type[XN_LEVEL_ASSESSOR], ==, "a:b");
    g_assert_cmpstr (warnings->str, ==, "");
}

static void
test_warnings (void)
{
    const struct {
        const char *text;
        const char *words; /* NULL: nothing is logged */
    } cases[] = {
        {"xnat+https://h" DATA, NULL},
        {"xnat+http://h" DATA, NULL},
        {"xnat://h" DATA, "xnat+https://"},
        {"xnat://h" DATA "?insecure=true", "xnat+http://"},
        {"xnat://h/search?projects=P", "xnat+https://"},
        {"xnat+https://h" DATA "?nonsense=1", "'nonsense'"},
        {"xnat+https://h" DATA "?project_type=1", "'project_type'"},
        {"xnat+https://h" DATA "?Overwrite=true", "'Overwrite'"},
        {"xnat+https://h" DATA "?verify=false", "verify=false"},
        {"xnat+https://h/search?verify=false", "verify=false"},
        {"xnat+https://h" DATA "?verify=true", NULL},
        {"xnat+https://h" DATA "?insecure=true", "ignored"},
        {"xnat+https://h" DATA "?insecure=false", NULL},
        {"xnat+http://h" DATA "?insecure=true", NULL},
        {"xnat+http://h" DATA "?insecure=false", "ignored"},
        {"xnat+https://h" DATA "?id=a&label=b", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (XnUrl) url = parse (cases[i].text);
        g_test_message ("%s -> %s", cases[i].text, warnings->str);
        if (cases[i].words == NULL)
            g_assert_cmpstr (warnings->str, ==, "");
        else
            g_assert_nonnull (strstr (warnings->str, cases[i].words));
        if (strstr (cases[i].text, "xnat+") != NULL)
            g_assert_cmpint (url->server.tls, ==, strstr (cases[i].text, "xnat+https") != NULL);
    }
}

static void
test_search (void)
{
    g_autoptr (XnUrl) url = parse ("xnat+https://h/xnat/search?projects=sand+box&subjects=s%5B0-9%5D&experiments=*_B&"
                                   "scans=T1%26T2&resources=DICOM&files=a/*.nii&label=true&regex=1&"
                                   "id=experiment, scan,resource,project,subject");
    g_assert_true (url->is_search && url->label && url->regex);
    g_assert_cmpstr (url->server.prefix, ==, "/xnat");
    g_autofree char *found = levels (url);
    g_assert_cmpstr (found, ==, "project=sand box|subject=s[0-9]|experiment=*_B|scan=T1&T2|resource=DICOM");
    g_assert_cmpstr (url->files, ==, "a/*.nii");
    const XnLevel ids[] = {XN_LEVEL_EXPERIMENT, XN_LEVEL_SCAN, XN_LEVEL_RESOURCE, XN_LEVEL_PROJECT, XN_LEVEL_SUBJECT};
    g_assert_cmpmem (url->id_level, url->n_id_levels * sizeof (XnLevel), ids, sizeof ids);

    static const char *const empty[] = {"xnat+https://h/search", "xnat+https://h/search/", "xnat+https://h/search?",
                                        "xnat+https://h/search/search/?&"};
    for (guint i = 0; i < G_N_ELEMENTS (empty); i++) {
        g_autoptr (XnUrl) all = parse (empty[i]);
        g_autofree char *none = levels (all);
        g_assert_true (all->is_search);
        g_assert_cmpstr (none, ==, "");
        g_assert_null (all->files);
        g_assert_false (all->label || all->regex);
        g_assert_cmpuint (all->n_id_levels, ==, 1);
        g_assert_cmpint (all->id_level[0], ==, XN_LEVEL_EXPERIMENT);
    }
    g_autoptr (XnUrl) assessors = parse ("xnat+https://h/search?assessors=seg_*&id=assessor,experiment");
    g_assert_cmpstr (assessors->selector[XN_LEVEL_ASSESSOR], ==, "seg_*");
    g_assert_cmpint (assessors->id_level[0], ==, XN_LEVEL_ASSESSOR);
}

static void
test_print (void)
{
    const struct {
        const char *text, *printed;
        gboolean keep_regex;
    } cases[] = {
        {"XNAT+HTTPS://Me@H:443/xnat/data/projects/P/resources/R/",
         "xnat+https://Me@h:443/xnat/data/archive/projects/P/resources/R", FALSE},
        {"xnat+https://h/data/projects/P/resources/R/files/", "xnat+https://h/data/archive/projects/P/resources/R",
         FALSE},
        {"xnat+https://h/data/projects/P/resources/R/files/a%2Fb c/",
         "xnat+https://h/data/archive/projects/P/resources/R/files/a/b%20c/", FALSE},
        {"xnat://h/data/experiments/E/scans/T1+T2/resources/"
         "%41?insecure=1&verify=0&overwrite=true&regex=true&scan_type=x",
         "xnat://h/data/archive/experiments/E/scans/T1%2BT2/resources/A?insecure=true&verify=false", FALSE},
        {"xnat://h/data/experiments/E/resources/R?regex=true&verify=true&insecure=false",
         "xnat://h/data/archive/experiments/E/resources/R?insecure=false&verify=true&regex=true", TRUE},
        {"xnat+http://[2001:DB8::1]:80/data/projects/P/resources/R?regex=0",
         "xnat+http://[2001:db8::1]:80/data/archive/projects/P/resources/R", TRUE},
        {"xnat+http://me@uni@h/data/projects/P/resources/R?regex=1",
         "xnat+http://me%40uni@h/data/archive/projects/P/resources/R?regex=true", TRUE},
        {"xnat+http://h/data/archive/projects/P/subjects/S/experiments/E/assessors/A;B/resources/a,b&c",
         "xnat+http://h/data/archive/projects/P/subjects/S/experiments/E/assessors/A%3BB/resources/a,b&c", FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (XnUrl) url = parse (cases[i].text);
        g_autofree char *printed = xn_url_print (url, cases[i].keep_regex);
        g_assert_cmpstr (printed, ==, cases[i].printed);
        g_autoptr (XnUrl) again = parse (printed);
        g_autofree char *twice = xn_url_print (again, cases[i].keep_regex);
        g_assert_cmpstr (twice, ==, printed);
    }
}

static void
test_new_like (void)
{
    g_autoptr (XnUrl) search = parse ("xnat://me@h:81/x/search?projects=P&insecure=true&verify=false&regex=true");
    g_autoptr (XnUrl) like = xn_url_new_like (search);
    g_assert_false (like->is_search || like->regex);
    g_assert_cmpstr (like->type[XN_LEVEL_RESOURCE], ==, "xnat:resourceCatalog");
    like->selector[XN_LEVEL_PROJECT] = g_strdup ("P");
    like->selector[XN_LEVEL_RESOURCE] = g_strdup ("12");
    g_autofree char *printed = xn_url_print (like, TRUE);
    g_assert_cmpstr (printed, ==, "xnat://me@h:81/x/data/archive/projects/P/resources/12?insecure=true&verify=false");
}

static void
test_encode (void)
{
    g_autofree char *segment = xn_encode_segment ("aZ09-._~!$&'()*,=:@+;/?#[]% \"<>\\^`{|}\xC3\xA9");
    g_assert_cmpstr (segment, ==, "aZ09-._~!$&'()*,=:@%2B%3B%2F%3F%23%5B%5D%25%20%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9");
    g_autofree char *path = xn_encode_path ("a/b c/+");
    g_assert_cmpstr (path, ==, "a/b%20c/%2B");
    g_autofree char *query = xn_encode_query ("xnat:a/b,c d&e=f+g%");
    g_assert_cmpstr (query, ==, "xnat:a/b,c%20d%26e%3Df%2Bg%25");
    for (guint i = 0; i < XN_N_LEVELS; i++) {
        g_autofree char *plural = g_strconcat (xn_level_name ((XnLevel)i), "s", NULL);
        g_assert_cmpstr (xn_level_plural ((XnLevel)i), ==, plural);
    }
}

/* A random name: every printable ASCII character is likely, some others too. */
static char *
random_name (gboolean slash)
{
    static const gunichar others[] = {0xE9, 0xDF, 0x65E5, 0x1F600, 0xFFFD, 0xA0, 0x301};
    GString *name = g_string_new (NULL);
    for (int n = g_test_rand_int_range (1, 24); n > 0; n--) {
        int c = g_test_rand_int_range (0x20, 0x7F + (int)G_N_ELEMENTS (others));
        if (c >= 0x7F)
            g_string_append_unichar (name, others[c - 0x7F]);
        else if (c != '/' || slash)
            g_string_append_c (name, (char)c);
    }
    if (name->len == 0 || strcmp (name->str, ".") == 0 || strcmp (name->str, "..") == 0)
        g_string_assign (name, "x");
    return g_string_free (name, FALSE);
}

static void
test_round_trip (void)
{
    static const char *const servers[] = {"xnat+https://h/search", "xnat://me@h:8080/x/data/y/search?insecure=true",
                                          "xnat+http://[::1]/search?verify=false"};
    for (guint round = 0; round < 3000; round++) {
        g_autoptr (XnUrl) base = parse (servers[round % G_N_ELEMENTS (servers)]);
        g_autoptr (XnUrl) url = xn_url_new_like (base);
        const XnLevel third[] = {XN_LEVEL_SCAN, XN_LEVEL_ASSESSOR, XN_LEVEL_RECONSTRUCTION};
        url->selector[XN_LEVEL_PROJECT] = random_name (TRUE);
        if (round & 1)
            url->selector[XN_LEVEL_SUBJECT] = random_name (TRUE);
        if (round & 2) {
            url->selector[XN_LEVEL_EXPERIMENT] = random_name (TRUE);
            url->selector[third[round / 4 % 3]] = random_name (TRUE);
        }
        url->selector[XN_LEVEL_RESOURCE] = random_name (TRUE);
        if (round & 8) {
            g_autofree char *directory = random_name (FALSE);
            g_autofree char *file = random_name (FALSE);
            url->path = g_strconcat (directory, "/", file, NULL);
            url->path_is_directory = (round & 16) != 0;
        }
        url->regex = (round & 32) != 0;

        g_autofree char *printed = xn_url_print (url, TRUE);
        g_autoptr (XnUrl) again = parse (printed);
        for (guint i = 0; i < XN_N_LEVELS; i++)
            g_assert_cmpstr (again->selector[i], ==, url->selector[i]);
        g_assert_cmpstr (again->path, ==, url->path);
        g_assert_cmpint (again->path_is_directory, ==, url->path_is_directory);
        g_assert_cmpint (again->regex, ==, url->regex);
        g_assert_cmpint (again->server.verify, ==, base->server.verify);
        g_assert_cmpint (again->server.tls, ==, base->server.tls);
        g_assert_cmpstr (again->server.prefix, ==, base->server.prefix);
        g_autofree char *twice = xn_url_print (again, TRUE);
        g_assert_cmpstr (twice, ==, printed);
    }
}

/* URLs that end above a resource, and those of a server. */
static void
test_places (void)
{
    const struct {
        const char *text, *printed, *prefix;
        XnLevel lowest;
    } cases[] = {
        {"xnat+https://h", "xnat+https://h/data/archive", "", XN_N_LEVELS},
        {"xnat+https://h/", "xnat+https://h/data/archive", "", XN_N_LEVELS},
        {"xnat+https://h/data", "xnat+https://h/data/archive", "", XN_N_LEVELS},
        {"xnat+https://h/data/archive/", "xnat+https://h/data/archive", "", XN_N_LEVELS},
        {"xnat+https://h/xnat/", "xnat+https://h/xnat/data/archive", "/xnat", XN_N_LEVELS},
        {"xnat+https://h/xnat/data?verify=false", "xnat+https://h/xnat/data/archive?verify=false", "/xnat",
         XN_N_LEVELS},
        {"xnat+https://h/data/x/data/archive", "xnat+https://h/data/x/data/archive", "/data/x", XN_N_LEVELS},
        {"xnat+https://h/%64ata", "xnat+https://h/data/data/archive", "/data", XN_N_LEVELS},
        {"xnat+https://h/%73earch", "xnat+https://h/search/data/archive", "/search", XN_N_LEVELS},
        {"xnat+https://h/data/projects/P", "xnat+https://h/data/archive/projects/P", "", XN_LEVEL_PROJECT},
        {"xnat+https://h/data/projects/P/?regex=true", "xnat+https://h/data/archive/projects/P?regex=true", "",
         XN_LEVEL_PROJECT},
        {"xnat+https://h/data/experiments/E/scans/1%2F2", "xnat+https://h/data/archive/experiments/E/scans/1%2F2", "",
         XN_LEVEL_SCAN},
        {"xnat+https://h/data/subjects/S/resources/R/files/", "xnat+https://h/data/archive/subjects/S/resources/R", "",
         XN_LEVEL_RESOURCE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnUrl) url = xn_url_parse_place (cases[i].text, &error);
        g_assert_no_error (error);
        g_autofree char *printed = xn_url_print (url, TRUE);
        g_assert_cmpstr (printed, ==, cases[i].printed);
        g_assert_cmpstr (url->server.prefix, ==, cases[i].prefix);
        g_assert_cmpint (xn_url_lowest_level (url), ==, cases[i].lowest);
        g_autoptr (XnUrl) again = xn_url_parse_place (printed, &error);
        g_assert_no_error (error);
        g_autofree char *twice = xn_url_print (again, TRUE);
        g_assert_cmpstr (twice, ==, printed);
        if (cases[i].lowest != XN_LEVEL_RESOURCE)
            g_assert_null (xn_url_parse (cases[i].text, NULL));
    }
}

static void
test_no_places (void)
{
    const char *const texts[] = {
        "xnat+https://h/projects/P",
        "xnat+https://h/%70rojects/P",
        "xnat+https://h/REST",
        "xnat+https://h/data/foo",
        "xnat+https://h/data/projects",
        "xnat+https://h/data/projects/P/x",
        "xnat+https://h/data/projects/P/files/x",
        "xnat+https://h/data/scans/1",
        "xnat+https://h//",
        "xnat+https://h/data/subjects/*",
        "xnat+https://h/data/projects/P?a/b=1",
        "xnat+https://",
    };
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GError) error = NULL;
        g_test_message ("%s", texts[i]);
        g_assert_null (xn_url_parse_place (texts[i], &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
    }
}

/* Whatever the text, the parser ends with a URL or with an error. */
static void
test_any_text (void)
{
    static const char good[] =
        "xnat+https://me@h:80/x/data/archive/projects/P/subjects/S/experiments/E/scans/1/resources/R/"
        "files/a?regex=true&overwrite=1";
    guint accepted = 0;
    for (guint round = 0; round < 20000; round++) {
        g_autofree char *text = g_strdup (good);
        for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
            text[g_test_rand_int_range (0, (gint)strlen (good))] = (char)g_test_rand_int_range (1, 256);
        if (round % 3 == 0)
            text[g_test_rand_int_range (0, (gint)strlen (good))] = '\0';
        g_autoptr (GError) error = NULL;
        g_autoptr (XnUrl) url = xn_url_parse (text, &error);
        g_assert_cmpint (url == NULL, ==, error != NULL);
        if (url == NULL) {
            g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
            g_assert_true (g_utf8_validate (error->message, -1, NULL));
            g_assert_null (strpbrk (error->message, "\r\n\t"));
            continue;
        }
        accepted++;
        g_autofree char *printed = xn_url_print (url, TRUE);
        g_autoptr (XnUrl) again = parse (printed);
        g_autofree char *twice = xn_url_print (again, TRUE);
        g_assert_cmpstr (twice, ==, printed);
    }
    g_assert_cmpuint (accepted, >, 1000);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    warnings = g_string_new (NULL);
    static const XnLogSink sink = {.log = keep_warning};
    xn_log_use (&sink);
    g_test_add_func ("/url/server", test_server);
    g_test_add_func ("/url/levels", test_levels);
    g_test_add_func ("/url/path", test_path);
    g_test_add_func ("/url/options", test_options);
    g_test_add_func ("/url/warnings", test_warnings);
    g_test_add_func ("/url/search", test_search);
    g_test_add_func ("/url/print", test_print);
    g_test_add_func ("/url/new-like", test_new_like);
    g_test_add_func ("/url/encode", test_encode);
    g_test_add_func ("/url/round-trip", test_round_trip);
    g_test_add_func ("/url/places", test_places);
    g_test_add_func ("/url/no-places", test_no_places);
    g_test_add_func ("/url/any-text", test_any_text);
    int result = g_test_run ();
    g_string_free (warnings, TRUE);
    return result;
}
