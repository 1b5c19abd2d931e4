"""A headless Chromium, driven through chromedriver's WebDriver protocol (W3C) over plain HTTP."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
DRIVERS = ('chromedriver', 'chromium.chromedriver')
TIMEOUT = 120
ARGUMENTS = (
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-extensions',
    '--hide-scrollbars',
)


def find_browser() -> tuple[str, str] | None:
    """Return the paths of browser and driver, or None where one is absent."""
    found = [
        next((path for name in names if (path := shutil.which(name))), None)
        for names in (BROWSERS, DRIVERS)
    ]
    return None if None in found else (found[0], found[1])


class Page:
    """One tab."""

    def __init__(self, session: str) -> None:
        self.session = session

    def open(self, path: Path) -> None:
        """Load a file and wait for all of it."""
        _request('POST', f'{self.session}/url', {'url': path.resolve().as_uri()})
        end = time.monotonic() + TIMEOUT
        # On a busy machine the driver may answer before the parser has come to the end.
        while self.run('return document.readyState') != 'complete':
            if time.monotonic() > end:
                raise TimeoutError(f'{path} was not loaded within {TIMEOUT} s')
            time.sleep(0.1)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page and return its result."""
        body = {'script': script, 'args': list(arguments)}
        return _request('POST', f'{self.session}/execute/sync', body)

    def resize(self, width: int, height: int) -> None:
        """Give the window a size in pixels."""
        _request('POST', f'{self.session}/window/rect', {'width': width, 'height': height})

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Return what was logged since the last call: ``browser`` or ``performance``."""
        return _request('POST', f'{self.session}/se/log', {'type': kind})

    def requested(self) -> list[str]:
        """Return every address asked for since the last call."""
        messages = (json.loads(entry['message'])['message'] for entry in self.log('performance'))
        return [
            message['params']['request']['url']
            for message in messages
            if message['method'] == 'Network.requestWillBeSent'
        ]

    def screenshot(self, path: Path) -> None:
        """Save what the window shows."""
        path.write_bytes(base64.b64decode(_request('GET', f'{self.session}/screenshot')))


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Start a browser with an empty profile and stop it at the end.

    Args:
        profile: Folder for the browser's own files.
    """
    binary, driver = find_browser()
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    root = f'http://127.0.0.1:{port}'
    process = subprocess.Popen(
        [driver, f'--port={port}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_driver(root, process)
        options = {'binary': binary, 'args': [*ARGUMENTS, f'--user-data-dir={profile}']}
        wanted = {
            'browserName': 'chrome',
            'goog:chromeOptions': options,
            'goog:loggingPrefs': {'browser': 'ALL', 'performance': 'ALL'},
        }
        answer = _request('POST', f'{root}/session', {'capabilities': {'alwaysMatch': wanted}})
        session = f'{root}/session/{answer["sessionId"]}'
        try:
            yield Page(session)
        finally:
            _request('DELETE', session)
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def _await_driver(root: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f'chromedriver ended with {process.returncode}')
        try:
            if _request('GET', f'{root}/status')['ready']:
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(f'chromedriver did not answer within {TIMEOUT} s')


def _request(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {'Content-Type': 'application/json'}, method=method)
    try:
        # Straight to the driver: a proxy of the environment has no business here.
        with _DIRECT.open(request, timeout=TIMEOUT) as answer:
            return json.load(answer)['value']
    except urllib.error.HTTPError as error:
        raise RuntimeError(json.load(error)['value']['message']) from error


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
