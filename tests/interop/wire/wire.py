#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks an XNAT server, or what stands in for one, a fixed list of questions, and writes down what it answers, so that two
servers can be held side by side.

    wire.py record BASE-URL LOGIN PASSWORD FILE.json    runs all steps as an administrator, with three users that it makes (they make the projects WIREnnn and WIREnnn2, and delete them again)
    wire.py record-open ...                             the same on a site that lets guests in, with what they are told
    wire.py compare REFERENCE.json OTHER.json           prints each step in which the other differs; exit 1 if any does
    wire.py show FILE.json [STEP...]                    prints answers

IDs, numbers, dates, session cookies and host names are replaced by names (<S1>, <E2>, <R>, <date>), rows are sorted, and bodies of files
and archives are kept as sizes and digests. Standard library only.
"""
import base64
import hashlib
import http.client
import io
import json
import re
import sys
import tarfile
import time
import urllib.parse
import zipfile

KEPT_HEADERS = ('content-type', 'content-length', 'content-range', 'accept-ranges', 'content-disposition', 'www-authenticate',
                'location', 'transfer-encoding', 'content-encoding', 'last-modified', 'etag', 'connection')

NUMBER_KEYS = ('xnat_abstractresource_id', 'cat_ID', 'xnat:imagescandata/file/xnat_abstractresource_id', 'xnat:imageassessordata/out/file/xnat_abstractresource_id',
               'xnat:imagesessiondata/resources/resource/xnat_abstractresource_id')
ROW_KEYS = ('xnat_imagescandata_id', 'xnat_reconstructedimagedata_id')
ACCESSION = r'\b[A-Za-z][A-Za-z0-9]{0,23}_([SE])(\d{4,6})\b'
RESOURCE = r'/resources/(\d{1,11})(?=[/?" ]|$)'
VOLATILE = ((r'\b[0-9A-F]{32}\b', '<session>'), (r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?', '<date>'), (r'\d{8}_\d{6,9}', '<stamp>'),
            (r'(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} [\d:]{8} GMT', '<http date>'), (r'https?://[\w.\-]+(:\d+)?', '<site>'), (r'\b\d{13}\b', '<millis>'), (r'Apache Tomcat/[\d.]+', 'Apache Tomcat'),
            (r'//[\w.\-/]+?/archive/WIRE', '//<archive>/WIRE'))


class Wire:
    def __init__(self, base, login, password):
        self.base = urllib.parse.urlsplit(base)
        self.login, self.password = login, password
        self.cookie = None
        self.project = 'WIRE%x' % int(time.time())      # the ID of a project that was deleted is never free again
        self.steps = []
        self.names = {}          # what stands for which accession number
        self.numbers = set()     # of resources
        self.people = {}         # the users that were made

    # ---- asking

    def raw(self, method, target, headers=None, body=None, auth='cookie', chunked=False):
        make = http.client.HTTPSConnection if self.base.scheme == 'https' else http.client.HTTPConnection
        connection = make(self.base.hostname, self.base.port, timeout=120)
        sent = {'User-Agent': 'wire/1', 'Accept': '*/*'}
        if auth == 'cookie' and self.cookie:
            sent['Cookie'] = 'JSESSIONID=' + self.cookie
        elif isinstance(auth, tuple) or auth == 'basic':
            pair = (self.login, self.password) if auth == 'basic' else auth
            sent['Authorization'] = 'Basic ' + base64.b64encode(('%s:%s' % pair).encode()).decode()
        sent.update(headers or {})
        connection.putrequest(method, self.base.path.rstrip('/') + target.replace('WIRE', self.project), skip_accept_encoding=True)
        if body is not None and not chunked:
            sent['Content-Length'] = str(len(body))
        if chunked:
            sent['Transfer-Encoding'] = 'chunked'
        if body is None and method in ('PUT', 'POST'):
            sent['Content-Length'] = '0'
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        if body is not None:
            if chunked:
                for i in range(0, len(body), 1000):
                    piece = body[i:i + 1000]
                    connection.send(b'%x\r\n%s\r\n' % (len(piece), piece))
                connection.send(b'0\r\n\r\n')
            else:
                connection.send(body)
        answer = connection.getresponse()
        try:
            data = answer.read()
            cut = None
        except http.client.IncompleteRead as partial:
            data, cut = partial.partial, 'the body ended early'
        connection.close()
        return answer, data, cut

    def ask(self, name, method, target, headers=None, body=None, auth='cookie', chunked=False, keep=True):
        """One question; its answer is kept under @name. Returns (status, data, headers)."""
        try:
            answer, data, cut = self.raw(method, target, headers, body, auth, chunked)
        except (OSError, http.client.HTTPException) as problem:
            self.steps.append({'step': name, 'asked': self.asked(method, target, headers, body, auth, chunked), 'failed': type(problem).__name__})
            return 0, b'', {}
        found = {k.lower(): v for k, v in answer.getheaders()}
        step = {'step': name, 'asked': self.asked(method, target, headers, body, auth, chunked), 'status': answer.status,
                'headers': {k: found[k] for k in KEPT_HEADERS if k in found}, 'cookies': sorted({c.split('=')[0] for c in answer.headers.get_all('Set-Cookie') or []})}
        if cut:
            step['cut'] = cut
        step['body'] = self.describe(data, found.get('content-type', ''))
        if keep:
            self.steps.append(step)
        return answer.status, data, found

    @staticmethod
    def asked(method, target, headers, body, auth, chunked):
        text = '%s %s' % (method, target)
        if headers:
            text += ' ' + json.dumps(headers, sort_keys=True)
        if body is not None:
            text += ' body of %d bytes%s' % (len(body), ', chunked' if chunked else '')
        return text + ('' if auth == 'cookie' else ' with the login' if auth == 'basic' else ' with %s' % auth[0] if isinstance(auth, tuple) else ' without login')

    # ---- writing down

    def describe(self, data, content_type):
        if not data:
            return None
        if data[:2] == b'PK':
            return {'zip': self.zip_members(data)}
        if data[257:262] == b'ustar' or 'tar' in content_type:
            try:
                return {'tar': self.tar_members(data, 'r:*')}
            except (tarfile.TarError, EOFError, OSError) as problem:
                return {'not a tar': str(problem)[:60], 'bytes': len(data)}
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return {'bytes': len(data), 'md5': hashlib.md5(data).hexdigest()}
        if 'json' in content_type or text[:1] in '{[':
            try:
                return {'json': json.loads(text)}
            except ValueError:
                pass
        if '<html' in text[:400].lower() or '<!doctype html' in text[:400].lower():
            words = re.search(r'<h3>(.*?)</h3>', text, re.S | re.I)
            title = re.search(r'<title>(.*?)</title>', text, re.S | re.I)
            return {'html': (title.group(1).strip() if title else '')[:200], 'h3': words.group(1).strip()[:300] if words else None}
        if text.startswith('<?xml'):
            return {'xml': re.search(r'<([\w:]+)[ >]', text[text.find('?>') + 2:]).group(1)}
        if len(text) > 600:
            return {'bytes': len(data), 'md5': hashlib.md5(data).hexdigest()}
        return {'text': text}

    @staticmethod
    def zip_members(data):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [{'name': m.filename, 'size': m.file_size, 'method': m.compress_type, 'flags': m.flag_bits, 'md5': hashlib.md5(archive.read(m)).hexdigest()}
                        for m in sorted(archive.infolist(), key=lambda m: m.filename)]
        except (zipfile.BadZipFile, OSError) as problem:
            return 'broken: %s' % problem

    @staticmethod
    def tar_members(data, mode):
        with tarfile.open(fileobj=io.BytesIO(data), mode=mode) as archive:
            return [{'name': m.name, 'size': m.size, 'mode': '%o' % m.mode, 'type': m.type.decode('latin1'), 'dated': 'now' if m.mtime > 10 ** 9 else m.mtime,
                     'md5': hashlib.md5(archive.extractfile(m).read()).hexdigest() if m.isfile() else None} for m in sorted(archive.getmembers(), key=lambda m: m.name)]

    def name(self, kind, value):
        """<kind N> for a value, numbered in the order of appearance."""
        key = (kind, value)
        if key not in self.names:
            self.names[key] = '<%s%d>' % (kind, 1 + sum(k == kind for k, _ in self.names))
        return self.names[key]

    def plain(self):
        """The steps with everything that differs from run to run, or from site to site, replaced."""
        self.learn(self.steps)
        steps = self.replaced(self.steps)
        for step in steps:
            body = step.get('body') or {}
            result = body.get('json')
            if isinstance(result, dict) and isinstance(result.get('items'), list):
                body['json'] = self.item(result)
            rows = result.get('ResultSet', {}).get('Result') if isinstance(result, dict) and isinstance(result.get('ResultSet'), dict) else None
            if isinstance(rows, list) and step['asked'].startswith('GET /data/projects?'):
                rows[:] = [row for row in rows if row.get('ID', '').startswith('WIRE')]      # the others are the site's
                result['ResultSet']['totalRecords'] = '<some>'
            if isinstance(rows, list):
                rows.sort(key=lambda row: json.dumps(row, sort_keys=True))
            headers = step.get('headers', {})
            if 'content-type' in headers:
                headers['content-type'] = headers['content-type'].split(';')[0]          # the charset is the JVM's
            if 'www-authenticate' in headers:
                headers['www-authenticate'] = headers['www-authenticate'].split('=')[0]
            if not self.is_file(step):                          # of a page or listing the length says nothing
                for name in ('content-length', 'transfer-encoding', 'last-modified'):
                    headers.pop(name, None)
        return steps

    @staticmethod
    def item(document):
        """Of an item only what it is: the rest is the database's."""
        first = document['items'][0] if document['items'] else {}
        fields = first.get('data_fields', {})
        return {'item': first.get('meta', {}).get('xsi:type'), 'ID': fields.get('ID'), 'label': fields.get('label'),
                'children': sorted({c.get('field') for c in first.get('children', [])})}

    def learn(self, value):
        """Numbers the accessions in the order in which they appear, and remembers which numbers are resources."""
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in NUMBER_KEYS and isinstance(inner, str) and inner.isdigit():
                    self.numbers.add(inner)
                self.learn(inner)
        elif isinstance(value, list):
            for inner in value:
                self.learn(inner)
        elif isinstance(value, str):
            for kind, number in re.findall(ACCESSION, value):
                self.name(kind, number)
            self.numbers.update(n for n in re.findall(RESOURCE, value) if n not in ('77777777', '99999999'))

    def replaced(self, value, key=None):
        if isinstance(value, dict):
            return {k: self.replaced(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.replaced(v) for v in value]
        if not isinstance(value, str):
            return value
        if key in ROW_KEYS:
            return '<number>' if value else value
        if key in NUMBER_KEYS or (key == 'cat_id' and value in self.numbers):
            return '<R>' if value else value
        for name, role in self.people.items():
            value = value.replace(name, '<%s>' % role)
        value = value.replace(self.project, 'WIRE')
        value = re.sub(ACCESSION, lambda m: self.names.get((m[1], m[2]), m[0]), value)
        value = re.sub(RESOURCE, lambda m: '/resources/<R>' if m[1] in self.numbers else m[0], value)
        for pattern, name in VOLATILE:
            value = re.sub(pattern, name, value)
        return '<login>' if value == self.login else value.replace("'%s'" % self.login, "'<login>'")

    @staticmethod
    def is_file(step):
        return '/files/' in step['asked'] and step.get('headers', {}).get('content-type', '').split(';')[0] not in ('text/html', 'application/json')


def rows_of(data):
    try:
        return json.loads(data)['ResultSet']['Result']
    except (ValueError, KeyError, TypeError):
        return []


def multipart(name, data):
    mark = 'wire-boundary-0123456789'
    body = (('--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: application/octet-stream\r\n\r\n' % (mark, name)).encode()
            + data + ('\r\n--%s--\r\n' % mark).encode())
    return {'Content-Type': 'multipart/form-data; boundary=' + mark}, body


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6)), data, method)
    return out.getvalue()


def tarred(members, mode='w'):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


PATTERN = bytes(range(256)) * 40                     # 10,240 bytes


def sessions(w):
    ask = w.ask
    ask('auth: nobody', 'GET', '/data/auth', auth=None)
    ask('auth: wrong password', 'GET', '/data/auth', auth=(w.login, 'wrong-password'))
    ask('auth: unknown user', 'GET', '/data/auth', auth=('no-such-user', 'x'))
    ask('auth: right', 'GET', '/data/auth', auth='basic')
    ask('JSESSION: nobody, GET', 'GET', '/data/JSESSION', auth=None)
    ask('JSESSION: nobody, POST', 'POST', '/data/JSESSION', auth=None)
    ask('JSESSION: wrong password', 'POST', '/data/JSESSION', auth=(w.login, 'wrong-password'))
    status, data, _ = ask('JSESSION: right, POST', 'POST', '/data/JSESSION', auth='basic')
    w.cookie = data.decode().strip()
    ask('JSESSION: cookie, GET', 'GET', '/data/JSESSION')
    ask('auth: cookie', 'GET', '/data/auth')
    ask('auth: unknown cookie', 'GET', '/data/auth', headers={'Cookie': 'JSESSIONID=' + '0' * 32}, auth=None)
    ask('projects: nobody', 'GET', '/data/projects?format=json', auth=None)
    ask('projects: nobody, as a browser', 'GET', '/data/projects?format=json', headers={'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0', 'Accept': 'text/html'}, auth=None)
    ask('auth: HEAD', 'HEAD', '/data/auth')
    ask('auth: slash', 'GET', '/data/auth/')
    ask('JSESSION: slash', 'GET', '/data/JSESSION/', auth=None)
    ask('version', 'GET', '/data/version')
    ask('root', 'GET', '/')


def creating(w):
    ask = w.ask
    P = '/data/projects/WIRE'
    ask('project: missing', 'GET', P + '?format=json')
    ask('project: create', 'PUT', P)
    ask('project: again', 'PUT', P)
    ask('project: bad ID', 'PUT', '/data/projects/WI%20RE')
    ask('subject: of no project', 'PUT', '/data/projects/NOWIRE/subjects/S')
    ask('subject: create', 'PUT', P + '/subjects/S1')
    ask('subject: again', 'PUT', P + '/subjects/S1')
    ask('subject: with type', 'PUT', P + '/subjects/S2?xsiType=xnat:subjectData')
    for label in ('S%201', 'S.1', 'S%C3%A9', 'S+1', 'S&1'):
        ask('subject: label ' + label, 'PUT', P + '/subjects/' + label)
    S = P + '/subjects/S1'
    ask('experiment: no type', 'PUT', S + '/experiments/X0')
    ask('experiment: unknown type', 'PUT', S + '/experiments/X0?xsiType=xnat:nonsenseData')
    ask('experiment: create', 'PUT', S + '/experiments/MR1?xsiType=xnat:mrSessionData')
    ask('experiment: again', 'PUT', S + '/experiments/MR1?xsiType=xnat:mrSessionData')
    ask('experiment: label with dot', 'PUT', S + '/experiments/M.R?xsiType=xnat:mrSessionData')
    ask('experiment: label with space', 'PUT', S + '/experiments/M%20R?xsiType=xnat:mrSessionData')
    ask('experiment: subject is made', 'PUT', P + '/subjects/S3/experiments/CT1?xsiType=xnat:ctSessionData')
    ask('experiment: with a date', 'PUT', S + '/experiments/PET1?xsiType=xnat:petSessionData&date=2021-02-03')
    ask('experiment: bad date', 'PUT', S + '/experiments/BAD1?xsiType=xnat:petSessionData&date=nonsense')
    E = S + '/experiments/MR1'
    ask('scan: no type', 'PUT', E + '/scans/9')
    ask('scan: abstract type', 'PUT', E + '/scans/9?xsiType=xnat:imageScanData')
    ask('scan: create 1', 'PUT', E + '/scans/1?xsiType=xnat:mrScanData&type=T1&quality=usable&series_description=t1_mprage')
    ask('scan: again', 'PUT', E + '/scans/1?xsiType=xnat:mrScanData&type=T1')
    ask('scan: other type', 'PUT', E + '/scans/1?xsiType=xnat:ctScanData&type=T1')
    ask('scan: create 2, of the same type', 'PUT', E + '/scans/2?xsiType=xnat:mrScanData&type=T1')
    ask('scan: odd type', 'PUT', E + '/scans/3-MR1?xsiType=xnat:mrScanData&type=T2%20w%2F%20%26%20more')
    ask('scan: no type text', 'PUT', E + '/scans/4?xsiType=xnat:mrScanData')
    ask('scan: bad ID', 'PUT', E + '/scans/a.b?xsiType=xnat:mrScanData&type=X')
    ask('scan: POST', 'POST', E + '/scans?xsiType=xnat:mrScanData&type=POSTED')
    ask('scan: of no session', 'PUT', S + '/experiments/NONE/scans/1?xsiType=xnat:mrScanData&type=T1')
    ask('assessor: no type', 'PUT', E + '/assessors/A0')
    ask('assessor: create', 'PUT', E + '/assessors/A1?xsiType=xnat:qcAssessmentData')
    ask('assessor: again', 'PUT', E + '/assessors/A1?xsiType=xnat:qcAssessmentData')
    ask('reconstruction: create', 'PUT', E + '/reconstructions/REC1?type=seg')
    ask('reconstruction: again', 'PUT', E + '/reconstructions/REC1?type=seg')
    for where, path in (('project', P), ('subject', S), ('experiment', E), ('scan', E + '/scans/1'), ('assessor', E + '/assessors/A1'), ('reconstruction', E + '/reconstructions/REC1')):
        ask('resource: create, ' + where, 'PUT', path + '/resources/RES')
        ask('resource: again, ' + where, 'PUT', path + '/resources/RES')
    ask('resource: with format', 'PUT', E + '/scans/1/resources/DICOM?format=DICOM&content=RAW')
    ask('resource: of scan 2', 'PUT', E + '/scans/2/resources/DICOM?format=DICOM&content=RAW')
    ask('resource: label with space', 'PUT', E + '/resources/my%20label')
    ask('resource: digits', 'PUT', E + '/resources/77777777')
    for name, query in (('label with space', '?label=my%20label'), ('digits', '?label=77777777'), ('no label', '')):
        ask('resource: POST, ' + name, 'POST', E + '/resources' + query)
        time.sleep(1.2)                 # two POSTs of one second are one resource: its catalog is called after the second
    for label in ('A(b)', 'x+y', 'R&D', "it's", 'a:b', 'a@b', 'a=b', 'a~b', 'a!b', 'a$b', 'a,b', 'dot.ted', 'caf%C3%A9', 'sp%20ace', 'ha%23sh', 'NULL', 'null'):
        ask('resource: PUT, label ' + label, 'PUT', E + '/resources/' + label)
        ask('resource: PUT again, label ' + label, 'PUT', E + '/resources/' + label)
    for label in ('8421', 'caf%C3%A9', 'c,d', 'e%2Ff', 'sp%20ace', 'ha%23sh'):
        ask('resource: POST by path, label ' + label, 'POST', E + '/resources?xnat:resourceCatalog/label=' + label)
        time.sleep(1.2)
    ask('resource: POST by path, on a scan', 'POST', E + '/scans/2/resources?xnat:resourceCatalog/label=8422')
    ask('resource: POST, no label, on a scan', 'POST', E + '/scans/2/resources')
    ask('resource: listed after all that', 'GET', E + '/resources?format=json')
    ask('resource: listed after all that, scan 2', 'GET', E + '/scans/2/resources?format=json')
    ask('resource: of a scan by its type, which two have', 'PUT', E + '/scans/T1/resources/BYTYPE')
    ask('resource: of no scan', 'PUT', E + '/scans/77/resources/RES')
    ask('resource: of no experiment', 'PUT', S + '/experiments/NONE/resources/RES')
    ask('resource: of no experiment, short', 'PUT', '/data/experiments/NONE_E00000/resources/RES')


def sharing(w):
    ask = w.ask
    P, Q = '/data/projects/WIRE', '/data/projects/WIRE2'
    ask('share: other project', 'PUT', Q)
    ask('share: subject', 'PUT', P + '/subjects/S1/projects/WIRE2?label=S1_in_2')
    ask('share: subject again', 'PUT', P + '/subjects/S1/projects/WIRE2?label=S1_in_2')
    ask('share: experiment', 'PUT', P + '/subjects/S1/experiments/MR1/projects/WIRE2?label=MR1_in_2')
    ask('share: experiment without a label', 'PUT', P + '/subjects/S3/experiments/CT1/projects/WIRE2')


def shared(w):
    ask = w.ask
    Q = '/data/projects/WIRE2'
    ask('shared: subjects', 'GET', Q + '/subjects?format=json&columns=ID,label,project')
    ask('shared: experiments', 'GET', Q + '/experiments?format=json&xsiType=xnat:subjectAssessorData&columns=ID,label,subject_ID,subject_label,project')
    ask('shared: experiments, by label', 'GET', Q + '/experiments?format=json&xsiType=xnat:subjectAssessorData&columns=ID,label,subject_ID,subject_label,project&label=MR1_in_2')
    ask('shared: image sessions', 'GET', Q + '/experiments?format=json&xsiType=xnat:imageSessionData&columns=ID,label,subject_ID,subject_label,project')
    bulk = 'xsiType=xnat:imageSessionData&columns=ID,label,project,subject_ID,subject_label,xnat:imageScanData/ID,xnat:imageScanData/type,xnat:imageScanData/file/label'
    ask('shared: bulk by project', 'GET', '/data/experiments?format=json&%s&project=WIRE2' % bulk)
    ask('shared: bulk by sharing', 'GET', '/data/experiments?format=json&%s&xnat:imageSessionData/sharing/share/project=WIRE2' % bulk)
    ask('shared: bulk below the project', 'GET', '%s/experiments?format=json&%s' % (Q, bulk))
    for path in (Q + '/subjects/S1_in_2/experiments/MR1_in_2', Q + '/experiments/MR1_in_2', Q + '/subjects/S1/experiments/MR1', Q + '/experiments/MR1', Q + '/experiments/CT1'):
        ask('shared: scans, ' + path, 'GET', path + '/scans?format=json')
        ask('shared: resources, ' + path, 'GET', path + '/resources?format=json')
        ask('shared: files of a scan, ' + path, 'GET', path + '/scans/1/resources/DICOM/files?format=json')


def uploading(w):
    ask = w.ask
    E = '/data/projects/WIRE/subjects/S1/experiments/MR1'
    R = E + '/scans/1/resources/RES'
    octet = {'Content-Type': 'application/octet-stream'}
    ask('put: in body', 'PUT', R + '/files/a.bin?inbody=true', octet, PATTERN)
    ask('put: the same again', 'PUT', R + '/files/a.bin?inbody=true', octet, PATTERN)
    ask('put: another, no overwrite', 'PUT', R + '/files/a.bin?inbody=true', octet, b'other')
    ask('put: another, overwrite', 'PUT', R + '/files/a.bin?inbody=true&overwrite=true', octet, PATTERN[:5000])
    ask('put: listed afterwards', 'GET', R + '/files?format=json')
    ask('put: no content type', 'PUT', R + '/files/sub/dir/b.txt?inbody=true', None, b'text\n')
    ask('put: with format and content', 'PUT', R + '/files/c.dcm?inbody=true&format=DICOM&content=RAW&tags=one,two', octet, b'dicom')
    ask('put: empty', 'PUT', R + '/files/zero?inbody=true', octet, b'')
    ask('put: chunked', 'PUT', R + '/files/chunked.bin?inbody=true', octet, PATTERN, chunked=True)
    ask('put: chunked zip, extract', 'PUT', R + '/files/chunked.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, zipped([('cz/1.txt', b'1')]), chunked=True)
    head, body = multipart('form.bin', PATTERN[:300])
    ask('put: form', 'PUT', R + '/files/form.bin', head, body)
    ask('post: form, path in the URL', 'POST', R + '/files/formdir/form2.bin', head, body)
    head, body = multipart('zero.bin', b'')
    ask('put: form, empty', 'PUT', R + '/files/zero.bin', head, body)
    for tail in ('with%20space.txt', 'plus+sign.txt', 'per%25cent.txt', 'hash%23.txt', 'am&p.txt', 'se;mi.txt', '%C3%BC.txt', "quo'te.txt", '[br].txt', 'semi%3B.txt', 'a%2Bb.txt', 'tilde~.txt', 'comma,.txt', 'at@.txt', 'eq=.txt'):
        ask('put: name ' + tail, 'PUT', R + '/files/odd/' + tail + '?inbody=true', octet, tail.encode())
    ask('put: listed, odd names', 'GET', R + '/files?format=json')
    members = [('z/one.txt', b'one'), ('z/deep/two.bin', PATTERN[:700]), ('z/empty', b''), ('sp ace.txt', b'space'), ('plüs+.txt', b'x')]
    ask('extract: zip', 'PUT', R + '/files/tree.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, zipped(members))
    ask('extract: zip again', 'PUT', R + '/files/tree.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, zipped(members))
    ask('extract: zip again, changed, overwrite', 'PUT', R + '/files/tree.zip?inbody=true&extract=true&overwrite=true', {'Content-Type': 'application/zip'}, zipped([('z/one.txt', b'ONE!')]))
    ask('extract: stored zip, below a directory', 'PUT', R + '/files/below/tree.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, zipped([('s/three.txt', b'three')], zipfile.ZIP_STORED))
    ask('extract: tar', 'PUT', R + '/files/tree.tar?inbody=true&extract=true', {'Content-Type': 'application/x-tar'}, tarred([('t/four.txt', b'four')]))
    ask('extract: tar.gz', 'PUT', R + '/files/tree.tar.gz?inbody=true&extract=true', {'Content-Type': 'application/x-gzip'}, tarred([('t/five.txt', b'five')], 'w:gz'))
    ask('extract: no zip at all', 'PUT', R + '/files/false.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, b'this is no zip')
    ask('extract: zip that climbs', 'PUT', R + '/files/evil.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, zipped([('../../climbed.txt', b'x')]))
    ask('extract: listed', 'GET', R + '/files?format=json')
    ask('put: makes the resource', 'PUT', E + '/scans/2/resources/IMPLICIT/files/i.txt?inbody=true', octet, b'implicit')
    ask('put: into the assessor', 'PUT', E + '/assessors/A1/resources/RES/files/q.txt?inbody=true', octet, b'quality')
    ask('put: into the assessor, out', 'PUT', E + '/assessors/A1/out/resources/RES/files/q2.txt?inbody=true', octet, b'quality')
    ask('put: into the reconstruction', 'PUT', E + '/reconstructions/REC1/resources/RES/files/r.txt?inbody=true', octet, b'recon')
    ask('put: into the project', 'PUT', '/data/projects/WIRE/resources/RES/files/p.txt?inbody=true', octet, b'project')
    ask('put: into the subject', 'PUT', '/data/projects/WIRE/subjects/S1/resources/RES/files/s.txt?inbody=true', octet, b'subject')
    ask('put: into the session', 'PUT', E + '/resources/RES/files/e.txt?inbody=true', octet, b'session')
    ask('put: by a scan type that two have', 'PUT', E + '/scans/T1/resources/RES/files/x.txt?inbody=true', octet, b'x')
    for n in range(3):
        ask('put: DICOM 1/%d' % n, 'PUT', E + '/scans/1/resources/DICOM/files/%d.dcm?inbody=true&format=DICOM' % n, octet, PATTERN[n:n + 1000])
        ask('put: DICOM 2/%d' % n, 'PUT', E + '/scans/2/resources/DICOM/files/%d.dcm?inbody=true&format=DICOM' % n, octet, PATTERN[n:n + 900])
    ask('put: name of a catalog', 'PUT', R + '/files/x_catalog.xml?inbody=true', octet, b'<x/>')
    ask('put: urlencoded', 'POST', R + '/files/form3.bin?inbody=true', {'Content-Type': 'application/x-www-form-urlencoded'}, b'a=b')
    ask('put: browser without token', 'PUT', R + '/files/browser.bin?inbody=true', {'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0', **octet}, b'x')


def ids(w):
    """What later questions need: accession and resource numbers."""
    P = '/data/projects/WIRE'
    found = {}
    for row in rows_of(w.raw('GET', P + '/experiments?format=json&columns=ID,label')[1]):
        found[row.get('label')] = row.get('ID')
    found['subject'] = next((r['ID'] for r in rows_of(w.raw('GET', P + '/subjects?format=json')[1]) if r.get('label') == 'S1'), 'NONE')
    for row in rows_of(w.raw('GET', '/data/experiments/%s/scans/1/resources?format=json' % found.get('MR1'))[1]):
        found['scan ' + row['label']] = row['xnat_abstractresource_id']
    for row in rows_of(w.raw('GET', '/data/experiments/%s/assessors?format=json' % found.get('MR1'))[1]):
        found['assessor'] = row['ID']
    return found


def listing(w):
    ask = w.ask
    P, S = '/data/projects/WIRE', '/data/projects/WIRE/subjects/S1'
    E = S + '/experiments/MR1'
    known = ids(w)
    A = '/data/experiments/%s' % known.get('MR1')
    ask('list: project', 'GET', P + '?format=json')
    ask('list: projects by ID', 'GET', '/data/projects?format=json&ID=WIRE')
    ask('list: projects, columns', 'GET', '/data/projects?format=json&columns=ID,name&ID=WIRE')
    for what in ('subjects', 'experiments', 'resources', 'files'):
        ask('list: %s of the project' % what, 'GET', '%s/%s?format=json' % (P, what))
    ask('list: subjects, columns', 'GET', P + '/subjects?format=json&columns=ID,label,project')
    ask('list: subjects, by label', 'GET', P + '/subjects?format=json&columns=ID,label,project&label=S1')
    ask('list: subjects, by label with *', 'GET', P + '/subjects?format=json&columns=ID,label&label=S*')
    ask('list: experiments, columns', 'GET', P + '/experiments?format=json&xsiType=xnat:subjectAssessorData&columns=ID,label,subject_ID,subject_label,project')
    ask('list: experiments, by label', 'GET', P + '/experiments?format=json&xsiType=xnat:subjectAssessorData&columns=ID,label,subject_ID,subject_label,project&label=MR1')
    ask('list: experiments, image sessions', 'GET', P + '/experiments?format=json&xsiType=xnat:imageSessionData&columns=ID,label,subject_ID,subject_label,project,date')
    ask('list: experiments of the subject', 'GET', S + '/experiments?format=json')
    ask('list: experiments of the subject by its ID', 'GET', '/data/subjects/%s/experiments?format=json' % known['subject'])
    ask('list: experiments by accession', 'GET', '/data/experiments?format=json&columns=ID,label,project,subject_ID,subject_label&ID=%s' % known.get('MR1'))
    ask('list: experiments, csv', 'GET', P + '/experiments?format=csv&columns=ID,label')
    ask('list: experiments, xml', 'GET', P + '/experiments?format=xml')
    ask('list: experiments, no format', 'GET', P + '/experiments')
    ask('list: experiments, paged', 'GET', P + '/experiments?format=json&columns=ID,label&limit=1&offset=0&sortBy=label')
    ask('list: experiments, unknown column', 'GET', P + '/experiments?format=json&columns=ID,nonsense')
    ask('list: experiments, unknown type', 'GET', P + '/experiments?format=json&xsiType=xnat:nonsenseData')
    ask('list: experiments of no project', 'GET', '/data/projects/NOWIRE/experiments?format=json')
    ask('list: subjects of no project', 'GET', '/data/projects/NOWIRE/subjects?format=json')
    bulk = ('columns=ID,label,project,subject_ID,subject_label,xnat:imageSessionData/scans/scan/ID,xnat:imageSessionData/scans/scan/type,'
            'xnat:imageScanData/file/label')
    for name, query in (('session columns', 'xsiType=xnat:imageSessionData&columns=ID,label,project,subject_ID,subject_label,xnat:imagescandata/id,xnat:imagescandata/type,xnat:imagescandata/file/label'),
                        ('scan elements', 'xsiType=xnat:imageSessionData&' + bulk),
                        ('with counts', 'xsiType=xnat:imageSessionData&columns=ID,xnat:imagescandata/id,xnat:imagescandata/file/label,xnat:imagescandata/file/file_count,xnat:imagescandata/file/file_size'),
                        ('with resource numbers', 'xsiType=xnat:imageSessionData&columns=ID,xnat:imagescandata/id,xnat:imagescandata/file/xnat_abstractresource_id'),
                        ('with quality and description', 'xsiType=xnat:imageSessionData&columns=ID,xnat:imagescandata/id,xnat:imagescandata/quality,xnat:imagescandata/series_description,xnat:imagescandata/xsiType'),
                        ('with sharing', 'xsiType=xnat:imageSessionData&columns=ID,label,project,xnat:imagesessiondata/sharing/share/project,xnat:imagesessiondata/sharing/share/label'),
                        ('of one session', 'xsiType=xnat:imageSessionData&columns=ID,xnat:imagescandata/id,xnat:imagescandata/file/label&ID=%s' % known.get('MR1')),
                        ('dates', 'xsiType=xnat:imageSessionData&columns=ID,date,insert_date,last_modified,xnat:imagescandata/id')):
        ask('bulk: ' + name, 'GET', '%s/experiments?format=json&%s' % (P, query))
    ask('bulk: assessors', 'GET', '/data/experiments?format=json&xsiType=xnat:imageAssessorData&project=WIRE&columns=ID,label,project,session_ID,xnat:imageAssessorData/out/file/label,xnat:imageAssessorData/out/file/xnat_abstractresource_id')
    ask('bulk: session resources', 'GET', '/data/experiments?format=json&xsiType=xnat:imageSessionData&project=WIRE&columns=ID,label,xnat:imageSessionData/resources/resource/label,xnat:imageSessionData/resources/resource/xnat_abstractresource_id')
    ask('bulk: subject resources', 'GET', P + '/subjects?format=json&columns=ID,label,xnat:subjectData/resources/resource/label')
    for column in ('file/URI', 'file/content', 'file/format', 'file/tags', 'file/description', 'note', 'modality', 'frames', 'series_class', 'uid'):
        ask('bulk: with ' + column, 'GET', '/data/experiments?format=json&xsiType=xnat:imageSessionData&project=WIRE&columns=ID,xnat:imageScanData/ID,xnat:imageScanData/' + column)
    ask('bulk: whole site', 'GET', '/data/experiments?format=json&project=WIRE&xsiType=xnat:imageSessionData&columns=ID,label,project,subject_ID,subject_label,xnat:imagescandata/id,xnat:imagescandata/type,xnat:imagescandata/file/label')
    for where, path in (('long', E), ('short', A), ('middle', P + '/experiments/MR1')):
        for what in ('scans', 'assessors', 'reconstructions', 'resources', 'resources?all=true', 'files', 'files?all=true'):
            ask('list: %s, %s' % (what, where), 'GET', '%s/%s%sformat=json' % (path, what, '&' if '?' in what else '?'))
        ask('item: ' + where, 'GET', path + '?format=json')
        ask('item: %s, xml' % where, 'GET', path + '?format=xml')
    ask('list: scans, columns', 'GET', A + '/scans?format=json&columns=ID,type,xsiType,quality,series_description,note,frames')
    ask('list: scans, columns without ID', 'GET', A + '/scans?format=json&columns=type')
    ask('list: assessors, columns', 'GET', A + '/assessors?format=json&columns=ID,label,xsiType')
    for scan in ('1', '2', 'T1', '1,2', 'ALL', '*', 'NULL', '77', '3-MR1', 'T2%20w[SLASH]%20%26%20more', 'T2%20w%2F%20%26%20more'):
        ask('list: resources of scan %s' % scan, 'GET', '%s/scans/%s/resources?format=json' % (A, scan))
        ask('list: files of scan %s' % scan, 'GET', '%s/scans/%s/files?format=json' % (A, scan))
    for resource in ('RES', 'res', 'NONE', '99999999', known.get('scan RES', 'x'), 'RES,DICOM'):
        ask('list: files of resource %s' % ('by number' if resource == known.get('scan RES') else resource), 'GET', '%s/scans/1/resources/%s/files?format=json' % (A, resource))
    ask('list: files by a number under another scan', 'GET', '%s/scans/2/resources/%s/files?format=json' % (A, known.get('scan RES')))
    ask('list: files by a number under the session', 'GET', '%s/resources/%s/files?format=json' % (A, known.get('scan RES')))
    ask('list: files of a directory', 'GET', '%s/scans/1/resources/RES/files/sub/?format=json' % A)
    ask('list: files of a directory, no slash', 'GET', '%s/scans/1/resources/RES/files/sub?format=json' % A)
    ask('list: files, csv', 'GET', '%s/scans/1/resources/DICOM/files?format=csv' % A)
    ask('list: files, xml', 'GET', '%s/scans/1/resources/DICOM/files?format=xml' % A)
    ask('list: files, no format', 'GET', '%s/scans/1/resources/DICOM/files' % A)
    ask('list: files, html wanted', 'GET', '%s/scans/1/resources/DICOM/files' % A, {'Accept': 'text/html'})
    ask('list: files, zip wanted', 'GET', '%s/scans/1/resources/DICOM/files?format=json' % A, {'Accept': 'application/zip'})
    ask('list: files, locator', 'GET', '%s/scans/1/resources/DICOM/files?format=json&locator=projectPath' % A)
    ask('list: resources of the assessor by ID', 'GET', '/data/experiments/%s/resources?format=json' % known.get('assessor'))
    for path in (E + '/assessors/A1/resources', E + '/assessors/A1/out/resources', E + '/assessors/A1/in/resources', A + '/assessors/A1/resources', E + '/reconstructions/REC1/resources', E + '/reconstructions/REC1/out/resources'):
        ask('list: resources, ' + ('short' if path.startswith(A) else '') + path[path.find('/', len(E) - 2):][:40], 'GET', path + '?format=json')
    for name, path in (('no experiment, long', S + '/experiments/NONE/resources'), ('no experiment, middle', P + '/experiments/NONE/resources'), ('no experiment, short', '/data/experiments/NONE_E00000/resources'),
                       ('no experiment, files', '/data/experiments/NONE_E00000/files'), ('no experiment, scans', '/data/experiments/NONE_E00000/scans'), ('no scan, short', A + '/scans/77/resources/RES/files'),
                       ('no scan, long', E + '/scans/77/resources/RES/files'), ('no subject', P + '/subjects/NONE/resources'), ('no subject, experiments', P + '/subjects/NONE/experiments'),
                       ('no route', '/data/nonsense'), ('scans of a project', P + '/scans'), ('scans through a project', P + '/experiments/MR1/scans'), ('trailing slash', A + '/scans/'),
                       ('double slash', '/data//projects'), ('dot dot', P + '/../WIRE'), ('encoded slash', P + '/subjects/S%2F1'), ('encoded percent', P + '/subjects/S%251'), ('semicolon', P + '/subjects/S;1'),
                       ('archive infix', '/data/archive/projects/WIRE/subjects?format=json'), ('REST', '/REST/projects/WIRE/subjects?format=json')):
        ask('odd: ' + name, 'GET', path + ('' if '?' in path else '?format=json'))


def downloading(w):
    ask = w.ask
    known = ids(w)
    A = '/data/experiments/%s' % known.get('MR1')
    R = A + '/scans/1/resources/RES'
    n = known.get('scan RES')
    status, data, headers = ask('get: file', 'GET', R + '/files/a.bin')
    ask('get: file by number', 'GET', '%s/scans/1/resources/%s/files/a.bin' % (A, n))
    ask('get: file by scan type', 'GET', A + '/scans/T1/resources/RES/files/a.bin')
    ask('get: HEAD', 'HEAD', R + '/files/a.bin')
    ask('get: sub directory', 'GET', R + '/files/sub/dir/b.txt')
    ask('get: missing', 'GET', R + '/files/missing.bin')
    ask('get: missing, HEAD', 'HEAD', R + '/files/missing.bin')
    ask('get: zero bytes', 'GET', R + '/files/z/empty')
    ask('get: without login', 'GET', R + '/files/a.bin', auth=None)
    for name, value in (('first', 'bytes=0-99'), ('middle', 'bytes=1000-1999'), ('open', 'bytes=4000-'), ('last', 'bytes=-100'), ('whole', 'bytes=0-4999'), ('past the end', 'bytes=4990-6000'), ('beyond', 'bytes=9000-'), ('two', 'bytes=0-9,20-29'), ('nonsense', 'bytes=x')):
        ask('range: ' + name, 'GET', R + '/files/a.bin', {'Range': value})
    if headers.get('last-modified'):
        ask('get: If-Modified-Since the same', 'GET', R + '/files/a.bin', {'If-Modified-Since': headers['last-modified']})
        ask('get: If-Modified-Since long ago', 'GET', R + '/files/a.bin', {'If-Modified-Since': 'Mon, 01 Jan 2001 00:00:00 GMT'})
        ask('range: If-Range with another date', 'GET', R + '/files/a.bin', {'Range': 'bytes=4000-', 'If-Range': 'Mon, 01 Jan 2001 00:00:00 GMT'})
    ask('get: gzip accepted', 'GET', R + '/files/a.bin', {'Accept-Encoding': 'gzip'})
    ask('list: gzip accepted', 'GET', R + '/files?format=json', {'Accept-Encoding': 'gzip'})
    for tail in ('with%20space.txt', 'plus+sign.txt', 'plus%2Bsign.txt', 'per%25cent.txt', 'hash%23.txt', 'am&p.txt', '%C3%BC.txt', "quo'te.txt", 'tilde~.txt', 'comma,.txt', 'at@.txt', 'eq=.txt', 'a%2Bb.txt', 'a+b.txt'):
        ask('get: name ' + tail, 'GET', R + '/files/odd/' + tail)
    for path, name in ((R + '/files', 'resource'), ('%s/scans/1/resources/%s/files' % (A, n), 'by number'), (A + '/scans/1/resources/DICOM/files', 'DICOM'), (A + '/scans/ALL/files', 'all scans'), (A + '/scans/T1/resources/DICOM/files', 'by scan type'),
                       (A + '/files', 'session'), (R + '/files/z/', 'directory'), (A + '/scans/1/resources/NONE/files', 'no resource'), (A + '/resources/my%20label/files', 'empty resource')):
        for form in ('format=zip', 'format=tar', 'format=tar.gz', 'format=zip&compression=8', 'format=zip&structure=simplified', 'format=zip&structure=improved'):
            if form in ('format=zip', 'format=tar') or name in ('DICOM', 'all scans'):
                ask('archive: %s, %s' % (name, form), 'GET', path + '?' + form)
    ask('archive: HEAD', 'HEAD', R + '/files?format=zip')
    ask('archive: range', 'GET', R + '/files?format=zip', {'Range': 'bytes=100-'})
    ask('archive: catalog', 'GET', A + '/scans/1/resources/RES?format=json')


def people(w):
    """What others than an administrator are told, and may do."""
    ask = w.ask
    P = '/data/projects/WIRE'
    E = P + '/subjects/S1/experiments/MR1'
    known = ids(w)
    A = '/data/experiments/%s' % known.get('MR1')
    octet = {'Content-Type': 'application/octet-stream'}
    for role in ('Owners', 'Members', 'Collaborators', None):
        name, password = '%s%s' % ((role or 'strangers').lower(), w.project.lower()), 'Wire-pass-1'
        user = json.dumps({'username': name, 'password': password, 'firstName': 'W', 'lastName': role or 'S', 'email': name + '@example.org', 'enabled': True, 'verified': True}).encode()
        ask('people: make %s' % role, 'POST', '/xapi/users', {'Content-Type': 'application/json'}, user, keep=False)
        if role:
            ask('people: %s of the project' % role, 'PUT', '%s/users/%s/%s' % (P, role, name), keep=False)
        w.people[name] = role or 'Strangers'
        status, data, _ = ask('people: login of %s' % role, 'POST', '/data/JSESSION', auth=(name, password), keep=False)
        own = {'Cookie': 'JSESSIONID=' + data.decode('latin1').strip()}

        def as_user(what, method, target, headers=None, body=None):
            ask('%s: %s' % (role or 'Strangers', what), method, target, {**own, **(headers or {})}, body, auth=None)
        as_user('auth', 'GET', '/data/auth')
        as_user('project', 'GET', P + '?format=json')
        as_user('projects by ID', 'GET', '/data/projects?format=json&ID=WIRE')
        as_user('subjects', 'GET', P + '/subjects?format=json&columns=ID,label,project')
        as_user('experiments', 'GET', P + '/experiments?format=json&xsiType=xnat:subjectAssessorData&columns=ID,label,subject_ID,subject_label,project')
        as_user('experiments by accession', 'GET', '/data/experiments?format=json&columns=ID,label,project&ID=%s' % known.get('MR1'))
        as_user('bulk', 'GET', '/data/experiments?format=json&project=WIRE&xsiType=xnat:imageSessionData&columns=ID,label,project,xnat:imageScanData/ID,xnat:imageScanData/file/label,xnat:imageScanData/file/xnat_abstractresource_id')
        as_user('bulk below the project', 'GET', P + '/experiments?format=json&xsiType=xnat:imageSessionData&columns=ID,label,xnat:imageScanData/ID,xnat:imageScanData/file/label')
        for name_of, path in (('long', E), ('short', A)):
            as_user('scans, ' + name_of, 'GET', path + '/scans?format=json')
            as_user('resources, ' + name_of, 'GET', path + '/resources?format=json')
            as_user('all resources, ' + name_of, 'GET', path + '/resources?all=true&format=json')
            as_user('files, ' + name_of, 'GET', path + '/scans/1/resources/DICOM/files?format=json')
            as_user('file, ' + name_of, 'GET', path + '/scans/1/resources/DICOM/files/0.dcm')
            as_user('archive, ' + name_of, 'GET', path + '/scans/1/resources/DICOM/files?format=zip')
        as_user('files by number', 'GET', '%s/scans/1/resources/%s/files?format=json' % (A, known.get('scan DICOM')))
        as_user('assessors', 'GET', A + '/assessors?format=json&columns=ID,label,xsiType')
        as_user('assessor by ID, resources', 'GET', '/data/experiments/%s/resources?format=json' % known.get('assessor'))
        as_user('resources of the project', 'GET', P + '/resources?format=json')
        as_user('put: file', 'PUT', E + '/scans/1/resources/DICOM/files/by-%s.txt?inbody=true' % role, octet, b'by a user')
        as_user('put: file, overwrite', 'PUT', E + '/scans/1/resources/DICOM/files/0.dcm?inbody=true&overwrite=true', octet, PATTERN[:1000])
        as_user('put: extract', 'PUT', E + '/scans/1/resources/DICOM/files/by.zip?inbody=true&extract=true', {'Content-Type': 'application/zip'}, zipped([('by-%s/x' % role, b'x')]))
        as_user('put: resource that is there', 'PUT', E + '/scans/1/resources/DICOM')
        as_user('put: resource', 'PUT', E + '/scans/1/resources/BY_%s' % role)
        as_user('put: subject', 'PUT', P + '/subjects/BY_%s' % role)
        as_user('put: experiment', 'PUT', P + '/subjects/S1/experiments/BY_%s?xsiType=xnat:mrSessionData' % role)
        as_user('put: scan', 'PUT', E + '/scans/by_%s?xsiType=xnat:mrScanData' % role)
        as_user('delete: file', 'DELETE', E + '/scans/1/resources/DICOM/files/2.dcm')
        as_user('delete: resource', 'DELETE', E + '/scans/1/resources/BY_%s' % role)
        as_user('files afterwards', 'GET', E + '/scans/1/resources/DICOM/files?format=json')
        as_user('the end', 'DELETE', '/data/JSESSION')
        as_user('auth after the end', 'GET', '/data/auth')


def cookies(w):
    """Which of a cookie and a login counts."""
    ask = w.ask
    guest = w.raw('GET', '/data/JSESSION', auth=None)[1].decode('latin1').strip()
    ask('cookie of a guest: auth', 'GET', '/data/auth', {'Cookie': 'JSESSIONID=' + guest}, auth=None)
    ask('cookie of a guest and the login', 'GET', '/data/auth', {'Cookie': 'JSESSIONID=' + guest}, auth='basic')
    ask('cookie and a wrong password', 'GET', '/data/auth', {'Cookie': 'JSESSIONID=' + (w.cookie or '')}, auth=(w.login, 'wrong-password'))
    ask('cookie and another login', 'GET', '/data/auth', {'Cookie': 'JSESSIONID=' + (w.cookie or '')}, auth=('no-such-user', 'x'))
    ask('cookie after another login', 'GET', '/data/auth')
    w.cookie = w.raw('POST', '/data/JSESSION', auth='basic')[1].decode('latin1').strip()


def guests(w):
    """What a guest is told on a site that lets guests in; the project is made public."""
    ask = w.ask
    E = '/data/projects/WIRE/subjects/S1/experiments/MR1'
    known = ids(w)
    A = '/data/experiments/%s' % known.get('MR1')
    for access in ('private', 'protected', 'public'):
        ask('guest: make it ' + access, 'PUT', '/data/projects/WIRE/accessibility/' + access)
        for what, target in (('auth', '/data/auth'), ('projects', '/data/projects?format=json&ID=WIRE'), ('project', '/data/projects/WIRE?format=json'), ('subjects', '/data/projects/WIRE/subjects?format=json&columns=ID,label'),
                             ('experiments', '/data/projects/WIRE/experiments?format=json&columns=ID,label'), ('experiment', A + '?format=json'), ('scans', A + '/scans?format=json'), ('resources, long', E + '/scans/1/resources?format=json'),
                             ('files', A + '/scans/1/resources/DICOM/files?format=json'), ('files, long', E + '/scans/1/resources/DICOM/files?format=json'), ('file', A + '/scans/1/resources/DICOM/files/0.dcm'),
                             ('archive', A + '/scans/1/resources/DICOM/files?format=zip'), ('bulk', '/data/experiments?format=json&project=WIRE&xsiType=xnat:imageSessionData&columns=ID,xnat:imageScanData/ID,xnat:imageScanData/file/label')):
            ask('guest, %s: %s' % (access, what), 'GET', target, auth=None)
        ask('guest, %s: put' % access, 'PUT', E + '/scans/1/resources/DICOM/files/guest.txt?inbody=true', {'Content-Type': 'application/octet-stream'}, b'x', auth=None)


def deleting(w):
    ask = w.ask
    E = '/data/projects/WIRE/subjects/S1/experiments/MR1'
    known = ids(w)
    n = known.get('scan RES')
    R = E + '/scans/1/resources/RES'
    ask('delete: file', 'DELETE', R + '/files/c.dcm')
    ask('delete: file again', 'DELETE', R + '/files/c.dcm')
    ask('delete: by a prefix', 'DELETE', R + '/files/z/on')
    ask('delete: listed', 'GET', R + '/files?format=json')
    ask('delete: a directory', 'DELETE', R + '/files/z/')
    ask('put: by number under another scan', 'PUT', '%s/scans/2/resources/%s/files/wrong.txt?inbody=true' % (E, n), {'Content-Type': 'application/octet-stream'}, b'wrong parent')
    ask('put: by number under another scan, listed there', 'GET', '%s/scans/2/resources?format=json' % E)
    ask('delete: resource under a wrong parent', 'DELETE', '%s/scans/2/resources/%s' % (E, n))
    ask('delete: resource', 'DELETE', E + '/scans/2/resources/IMPLICIT')
    ask('delete: resource again', 'DELETE', E + '/scans/2/resources/IMPLICIT')
    ask('delete: resource with removeFiles', 'DELETE', R + '?removeFiles=true')
    ask('delete: resources listed', 'GET', E + '/scans/1/resources?format=json')
    ask('delete: scan', 'DELETE', E + '/scans/4?removeFiles=true')
    ask('delete: assessor', 'DELETE', E + '/assessors/A1?removeFiles=true')
    ask('delete: shared subject', 'DELETE', '/data/projects/WIRE2/subjects/S1_in_2')
    ask('delete: other project', 'DELETE', '/data/projects/WIRE2?removeFiles=true')
    ask('delete: experiment', 'DELETE', E + '?removeFiles=true')
    ask('delete: experiment again', 'DELETE', E + '?removeFiles=true')
    ask('delete: project', 'DELETE', '/data/projects/WIRE?removeFiles=true')
    ask('JSESSION: DELETE', 'DELETE', '/data/JSESSION')
    ask('auth: after the end', 'GET', '/data/auth')


def record(base, login, password, path, is_open=False):
    w = Wire(base, login, password)
    sessions(w)
    cookies(w)
    for part in (creating, sharing, uploading, listing, shared, downloading, people, *([guests] if is_open else []), deleting):
        part(w)
    with open(path, 'w') as out:
        json.dump(w.plain(), out, indent=1, ensure_ascii=False, sort_keys=True)
    print('%d answers in %s' % (len(w.steps), path))


IGNORED_HEADERS = ('connection',)


def differences(one, other):
    """What differs between two answers: a list of (what, one, other)."""
    found = []
    for key in ('failed', 'status', 'cut', 'cookies'):
        if one.get(key) != other.get(key):
            found.append((key, one.get(key), other.get(key)))
    for name in sorted(set(one.get('headers', {})) | set(other.get('headers', {}))):
        a, b = one.get('headers', {}).get(name), other.get('headers', {}).get(name)
        if name not in IGNORED_HEADERS and a != b:
            found.append((name, a, b))
    a, b = without_words(one.get('body')), without_words(other.get('body'))
    if a != b:
        found += rows_that_differ(a, b) or [('body', a, b)]
    return found


def without_words(body):
    """Of a page only that it is one, and whether it says something: its words are the version's."""
    if isinstance(body, dict) and 'html' in body:
        return {'page': re.sub(r'\W.*', '', body['html']), 'says something': bool(body.get('h3'))}
    return body


def rows_that_differ(a, b):
    """Rows that only one of two tables has, and what else differs between them."""
    tables = [x.get('json') if isinstance(x, dict) else None for x in (a, b)]
    if not all(isinstance(t, dict) and isinstance(t.get('ResultSet'), dict) for t in tables):
        return []
    one, other = ({**t['ResultSet'], 'Result': None} for t in tables)
    rows = [[json.dumps(r, sort_keys=True, ensure_ascii=False) for r in t['ResultSet'].get('Result') or []] for t in tables]
    found = [('table', one, other)] if one != other else []
    only = [r for r in rows[0] if r not in rows[1]], [r for r in rows[1] if r not in rows[0]]
    if only[0] or only[1]:
        found.append(('rows only there', only[0][:6], only[1][:6]))
    return found or [('rows', len(rows[0]), len(rows[1]))]


def compare(reference, other):
    a, b = json.load(open(reference)), {s['step']: s for s in json.load(open(other))}
    differing = 0
    for step in a:
        found = differences(step, b[step['step']]) if step['step'] in b else [('answer', 'there', 'missing')]
        if not found:
            continue
        differing += 1
        print('%s: %s' % (step['step'], step['asked']))
        for what, x, y in found:
            print('    %-18s %s\n    %-18s %s' % (what, json.dumps(x, ensure_ascii=False)[:600], '', json.dumps(y, ensure_ascii=False)[:600]))
    print('%d of %d answers differ' % (differing, len(a)))
    return differing > 0


def show(path, names):
    for step in json.load(open(path)):
        if not names or any(n in step['step'] for n in names):
            print(json.dumps(step, indent=1, ensure_ascii=False))


if __name__ == '__main__':
    if sys.argv[1:2] == ['record'] and len(sys.argv) == 6:
        record(*sys.argv[2:])
    elif sys.argv[1:2] == ['record-open'] and len(sys.argv) == 6:
        record(*sys.argv[2:], is_open=True)
    elif sys.argv[1:2] == ['compare'] and len(sys.argv) == 4:
        sys.exit(compare(*sys.argv[2:]))
    elif sys.argv[1:2] == ['show'] and len(sys.argv) > 2:
        show(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
