# The command in a container: `docker build -t altdetails .`, then `docker run --rm altdetails --help`.
# Give the digest of the image that you checked: --build-arg BASE=python:3.13-slim@sha256:…
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
# The extras in requirements/image.txt. After a change here: make lock
ARG EXTRAS=lists,export,load,remote,report
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/altdetails
WORKDIR /source
COPY requirements/image.txt requirements/
RUN /opt/altdetails/bin/pip install --require-hashes --only-binary :all: -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/altdetails/bin/pip install --no-deps --no-build-isolation ".[${EXTRAS}]" \
    && /opt/altdetails/bin/pip check \
    && /opt/altdetails/bin/pip uninstall --yes hatchling pip

FROM ${BASE}
LABEL org.opencontainers.image.title="altdetails" org.opencontainers.image.licenses="Apache-2.0"
# Anybody may write there, as in /tmp, so that --user works with any number.
RUN groupadd --gid 10001 altdetails \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin altdetails \
    && install --directory --mode 1777 --owner 10001 --group 10001 /data /state
COPY --from=build /opt/altdetails /opt/altdetails
# /state has the clock that all runs share: keep it, so that the site is never asked too often. HOME has nothing to keep.
ENV PATH=/opt/altdetails/bin:$PATH ALTDETAILS_STATE=/state HOME=/tmp LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/state"]
ENTRYPOINT ["altdetails"]
CMD ["--help"]
