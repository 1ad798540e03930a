"""Object storage for tests: the S3 server of moto on 127.0.0.1, in a separate process."""

import subprocess
import sys
from contextlib import contextmanager

from tests.support.postgres import LIBRARIAN, PASSWORD

_SERVE = """
from moto.server import ThreadedMotoServer
import sys
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://127.0.0.1:%d" % server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
_PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
BUCKET = "crawls"


class Storage:
    """A bucket, and the environment variables for access to it."""

    def __init__(self, endpoint):
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": LIBRARIAN,
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        import boto3  # noqa: PLC0415 -- takes long

        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=LIBRARIAN,
            aws_secret_access_key=PASSWORD,
        )
        self.client.create_bucket(Bucket=BUCKET)

    def add(self, folder, name):
        """Upload the files of a folder to a folder of the bucket, and return its address."""
        for path in filter(lambda path: path.is_file(), folder.rglob("*")):
            key = f"{name}/{path.relative_to(folder)}"
            self.client.upload_file(str(path), BUCKET, key, ExtraArgs={"ACL": "public-read"})
        return f"s3://{BUCKET}/{name}"

    def keys(self, name):
        """Return the names of all objects in a folder of the bucket."""
        objects = self.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/").get("Contents", [])
        return [item["Key"] for item in objects]

    def fetch(self, name, folder):
        """Download a folder of the bucket."""
        for key in filter(lambda key: not key.endswith("/"), self.keys(name)):
            path = folder / key.removeprefix(f"{name}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            self.client.download_file(BUCKET, key, str(path))
        return folder


@contextmanager
def storage():
    """Start a server, and stop it at the end of the block."""
    with subprocess.Popen([sys.executable, "-P", "-c", _SERVE], **_PIPES) as process:
        try:
            yield Storage(process.stdout.readline().decode().strip())
        finally:
            process.kill()
