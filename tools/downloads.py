"""Downloads of catalogued models from their official addresses. Standard library only."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from model_files import SetupError, is_intact, sha256_of, write_atomically

TIMEOUT_SECONDS = 60
# No weight file the worker takes is larger; an archive may hold several.
LARGEST_DOWNLOAD = 8 << 30
BLOCK = 1 << 20


def install(manifest: dict, folder: Path, cache: Path) -> None:
    """Makes every file of a model stand in `folder`, fetched from `download.url`, checked before it is put there."""
    files = manifest["files"]
    unknown = [file["name"] for file in files if "sha256" not in file]
    download = manifest.get("download", {})
    if unknown and not ("sha256" in download and len(files) == 1 and not is_archive(download.get("url", ""))):
        raise SetupError(
            f"{manifest['id']} cannot be fetched: no SHA-256 of {', '.join(unknown)} is known to check it by. Get the file from "
            f"{download.get('page', 'its authors')} and add it with tools/add_model."
        )
    if unknown:
        files[0]["sha256"] = download["sha256"]
    missing = [file for file in files if not stands(folder / file["name"], file)]
    if not missing:
        return
    if "url" not in download:
        raise SetupError(
            f"{manifest['id']} has no address to fetch it from. Get the file from {download.get('page', 'its authors')} and add it "
            "with tools/add_model."
        )
    with tempfile.TemporaryDirectory(prefix="face-worker-") as scratch:
        got = fetch(download, Path(scratch) / "download", cache)
        for file in missing:
            path = member(got, file, Path(scratch)) if is_archive(download["url"]) else got
            if not stands(path, file):
                raise SetupError(
                    f"{download['url']} does not give the {file['name']} that Models/{manifest['id']}.json describes: its SHA-256 "
                    f"is {sha256_of(path)}. Nothing was installed."
                )
            write_atomically(folder / file["name"], path.read_bytes())


def stands(path: Path, file: dict) -> bool:
    """Whether `path` is the file of a manifest entry, whose size may not be known."""
    if "bytes" in file:
        return is_intact(path, file)
    return path.is_file() and sha256_of(path) == file["sha256"]


def is_archive(url: str) -> bool:
    return urllib.parse.urlsplit(url).path.endswith(".zip")


def fetch(download: dict, path: Path, cache: Path) -> Path:
    """The bytes behind the address, from the cache where they are, else over the network; whole, or not at all."""
    kept = cache / "files" / f"{download['sha256'][:16]}-download" if "sha256" in download else None
    if kept and stands(kept, download):
        return kept
    url = download["url"]
    print(f"Fetching {url} ...", flush=True)
    check_address(url)
    opener = urllib.request.build_opener(SafeRedirects())
    request = urllib.request.Request(url, headers={"User-Agent": "face-worker-setup", "Accept-Encoding": "identity"})
    digest, total = hashlib.sha256(), 0
    limit = download.get("bytes", LARGEST_DOWNLOAD)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response, path.open("wb") as file:
            stated = response.headers.get("Content-Length")
            while block := response.read(BLOCK):
                total += len(block)
                if total > limit:
                    raise SetupError(f"{url} gives more than the {limit} bytes that are expected. Nothing was installed.")
                digest.update(block)
                file.write(block)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SetupError(f"{url} could not be fetched: {error}. Nothing was installed.") from error
    if total != int(stated or total) or total != download.get("bytes", total):
        raise SetupError(f"{url} ended after {total} bytes of {stated or download['bytes']}. Nothing was installed.")
    if "sha256" in download and digest.hexdigest() != download["sha256"]:
        raise SetupError(
            f"What {url} gives is not the file that was pinned: its SHA-256 is {digest.hexdigest()}, not {download['sha256']}. "
            "Nothing was installed."
        )
    if kept:
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            partial = kept.with_name(f".{kept.name}.part")
            shutil.copyfile(path, partial)
            partial.replace(kept)
        except OSError as error:
            print(f"The cache {cache} cannot be written ({error}); going on without it.")
    return path


def check_address(url: str) -> None:
    """Only encrypted connections, but for a server on this machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise SetupError(f"{url} is not an https address.")


class SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, each to an address that would have been allowed in the first place."""

    def redirect_request(self, request, file, code, message, headers, new_url):
        check_address(new_url)
        return super().redirect_request(request, file, code, message, headers, new_url)


def member(archive: Path, file: dict, scratch: Path) -> Path:
    """One file out of a zip: by its `member`, else by its name."""
    target = scratch / "member"
    limit = file.get("bytes", LARGEST_DOWNLOAD)
    try:
        with zipfile.ZipFile(archive) as opened:
            names = [name for name in opened.namelist() if name == file.get("member") or Path(name).name == file["name"]]
            if not names:
                raise SetupError(f"The archive does not hold {file.get('member', file['name'])}. Nothing was installed.")
            written = 0
            with opened.open(names[0]) as source, target.open("wb") as output:
                while (block := source.read(BLOCK)) and written <= limit:
                    written += len(block)
                    output.write(block)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise SetupError(f"The archive cannot be unpacked: {error}. Nothing was installed.") from error
    return target
