"""A real S3 server: SeaweedFS, or the one that PLI_TEST_S3_ENDPOINT, _KEY and _SECRET name."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from tests.peers import shared

_PATIENCE = 60.0
_KEY, _SECRET = "pli-test", "pli-test-secret"
#: Kept, since a Popen that is collected while its process runs warns; the controller stops the process.
_running: "list[subprocess.Popen[bytes]]" = []


def _client(endpoint: str, key: str, secret: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            signature_version="s3v4", retries={"max_attempts": 1}, connect_timeout=2, read_timeout=10
        ),
    )


def _arguments(home: Path, ports: list[int]) -> list[str]:
    grpc = [f"{part}.port{end}" for part in ("master", "volume", "filer", "s3") for end in ("", ".grpc")]
    names = [*grpc, "metricsPort"]
    chosen = [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
    (home / "data").mkdir()
    return [
        str(Path(sys.executable).with_name("weed")),
        f"-logdir={home}",
        "server",
        f"-dir={home / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        f"-s3.config={home / 's3.json'}",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=256",
        "-volume.max=64",
        "-master.telemetry=false",
        *chosen,
    ]


def _start(home: Path) -> dict[str, Any]:
    identity = {
        "name": "pli",
        "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}],
        "actions": ["Admin"],
    }
    (home / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = shared.free_ports(9)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            _arguments(home, ports), stdout=log, stderr=log, start_new_session=True, cwd=home
        )
    _running.append(process)
    (home / "pid").write_text(
        str(process.pid)
    )  # Known before it is ready, in case the run is killed meanwhile.
    endpoint = f"http://127.0.0.1:{ports[6]}"
    try:
        _wait(_client(endpoint, _KEY, _SECRET), process, home / "log")
    except BaseException:
        shared.stop(process.pid)
        raise
    return {"endpoint": endpoint, "key": _KEY, "secret": _SECRET, "pid": process.pid}


def _wait(client: Any, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for a first PUT to succeed: the port is open seconds before volumes can be written."""
    from botocore.exceptions import BotoCoreError, ClientError

    limit = time.monotonic() + _PATIENCE
    bucket = f"probe-{uuid.uuid4().hex}"
    while True:
        try:
            if process.poll() is None:
                client.create_bucket(Bucket=bucket)
                client.put_object(Bucket=bucket, Key="probe", Body=b"probe")
                client.delete_object(Bucket=bucket, Key="probe")
                return
        except (BotoCoreError, ClientError):
            bucket = f"probe-{uuid.uuid4().hex}"
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def connect() -> dict[str, str]:
    """Return the settings of a store in a bucket of its own."""
    given = os.environ.get("PLI_TEST_S3_ENDPOINT")
    if given:
        peer = {
            "endpoint": given,
            "key": os.environ["PLI_TEST_S3_KEY"],
            "secret": os.environ["PLI_TEST_S3_SECRET"],
        }
    else:
        peer = shared.once("s3", _start)
    bucket = f"pli-{uuid.uuid4().hex}"
    _client(peer["endpoint"], peer["key"], peer["secret"]).create_bucket(Bucket=bucket)
    return {
        "storage": "s3",
        "s3_endpoint": peer["endpoint"],
        "s3_bucket": bucket,
        "s3_access_key": peer["key"],
        "s3_secret_key": peer["secret"],
    }
