# SPDX-License-Identifier: Apache-2.0
"""What people write who have another tool, a browser or another spelling in mind: the message says what to write instead, on
one line, and what it says works."""

import re
import socket
import threading
import unicodedata
import urllib.parse

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from scripted_server import Scripted

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
DICOM = SESSION + "/scans/1/resources/DICOM"


def message(ran, code, kind):
    """The one error line."""
    assert ran.code == code, (ran.code, ran.out, ran.err)
    (line,) = [line for line in ran.err.splitlines() if line.startswith(f"ioplug: {kind}: ")]
    return line


def advised(line, before):
    """The URL that a message says to write."""
    found = re.search(re.escape(before) + r"(\S+)", line)
    assert found is not None, line
    return found.group(1)


# --- schemes ---


def test_address_from_a_browser(case):
    """With its scheme, the rest as it is; and what is advised works."""
    address = f"http://{case.server.host}:{case.server.port}/data/{DICOM}"
    ran = case.run("fetch", address, case.path("out"))
    url = advised(message(ran, 2, "usage"), "; write ")
    assert url == "xnat+" + address
    assert case.requests() == []
    assert case.run("fetch", url, case.path("out")).code == 0


def test_address_without_a_scheme(case):
    for address in ["xnat.example.com/data/projects/P/resources/R", "xnat.example.com:8443/xnat/data/experiments/X_E1?verify=false"]:
        assert advised(message(case.run("ls", address), 2, "usage"), "; write ") == "xnat+https://" + address
    for word in ["results", "xnat.example.com", "dir/file.txt", ""]:
        assert "write" not in message(case.run("ls", word), 2, "usage"), word


@pytest.mark.parametrize("slip, meant", [("xant+http", "xnat+http"), ("htps", "xnat+https"), ("hhtp", "xnat+http"),
                                         ("xnat+htpps", "xnat+https"), ("xnats", "xnat"),
                                         ("HTTPS", "xnat+https"), ("xnat+htttp", "xnat+http")])
def test_near_scheme(case, slip, meant):
    rest = "://xnat.example.com/data/projects/P/resources/R"
    assert advised(message(case.run("ls", slip + rest), 2, "usage"), "; write ") == meant + rest


def test_far_scheme(case):
    line = message(case.run("ls", "gopher://xnat.example.com/data/projects/P"), 2, "usage")
    assert line.endswith("no plugin serves gopher:// (known schemes: xnat, xnat+http, xnat+https)")


def test_password_of_a_wrong_scheme_is_not_repeated(case):
    for url in ["https://alice:secret@xnat.example.com/data/projects/P/resources/R", "https://alice:sec/ret@x/data/projects/P",
                "alice:secret@xnat.example.com/data/projects/P/resources/R"]:
        ran = case.run("ls", url)
        assert "secret" not in ran.err and "sec/ret" not in ran.err
        message(ran, 2, "usage")
    assert "password" in message(case.run("ls", "https://alice:secret@xnat.example.com/data/projects/P"), 2, "usage")


def test_long_address_is_not_cut_into_another(case):
    address = "https://xnat.example.com/data/projects/P/resources/R/files/" + "d/" * 1000
    line = message(case.run("ls", address), 2, "usage")
    assert line.split(": ")[-1].endswith("; is xnat+https:// meant?"), line


# --- pages ---

PAGES = {
    "project": ("/app/template/XDATScreen_report_xnat_projectData.vm/search_element/xnat:projectData/search_field/"
                "xnat:projectData.ID/search_value/P1", "/data/archive/projects/P1"),
    "subject": ("/app/action/DisplayItemAction/search_value/X_S1/search_element/xnat:subjectData/search_field/"
                "xnat:subjectData.ID/project/P1", "/data/archive/projects/P1/subjects/X_S1"),
    "session": ("/app/action/DisplayItemAction/search_element/xnat%3AmrSessionData/search_field/xnat%3AmrSessionData.ID/"
                "search_value/X_E1/popup/false/project/P%201", "/data/archive/projects/P%201/experiments/X_E1"),
    "alone": ("/app/action/DisplayItemAction/search_element/xnat:petSessionData/search_field/xnat:petSessionData.ID/search_value/"
              "X_E1", "/data/archive/experiments/X_E1"),
    "query": ("/app/action/DisplayItemAction?search_element=xnat%3ActSessionData&search_value=X_E1&project=P1",
              "/data/archive/projects/P1/experiments/X_E1"),
    "assessor": ("/app/action/DisplayItemAction/search_element/xnat:qcManualAssessorData/search_field/"
                 "xnat:qcManualAssessorData.ID/search_value/X_E2/project/P1",
                 "/data/archive/projects/P1/experiments/*/assessors/X_E2"),
    "tab": ("/app/action/DisplayItemAction/search_element/xnat:mrSessionData/search_field/xnat:mrSessionData.ID/search_value/"
            "X_E1/project/P1#tab-scans/1", "/data/archive/projects/P1/experiments/X_E1"),
    "tab of a query": ("/app/action/DisplayItemAction?search_element=xnat:mrSessionData&search_value=X_E1#tab",
                       "/data/archive/experiments/X_E1"),
}


@pytest.mark.parametrize("prefix", ["", "/my/xnat"])
@pytest.mark.parametrize("name", PAGES)
def test_address_of_a_page(case, name, prefix):
    path, data = PAGES[name]
    for scheme in ["https", "xnat+https"]:
        line = message(case.run("ls", f"{scheme}://xnat.example.com{prefix}{path}"), 2, "usage")
        assert advised(line, "are at ") == f"xnat+https://xnat.example.com{prefix}{data}"


def test_page_advice_leads_to_the_item(case):
    stat = case.run("--json", "stat", case.url(SESSION)).objects[0]
    address = (f"http://{case.server.host}:{case.server.port}/app/action/DisplayItemAction/search_element/xnat:mrSessionData/"
               f"search_field/xnat:mrSessionData.ID/search_value/{stat['experiment_id']}/popup/false/project/sandbox")
    url = advised(message(case.run("ls", address), 2, "usage"), "are at ")
    assert case.run("--json", "stat", url).objects[0]["url"] == stat["url"]


@pytest.mark.parametrize("path, words", [
    ("/app/action/DisplayItemAction/search_element/xnat:mrScanData/search_field/xnat:mrScanData.xnat_imagescandata_id/search_value/7",
     "does not tell where"),
    ("/app/action/DisplayItemAction/search_element/xnat:qcManualAssessorData/search_value/X_E2", "/assessors/X_E2"),
    ("/app/template/Index.vm", "does not tell where"),
    ("/app/action/DisplayItemAction/search_element/xnat:mrSessionData/search_value/%zz", "does not tell where")])
def test_page_without_a_data_url(case, path, words):
    line = message(case.run("ls", "https://xnat.example.com" + path), 2, "usage")
    assert "web page" in line and words in line


def test_file_below_a_directory_called_app_is_no_page(case):
    url = case.url(DICOM + "/files/app/action/DisplayItemAction")
    assert case.run("stat", url).code == 3
    assert "%23" in message(case.run("stat", url + "#x"), 2, "usage")


# --- words in URLs ---


def test_near_option_of_a_url(case):
    ran = case.run("stat", case.url(DICOM + "?overwite=true&scan_tpye=x"))
    assert ran.code == 0
    assert "'overwite' of a data URL is ignored; is 'overwrite' meant?" in ran.err
    assert "is 'scan_type' meant?" in ran.err
    assert "meant" not in case.run("stat", case.url(DICOM + "?colour=blue")).err


@pytest.mark.parametrize("slip, meant", [("experimnets", "experiments"), ("qualitiy", "quality"), ("lable", "label")])
def test_near_variable_of_a_search(case, slip, meant):
    line = message(case.run("expand", case.url(f"search?projects=sandbox&{slip}=x")), 2, "usage")
    assert f"is '{meant}' meant?" in line


def test_out_of_an_assessor(case):
    """XNAT's own form, and pyxnat's; what is printed is as without it."""
    found = case.run("expand", case.url("search?projects=sandbox&assessors=*"), ).lines
    url = found[0].split("\t")[1]
    assert "/assessors/" in url
    odd = re.sub(r"(/assessors/[^/]+)", r"\1/out", url)
    assert case.run("--json", "stat", odd).objects == case.run("--json", "stat", url).objects
    listed = case.run("ls", odd.split("/resources/")[0])
    assert listed.code == 0 and listed.out == case.run("ls", url.split("/resources/")[0]).out
    line = message(case.run("stat", odd.replace("/out", "/in")), 2, "usage")
    assert "'in'" in line and "leave 'in' out" in line


def test_out_elsewhere_is_no_level(case):
    for path in [SESSION + "/out/resources/R", SESSION + "/scans/1/out/resources/R", SESSION + "/assessors/A/out/out/resources/R"]:
        assert "unknown level 'out'" in message(case.run("stat", case.url(path)), 2, "usage")


# --- names that are not there ---


def test_all_scans(case):
    line = message(case.run("ls", case.url(SESSION + "/scans/ALL")), 3, "not-found")
    assert "XNAT's own ALL, write *" in line
    assert "ALL" not in message(case.run("ls", case.url(SESSION + "/scans/NONE")), 3, "not-found")


def test_other_case(case):
    line = message(case.run("fetch", case.url(DICOM.replace("subject001_BRAIN", "Subject001_brain")), case.path("out")), 3, "not-found")
    assert "'subject001_BRAIN' is there" in line and line.endswith("write subject001_BRAIN")
    line = message(case.run("fetch", case.url(DICOM.replace("DICOM", "Dicom")), case.path("out")), 3, "not-found")
    assert line.endswith("write DICOM")
    line = message(case.run("ls", case.url("projects/Sandbox")), 3, "not-found")
    assert line.endswith("write sandbox")
    name = sorted(case.run("ls", case.url(DICOM)).lines)[0]
    line = message(case.run("cat", case.url(f"{DICOM}/files/{name.upper() if name != name.upper() else name.lower()}")), 3, "not-found")
    assert line.endswith("write " + name)


def test_search_for_a_near_name_costs_stat_nothing(case):
    """Who asks with stat whether something is there gets no hint, and pays for none."""
    case.run("stat", case.url("projects/sandbox/resources/Nothing"))
    least = len(case.requests())
    case.clear()
    ran = case.run("stat", case.url("projects/Sandbox/resources/Nothing"))
    assert ran.code == 3 and "is there" not in ran.err
    assert len(case.requests()) <= least + 1


@pytest.mark.parametrize("stored, asked", [("NFD", "NFC"), ("NFC", "NFD")])
def test_other_form_of_unicode(case, stored, asked):
    name = "K\u00e4rnten"
    case.new_resource("NAMES", {unicodedata.normalize(stored, name) + ".txt": b"x"})
    url = case.url("projects/sandbox/resources/NAMES/files/")
    line = message(case.run("cat", url + urllib.parse.quote(unicodedata.normalize(asked, name)) + ".txt"), 3, "not-found")
    assert "another form of Unicode" in line
    encoded = advised(line, "write ")
    assert encoded.isascii()
    assert case.run("cat", url + encoded).out == "x"


# --- TLS ---


def test_clear_port_asked_for_tls(case):
    ran = case.run("ls", case.url(SESSION, scheme="xnat+https"), retries=0)
    assert "write xnat+http:// in place of xnat+https://" in message(ran, 7, "network")


NGINX = ("text/html", "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>"
         "400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n</body>\r\n</html>\r\n")
TOMCAT = ("text/plain;charset=UTF-8", "Bad Request\r\nThis combination of host and port requires TLS.\r\n")


@pytest.mark.parametrize("words", [NGINX, TOMCAT], ids=["nginx", "tomcat"])
@pytest.mark.parametrize("login", ["netrc", "guest"])
def test_port_for_tls_asked_in_clear(case, words, login):
    def refuse(request):
        return 400, [("Content-Type", words[0])], words[1].encode()

    with Scripted() as server:
        for method, path in [("POST", "/data/JSESSION"), ("GET", "/data/projects"), ("GET", "/data/JSESSION"), ("GET", "/data/auth")]:
            server.on(method, path, refuse)
        netrc = case.write_netrc(f"machine {server.host}:{server.port} login alice password alice-pw\n")
        ran = case.run("ls", f"xnat+http://{server.host}:{server.port}/", user=None,
                       **({"netrc": netrc} if login == "netrc" else {"guest": True}))
    assert "write xnat+https:// in place of xnat+http://" in ran.err and ran.err.count("\n") == 1, ran.err
    assert ran.code in (7, 8)


def test_other_port_for_tls_asked_in_clear(case):
    """Of a server that says it in the words of TLS alone: an alert."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def alert():
            with listener.accept()[0] as one:
                one.recv(65536)
                one.sendall(b"\x15\x03\x01\x00\x02\x02\x46")
        answering = threading.Thread(target=alert)
        answering.start()
        ran = case.run("ls", f"xnat+http://127.0.0.1:{listener.getsockname()[1]}/", user=None, guest=True, retries=0)
        answering.join()
    assert "write xnat+https:// in place of xnat+http://" in message(ran, 8, "server")


# --- netrc ---


@pytest.mark.parametrize("machine", ["https://{host}/", "http://{host}", "{host}/", "https://{host}:{port}/xnat", "HTTPS://alice@{host}"])
def test_machine_that_is_a_url(case, machine):
    machine = machine.format(host=case.server.host, port=case.server.port)
    netrc = case.write_netrc(f"machine {machine} login alice password alice-pw\n")
    ran = case.run("ls", case.url(SESSION), user=None, netrc=netrc)
    line = message(ran, 5, "auth")
    assert "a machine is a host's name alone, or HOST:PORT" in line and f"'machine {case.server.host} login" in line
    assert "alice-pw" not in ran.err
    netrc = case.write_netrc(f"machine {machine} login bob password x\ndefault login alice password alice-pw\n")
    ran = case.run("ls", case.url(SESSION), user=None, netrc=netrc)
    assert ran.code == 0 and f"write 'machine {case.server.host}'" in ran.err


def test_machine_that_is_another_url(case):
    netrc = case.write_netrc("machine https://other.example.com/ login alice password alice-pw\n")
    assert "a machine is" not in message(case.run("ls", case.url(SESSION), user=None, netrc=netrc), 5, "auth")


# --- help ---


def test_help_and_version(case):
    everything, one = case.run("help"), case.run("help", "fetch")
    assert everything.code == one.code == 0
    assert everything.out == case.run("--help").out and one.out == case.run("fetch", "--help").out != everything.out
    assert re.fullmatch(r"ioplug [0-9.]+\n", case.run("-V").out)
    assert "is 'fetch' meant?" in message(case.run("help", "fetsh"), 2, "usage")
