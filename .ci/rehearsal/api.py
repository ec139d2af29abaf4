"""The routes of the forge's API that the workflows use, over TLS: clients reach it as their proxy and check its certificate."""

import json
import re
import ssl
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "token-of-the-job"
BOT = "github-actions[bot]"


class Api:
    """Pull requests, comments and artifacts; `requests` holds what was asked."""

    def __init__(self, folder, artifacts):
        self.artifacts, self.pulls, self.comments, self.requests = artifacts, [], [], []
        self.releases = []
        self.certificate, key = folder / "api.pem", folder / "api.key"
        subject = ["-subj", "/CN=api.github.com", "-addext", "subjectAltName=DNS:api.github.com,DNS:github.com"]
        made = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        outputs = ["-keyout", key, "-out", self.certificate]
        subprocess.run(["openssl", "req", *made, *subject, *outputs], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate, key)
        handler = type("Handler", (Handler,), {"api": self, "tls": tls})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        address = f"http://127.0.0.1:{self.server.server_port}"
        certificate = str(self.certificate)
        return {
            **{name: address for name in ("HTTPS_PROXY", "https_proxy")},
            **{name: "127.0.0.1" for name in ("NO_PROXY", "no_proxy")},
            **{name: certificate for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")},
        }

    def bodies(self, author=BOT):
        return [comment["body"] for comment in self.comments if comment["user"]["login"] == author]

    def comment(self, pull, body, author=BOT):
        row = {"id": len(self.comments) + 1, "pull": pull, "body": body, "user": {"login": author}}
        self.comments.append(row)
        return row

    def answer(self, method, path, query, body):
        """The status, the headers and the content of an answer."""
        match = re.fullmatch(r"/repos/owner/name/(.*?)(?:/(\d+)(/\w+)?)?", path)
        asked = (method, match[1], match[3] or "") if match else None
        number = int(match[2]) if match and match[2] else 0
        if asked == ("GET", "pulls", "") and query.get("state") == "open":
            return 200, {}, [pull for pull in self.pulls if query["head"] in ("", pull["head"]["label"])]
        if asked == ("GET", "issues", "/comments"):
            # A page holds one comment, so that a client that reads the first page only is found out.
            rows, page = [row for row in self.comments if row["pull"] == number], int(query.get("page", 1))
            address = f"https://api.github.com{path}?page={page + 1}"
            return 200, {"Link": f'<{address}>; rel="next"'} if page < len(rows) else {}, rows[page - 1 : page]
        if asked == ("POST", "issues", "/comments"):
            return 201, {}, self.comment(number, body["body"])
        if asked == ("GET", "issues/comments", "") and 0 < number <= len(self.comments):
            return 200, {}, self.comments[number - 1]
        if asked == ("PATCH", "issues/comments", "") and 0 < number <= len(self.comments):
            self.comments[number - 1]["body"] = body["body"]
            return 200, {}, self.comments[number - 1]
        if asked == ("POST", "releases", ""):
            upload = f"https://api.github.com{path}/{len(self.releases) + 1}/assets{{?name,label}}"
            self.releases.append({**body, "id": len(self.releases) + 1, "upload_url": upload, "files": {}})
            address = f"https://api.github.com{path}/{len(self.releases)}"
            return 201, {}, {**self.releases[-1], "url": address, "html_url": address, "files": None}
        if asked == ("POST", "releases", "/assets"):
            self.releases[number - 1]["files"][query["name"]] = body
            return 201, {}, {"name": query["name"], "state": "uploaded"}
        if asked == ("PATCH", "releases", ""):
            self.releases[number - 1] |= body
            return 200, {}, {"id": number, "html_url": f"https://github.com{path}"}
        if download := re.fullmatch(r"/OWNER/parcost/releases/download/([^/]+)/([^/]+)", path):
            published = [row for row in self.releases if row["tag_name"] == download[1] and not row.get("draft")]
            if published and download[2] in published[0]["files"]:
                return 200, {}, published[0]["files"][download[2]]
        if asked == ("GET", "actions/runs", "/artifacts"):
            files = sorted((self.artifacts / str(number)).glob("*/*.zip"))
            rows = [{"id": number * 100 + place, "name": file.stem, "size_in_bytes": 1} for place, file in enumerate(files)]
            return 200, {}, {"total_count": len(rows), "artifacts": rows}
        if archive := re.fullmatch(r"/repos/owner/name/actions/artifacts/(\d+)(/zip)?(/content)?", path):
            run, place = divmod(int(archive[1]), 100)
            file = sorted((self.artifacts / str(run)).glob("*/*.zip"))[place]
            if archive[3]:
                return 200, {}, file.read_bytes()
            return 302, {"Location": f"https://api.github.com{path}/content"}, b""
        return 404, {}, {"message": f"there is nothing at {method} {path}"}


class Handler(BaseHTTPRequestHandler):
    """One connection of a client: it asks its proxy for a tunnel, and speaks TLS through it."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_CONNECT(self):
        is_api = self.path in ("api.github.com:443", "github.com:443")
        self.send_response(200 if is_api else 502)
        self.end_headers()
        if not is_api:
            self.close_connection = True
            return
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb", -1), self.connection.makefile("wb", 0)
        self.close_connection = False

    def reply(self):
        path, _, query = self.path.partition("?")
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.api.requests.append(f"{self.command} {path}")
        is_json = "json" in self.headers.get("Content-Type", "json")
        if path.endswith("/content") or "/releases/download/" in path or TOKEN in self.headers.get("Authorization", ""):
            query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
            status, headers, content = self.api.answer(self.command, path, query, json.loads(text) if text and is_json else text)
        else:
            status, headers, content = 401, {}, {"message": "there is no token"}
        kind = "application/zip" if isinstance(content, bytes) else "application/json"
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PATCH = reply

    def log_message(self, *arguments):
        pass
