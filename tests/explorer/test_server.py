"""What the server of a view answers, and to whom."""

import http.client
import json
import socket
import threading
import time
from urllib.parse import quote

import pytest

from graphs.explorer import server as serving
from graphs.explorer.server import ViewServer

FONT = b"@font-face{font-family:'F';src:url(https://fonts.example/f.woff2) format('woff2');unicode-range:U+0308}"
PAGE = b"<html><head><style>" + FONT + b"</style></head>"


@pytest.fixture
def server(tmp_path):
    """A server of a page and of three files, of which two are links out of the folder."""
    web_app, files = tmp_path / "web_app", tmp_path / "files"
    for folder in (web_app, files / "pair", tmp_path / "files_of_others"):
        folder.mkdir(parents=True)
    (web_app / "index.html").write_bytes(PAGE)
    (web_app / "main.js").write_text("run()", encoding="utf-8")
    (tmp_path / "secret.json").write_text("secret", encoding="utf-8")
    (tmp_path / "files_of_others" / "secret.json").write_text("secret", encoding="utf-8")
    (files / "pair" / "graph.json").write_text('[{"id": "é"}]', encoding="utf-8")
    (files / "link.json").symlink_to(tmp_path / "secret.json")
    (files / "folder").symlink_to(tmp_path / "files_of_others")
    (files / "inner_link.json").symlink_to(files / "pair" / "graph.json")
    (web_app / "link.js").symlink_to(tmp_path / "secret.json")

    def page(query):
        if "left" not in query:
            raise ValueError("left: got nothing; allowed: something")
        return f"<p>{query['left']}"

    with ViewServer(0, web_app, files, page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(server, path, method="GET", **headers):
    """(status, headers, body) of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_it_listens_on_this_machine_only(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}"


def test_what_model_explorer_asks_for(server):
    status, headers, body = get(server, "/api/v1/get_extensions")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert [extension["id"] for extension in json.loads(body)] == ["builtin_json"]
    assert json.loads(get(server, "/api/v1/check_new_version")[2]) == {"version": "", "runningVersion": ""}
    assert get(server, "/api/v1/notify_user_provided_model_path?path=x")[0] == 200
    assert get(server, "/main.js")[2] == b"run()"
    assert get(server, "/main.js")[1]["Content-Type"] == "text/javascript"
    assert get(server, "/no_such_file.js")[0] == 404


def test_the_stream_of_events_is_open_and_empty(server):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(
            f"GET /apistream/server_director HTTP/1.0\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode()
        )
        assert b"text/event-stream" in connection.recv(4096)
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(4096)


def test_the_page_fetches_nothing_from_elsewhere(server):
    status, headers, body = get(server, "/")
    assert status == 200
    assert b"https://" not in body
    assert b"info-panel" in body
    assert headers["Content-Security-Policy"].startswith("default-src 'self' ")


def test_a_file_of_the_view_is_read(server):
    status, _, body = get(server, "/api/v1/read_text_file?path=pair/graph.json")
    assert (status, json.loads(body)) == (200, {"content": '[{"id": "é"}]'})


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../secret.json",
        "pair/../../secret.json",
        "pair/../pair/graph.json",
        "link.json",
        "inner_link.json",
        "folder/secret.json",
        "pair",
        "",
        "no_such_file.json",
        "~/.bashrc",
        "{files}_of_others/secret.json",
        "file:///etc/passwd",
        "pair/graph.json\0",
        "x" * 5000,
    ],
)
def test_every_other_file_is_refused(server, path):
    path = path.format(files=server.files)
    status, _, body = get(server, f"/api/v1/read_text_file?path={quote(path)}")
    assert status == 403
    assert json.loads(body) == {"error": f"path: got {path}; allowed: a file of this view"}


@pytest.mark.parametrize(
    "path", ["/link.js", "/../secret.json", "/%2e%2e/secret.json", "//etc/passwd", "/..%2fsecret.json"]
)
def test_the_page_s_files_do_not_lead_out_of_its_folder(server, path):
    status, _, body = get(server, path)
    assert status == 404
    assert b"secret" not in body
    assert b"root:" not in body


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
@pytest.mark.parametrize("path", ["/", "/view?left=x", "/api/v1/read_text_file?path=pair/graph.json"])
def test_another_host_is_refused(server, path, host):
    status, _, body = get(server, path, Host=host.format(port=server.server_port))
    assert (status, body) == (403, b"unknown host")
    assert get(server, path, Host=f"localhost:{server.server_port}")[0] == 200


def test_another_page_is_refused(server):
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert get(server, "/view?left=x", **{"Sec-Fetch-Site": site})[0] == status
    assert "frame-ancestors 'self'" in get(server, "/")[1]["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/" + "a" * 300, "/main.js%00", "//[", "/api/v1/read_text_file?path=%00"])
def test_an_odd_address_is_answered_and_leaves_no_traceback(server, path, capfd):
    assert get(server, path)[0] in (400, 403, 404)
    assert capfd.readouterr().err == ""


def test_a_browser_that_has_gone_leaves_no_thread(server, monkeypatch):
    monkeypatch.setattr(serving, "SECONDS", 0.01)
    before = threading.active_count()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
            host = f"Host: 127.0.0.1:{server.server_port}"
            connection.sendall(f"GET /apistream/server_director HTTP/1.0\r\n{host}\r\n\r\n".encode())
            assert connection.recv(4096)
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)  # a thread notices that its browser has gone when it next writes
    assert threading.active_count() <= before


def test_it_changes_nothing(server):
    for method in ("POST", "PUT", "DELETE"):
        assert get(server, "/apipost/v1/upload", method)[0] == 501


def test_a_wrong_query_is_told_in_one_line(server):
    assert get(server, "/view?left=x")[2] == b"<p>x"
    status, headers, body = get(server, "/view")
    assert (status, body) == (400, b"left: got nothing; allowed: something")
    assert headers["Content-Type"].startswith("text/plain")
