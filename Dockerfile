# The program `gouji` with its models: the API, a worker or a batch, by the command it is given.
# docs/deploying.md says how it is used, and what of it was tried.

FROM python:3.11.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 XDG_CACHE_HOME=/opt/gouji/cache
# OpenCV's wheel leaves these to the system.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements/run.lock ./
RUN python -m venv /opt/gouji && /opt/gouji/bin/pip install --no-deps --require-hashes -r run.lock
COPY pyproject.toml README.md ./
COPY eval eval
COPY forms forms
COPY models models
COPY pipeline pipeline
COPY service service
COPY training training
RUN /opt/gouji/bin/pip install --no-deps --no-build-isolation . \
    # Weights are unpacked here, so that nothing has to be written for it at run time, and for
    # whatever user the image is run as.
    && /opt/gouji/bin/python -c "from models.load import load_models; load_models(1)" \
    && chmod --recursive a+rwX /opt/gouji/cache

FROM python:3.11.13-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home gouji \
    && install --directory --owner gouji /var/lib/gouji
COPY --from=build --chown=gouji /opt/gouji /opt/gouji
ENV PATH=/opt/gouji/bin:$PATH \
    XDG_CACHE_HOME=/opt/gouji/cache \
    GOUJI_HOME=/var/lib/gouji \
    GOUJI_HOST=0.0.0.0
USER 10001
WORKDIR /var/lib/gouji
VOLUME /var/lib/gouji
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
ENTRYPOINT ["gouji"]
CMD ["serve"]
