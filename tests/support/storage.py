"""Object storage of this machine, for tests: moto's server speaks S3 on 127.0.0.1, in a process of its own."""

import subprocess
import sys
from contextlib import contextmanager

import boto3
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
    """A bucket, and what the environment must say so that it is found."""

    def __init__(self, endpoint):
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": LIBRARIAN,
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=LIBRARIAN,
            aws_secret_access_key=PASSWORD,
        )
        self.client.create_bucket(Bucket=BUCKET)

    def add(self, folder, name):
        """Put the files of a folder into another of the bucket, and give its address."""
        for path in filter(lambda path: path.is_file(), folder.rglob("*")):
            key = f"{name}/{path.relative_to(folder)}"
            self.client.upload_file(str(path), BUCKET, key, ExtraArgs={"ACL": "public-read"})
        return f"s3://{BUCKET}/{name}"

    def keys(self, name):
        """The names of all objects in a folder of the bucket."""
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/").get("Contents", [])
        return [each["Key"] for each in found]

    def fetch(self, name, folder):
        """Copy a folder of the bucket to this machine."""
        for key in filter(lambda key: not key.endswith("/"), self.keys(name)):
            path = folder / key.removeprefix(f"{name}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            self.client.download_file(BUCKET, key, str(path))
        return folder


@contextmanager
def storage():
    """Starts a server, and stops it."""
    with subprocess.Popen([sys.executable, "-c", _SERVE], **_PIPES) as process:
        try:
            yield Storage(process.stdout.readline().decode().strip())
        finally:
            process.kill()
