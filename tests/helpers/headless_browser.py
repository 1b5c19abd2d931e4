"""A headless Chromium."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
DRIVERS = ('chromedriver', 'chromium.chromedriver')
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
    '--no-proxy-server',
)


def find_browser() -> tuple[str, str] | None:
    """Return the paths of browser and driver, or None where one is absent."""
    found = [next(filter(None, map(shutil.which, names)), None) for names in (BROWSERS, DRIVERS)]
    return None if None in found else (found[0], found[1])


class Page:
    """One tab."""

    def __init__(self, chrome: Chrome) -> None:
        self.run = chrome.execute_script
        self.resize = chrome.set_window_size
        self.log = chrome.get_log
        self.chrome = chrome

    def open(self, path: Path) -> None:
        """Load a file and wait for all of it."""
        self.chrome.get(path.resolve().as_uri())

    def requested(self) -> list[str]:
        """Return every address asked for since the last call."""
        messages = (json.loads(entry['message'])['message'] for entry in self.log('performance'))
        return [
            message['params']['request']['url']
            for message in messages
            if message['method'] == 'Network.requestWillBeSent'
        ]


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Start a browser with an empty profile and stop it at the end.

    Args:
        profile: Folder for the browser's own files.
    """
    options = ChromeOptions()
    options.binary_location, driver = find_browser()
    for argument in (*ARGUMENTS, f'--user-data-dir={profile}'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    with Chrome(options, ChromeService(driver)) as chrome:
        yield Page(chrome)
