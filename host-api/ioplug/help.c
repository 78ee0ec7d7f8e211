/* SPDX-License-Identifier: Apache-2.0 */
/* What `--help` says. Settings come from the plugins' own tables. */
#include <glib.h>

#include "help.h"
#include "output.h"

typedef struct {
    const char *command;
    const char *text;
} HelpText;

static const char overview[] =
    "Usage:\n"
    "  ioplug [OPTIONS] expand URL...                        what does a search find?\n"
    "  ioplug [OPTIONS] fetch [--dry-run] URL DESTINATION    bring a file or a tree here\n"
    "  ioplug [OPTIONS] fetch SEARCH-URL DESTINATION-DIR     bring all that a search finds\n"
    "  ioplug [OPTIONS] fetch --list FILE|- DESTINATION-DIR  bring many, several at a time\n"
    "  ioplug [OPTIONS] put [--dry-run] PATH URL             send a file or a directory\n"
    "  ioplug [OPTIONS] ls [-l] [-R] URL...                  what is below it?\n"
    "  ioplug [OPTIONS] stat URL...                          what is it?\n"
    "  ioplug [OPTIONS] cat [--range FROM-TO] URL            its bytes, to standard output\n"
    "  ioplug [OPTIONS] du URL...                            how much is there?\n"
    "  ioplug [OPTIONS] rm [--yes] [--dry-run] URL...        remove a file, a directory or a resource\n"
    "  ioplug [OPTIONS] doctor URL...                        why does it not work?\n"
    "  ioplug [OPTIONS] plugins                              which plugins are there?\n"
    "\n"
    "Moves files between this machine and archives that plugins know by the scheme of a URL.\n"
    "`ioplug COMMAND --help` explains a command, with examples.\n";

static const char expand_text[] =
    "Usage: ioplug [OPTIONS] expand URL...\n"
    "\n"
    "Prints one line `ID<TAB>URL` for each thing that a search URL finds. The URLs can be fetched as they are. A URL\n"
    "that names one thing gives itself, with an empty ID. Nothing found: no line, and success.\n"
    "A URL that fails does not stop the others; the exit code is that of the first failure.\n"
    "Control characters in an ID are percent-encoded; --json gives them as they are, and all attributes.\n"
    "\n"
    "Examples:\n"
    "  ioplug expand 'xnat+https://xnat.example.com/search?projects=sandbox&scans=T1&resources=DICOM'\n"
    "  ioplug expand --json 'xnat+https://xnat.example.com/search?projects=sandbox&id=subject&label=true'\n"
    "  ioplug expand 'xnat+https://xnat.example.com/search?projects=sandbox&scans=T1' | ioplug fetch --list - t1\n";

static const char fetch_text[] =
    "Usage: ioplug [OPTIONS] fetch [--dry-run] [--keep-changed] URL DESTINATION\n"
    "       ioplug [OPTIONS] fetch [--dry-run] [--keep-changed] [--layout TEMPLATE] SEARCH-URL DESTINATION-DIR\n"
    "       ioplug [OPTIONS] fetch [--dry-run] [--keep-changed] --list FILE|- DESTINATION-DIR\n"
    "\n"
    "Brings what URL names here and prints the path of the result. A single file goes into DESTINATION if that is a\n"
    "directory or ends in `/`, else it becomes DESTINATION; a tree becomes DESTINATION. What is complete already is "
    "not\n"
    "moved again, so a run that was cut off is resumed by running it again.\n"
    "\n"
    "A search URL brings all that it finds, as `expand` prints it, each result into a directory of its own.\n"
    "\n"
    "  --layout TEMPLATE  of a search: the directory of each result, from what is known of it (`expand --json` shows\n"
    "                 that): '{subject_label}/{experiment_label}/{scan_id}-{scan_type}/{resource_label}'. Two results\n"
    "                 that would go to one place, or one of which that is not known, end it before anything is "
    "brought.\n"
    "  --keep-changed  replace no file here that differs from the server's; such files are a conflict (exit code 6), "
    "and\n"
    "                 the others are fetched. Without it they are replaced, and counted\n"
    "  --list FILE|-  fetch every line of FILE (`-`: of standard input), `ID<TAB>URL` as expand prints them or a URL\n"
    "                 alone, several at a time (-j). Blank lines are skipped.\n"
    "                 Each goes into DESTINATION-DIR/ID/; a repeated ID into ID~2, ID~3, and so on. Characters that\n"
    "                 cannot stand in a file name are percent-encoded. A line without an ID goes into\n"
    "                 DESTINATION-DIR itself; of two that would write the same path, the later is a conflict.\n"
    "                 Prints `ID<TAB>PATH` in list order. A failed entry does not stop the others; a summary follows,\n"
    "                 and the exit code is that of the first failure in list order.\n"
    "  -n, --dry-run  say what would be done, and change nothing, here or there: a line `ACTION<TAB>BYTES<TAB>PATH` "
    "for\n"
    "                 each file, and a summary. ACTION is fetch, replace (the local file differs), keep (it is "
    "there),\n"
    "                 take-over (an earlier run has left it in DESTINATION.partial) or leave (it is not in the "
    "archive).\n"
    "                 What the fetch would refuse fails in the same way, with the same exit code.\n"
    "\n"
    "Examples:\n"
    "  ioplug fetch xnat+https://xnat.example.com/data/experiments/XNAT_E00123/scans/4/resources/DICOM dicom\n"
    "  ioplug fetch xnat+https://xnat.example.com/data/experiments/XNAT_E00123/scans/4/resources/NIFTI/files/t1.nii.gz "
    ".\n"
    "  ioplug fetch --layout '{subject_label}/{scan_id}' \\\n"
    "    'xnat+https://xnat.example.com/search?projects=sandbox&scans=T1&resources=DICOM' downloads\n"
    "  ioplug -j 4 fetch --list urls.txt downloads\n";

static const char put_text[] =
    "Usage: ioplug [OPTIONS] put [--dry-run] PATH URL\n"
    "\n"
    "Sends the file or directory PATH to URL and prints the final URL. Success means that it is there, whole. What is\n"
    "there already and equal is not sent again; what differs is a conflict, unless the URL says overwrite=true.\n"
    "\n"
    "  -n, --dry-run  say what would be done, and change nothing: a line `ACTION<TAB>BYTES<TAB>URL` for each level "
    "that\n"
    "                 would be created (with its type behind a further tab) and each file, and a summary. ACTION is\n"
    "                 create, send, replace, keep (it is there) or conflict (it differs, and the put would fail). "
    "What\n"
    "                 the put would refuse fails in the same way; what may be a lack of rights is a warning.\n"
    "\n"
    "Examples:\n"
    "  at=xnat+https://xnat.example.com/data/projects/sandbox/subjects/S01/experiments/S01_BRAIN\n"
    "  ioplug put seg.nii.gz $at/scans/T1/resources/SEG/files/seg.nii.gz\n"
    "  ioplug put dicom/ "
    "\"$at/scans/4/resources/DICOM?experiment_type=xnat:mrSessionData&scan_type=xnat:mrScanData\"\n";

static const char ls_text[] =
    "Usage: ioplug [OPTIONS] ls [-l] [-R] URL...\n"
    "\n"
    "Prints what is directly below URL, a name a line, with `/` behind what may hold more: of a server its projects, "
    "of a\n"
    "project its subjects, and so on down to the files of a resource.\n"
    "\n"
    "A URL that ends in a level lists what is there at that level: .../projects/sandbox/experiments\n"
    "\n"
    "  -l, --long       type, files, bytes, date, MD5, name and what else it is called; `-` for what is not known\n"
    "  -R, --recursive  everything below, each name from URL down\n"
    "\n"
    "--json gives the URL of each, and all that is known of it.\n"
    "\n"
    "Examples:\n"
    "  ioplug ls xnat+https://xnat.example.com/\n"
    "  ioplug ls -l xnat+https://xnat.example.com/data/projects/sandbox/subjects/S01/experiments/S01_BRAIN\n";

static const char stat_text[] =
    "Usage: ioplug [OPTIONS] stat URL...\n"
    "\n"
    "Prints what is known of the one thing that URL names, a line `NAME: VALUE` for each attribute. Nothing there is "
    "exit\n"
    "code 3.\n"
    "\n"
    "Examples:\n"
    "  ioplug stat xnat+https://xnat.example.com/data/experiments/XNAT_E00123/scans/4/resources/DICOM\n";

static const char cat_text[] =
    "Usage: ioplug [OPTIONS] cat [--range FROM-TO] URL\n"
    "\n"
    "Writes a file to standard output. The whole is checked while it passes, a part is not; after a failure what was\n"
    "written is of no use.\n"
    "\n"
    "  --range FROM-TO  only these bytes, counted from 0, both included; FROM- goes to the end\n"
    "\n"
    "Examples:\n"
    "  ioplug cat xnat+https://xnat.example.com/data/projects/sandbox/resources/TABLES/files/scores.csv | head\n"
    "  ioplug cat --range 0-347 "
    "xnat+https://xnat.example.com/data/experiments/XNAT_E00123/scans/4/resources/NIFTI/files/"
    "t1.nii\n";

static const char du_text[] = "Usage: ioplug [OPTIONS] du URL...\n"
                              "\n"
                              "Prints `BYTES<TAB>FILES<TAB>URL`: how much is below URL, as the server tells it.\n"
                              "\n"
                              "Examples:\n"
                              "  ioplug du xnat+https://xnat.example.com/data/projects/sandbox/subjects/S01\n";

static const char rm_text[] =
    "Usage: ioplug [OPTIONS] rm [--yes] [--dry-run] URL...\n"
    "\n"
    "Says what would go, asks, removes it, and prints the URL of what is gone. It removes files, directories of a "
    "resource\n"
    "and resources, and nothing above these. Success means that a fresh listing lacks it, and nothing else.\n"
    "\n"
    "  -y, --yes      do not ask; needed where standard input is no terminal\n"
    "  -n, --dry-run  say what would go, and change nothing\n"
    "\n"
    "Examples:\n"
    "  ioplug rm xnat+https://xnat.example.com/data/experiments/XNAT_E00123/resources/RESULTS/files/old.csv\n"
    "  ioplug rm --dry-run xnat+https://xnat.example.com/data/experiments/XNAT_E00123/resources/RESULTS\n";

static const char doctor_text[] =
    "Usage: ioplug [OPTIONS] doctor URL...\n"
    "\n"
    "Looks, step by step, at all that stands between here and what URL names: network, server, login, rights. Prints "
    "a\n"
    "line `STEP  STATE  WHAT WAS FOUND` as soon as it is known, and below it, after `->`, what to do. States are ok,\n"
    "warning, failed and skipped. URL may end at any level, be the server's, or a search. Nothing is changed, no "
    "secret\n"
    "is printed, and a login that is refused is not tried again.\n"
    "\n"
    "The exit code is that of the first step that failed, 0 if there are only warnings. --json gives an object a "
    "step:\n"
    "step, state, text, and where they apply advice and kind.\n"
    "\n"
    "Examples:\n"
    "  ioplug doctor xnat+https://xnat.example.com/\n"
    "  ioplug doctor xnat+https://xnat.example.com/data/projects/sandbox\n"
    "  ioplug --json doctor 'xnat+https://xnat.example.com/search?projects=sandbox&scans=T1'\n";

static const char plugins_text[] =
    "Usage: ioplug [OPTIONS] plugins\n"
    "\n"
    "Prints each plugin: name, version, schemes (parted by commas) and file, parted by tabs. Plugins are those named "
    "by\n"
    "--plugin, else those in the directories of IOPLUG_PATH, else those in the installed directory. Where two serve a\n"
    "scheme, the first one does.\n"
    "\n"
    "Examples:\n"
    "  ioplug plugins\n"
    "  IOPLUG_PATH=$HOME/plugins:/opt/plugins ioplug plugins\n"
    "  ioplug --plugin ./xnatstorage.so plugins\n";

static const char options_text[] =
    "\n"
    "Options, before or after the command (`--` ends them):\n"
    "  --plugin FILE          load this plugin; may be repeated. Else the directories in IOPLUG_PATH, parted by "
    "colons,\n"
    "                         else the installed directory\n"
    "  -o, --set KEY=VALUE    a setting; may be repeated. See below\n"
    "  -j, --jobs N           the same as -o jobs=N, and how many entries of a list are worked on at once (8)\n"
    "  --json                 results as one JSON object a line; a failed URL is a line, too (url, error, kind)\n"
    "  --progress WHEN        auto (a live line if standard error is a terminal), always or never\n"
    "  -q, --quiet            say errors only\n"
    "  -v, --verbose          say what was done, too\n"
    "  --debug                say every request, too\n"
    "  --version              print the version\n"
    "  -h, --help             print this\n";

static const char codes_text[] =
    "\n"
    "Exit codes, and the kinds in `ioplug: KIND: MESSAGE` on standard error:\n"
    "  0 ok  2 usage  3 not-found  4 ambiguous  5 auth  6 conflict  7 network  8 server  9 integrity  10 io\n"
    "  11 plugin  130 cancelled by SIGINT  143 by SIGTERM  129 by SIGHUP (a second signal ends the command at once)\n";

static void
write_settings (const IOPlugin *plugin)
{
    const char *const *row = plugin->settings;
    g_autofree char *title = g_strdup_printf ("\nSettings (-o) of plugin %s, with their defaults:\n", plugin->name);

    if (row == NULL || row[0] == NULL)
        return;
    output_text (title);
    for (; row[0] != NULL; row += 3) {
        g_autofree char *pair = g_strdup_printf ("%s=%s", row[0], row[1] != NULL ? row[1] : "");
        g_autofree char *line = g_strdup_printf ("  %-22s %s\n", pair, row[2] != NULL ? row[2] : "");

        output_text (line);
    }
}

void
help_write (const char *command, const IOPluginHost *host)
{
    static const HelpText texts[] = {
        {"expand", expand_text}, {"fetch", fetch_text},     {"put", put_text}, {"ls", ls_text},
        {"stat", stat_text},     {"cat", cat_text},         {"du", du_text},   {"rm", rm_text},
        {"doctor", doctor_text}, {"plugins", plugins_text},
    };
    const char *text = overview;

    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        if (g_strcmp0 (texts[i].command, command) == 0)
            text = texts[i].text;
    output_text (text);
    output_text (options_text);
    for (size_t i = 0; host != NULL && i < io_host_count (host); i++)
        write_settings (io_host_plugin (host, i));
    if (host == NULL)
        output_text ("\nSettings: no plugin was found that could tell them.\n");
    output_text (codes_text);
}
