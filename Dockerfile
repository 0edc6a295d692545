# The job and the dashboards: docs/deploy/container.md. ARG BASE can name the same image by its digest.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv /opt/figma-warehouse
COPY requirements.lock ./
RUN /opt/figma-warehouse/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY .dlt/config.toml .dlt/secrets.toml.example .dlt/
COPY sql sql/
COPY notebooks notebooks/
COPY pipelines pipelines/
# then without what only an installation or an editor of notebooks needs
RUN /opt/figma-warehouse/bin/python -m pip install --no-cache-dir --no-deps --no-index --no-build-isolation . \
    && /opt/figma-warehouse/bin/python -m pip uninstall --yes hatchling editables pip \
    && rm -r /opt/figma-warehouse/lib/python3.*/site-packages/marimo/_lsp

FROM ${BASE}
RUN useradd --uid 10001 --create-home --home-dir /srv/figma-warehouse --shell /usr/sbin/nologin figma \
    && install --directory --owner figma --group figma --mode 700 /srv/figma-warehouse/data
COPY --from=build /opt/figma-warehouse /opt/figma-warehouse
ENV PATH=/opt/figma-warehouse/bin:$PATH \
    DATA_DIR=/srv/figma-warehouse/data \
    PYTHONUNBUFFERED=1
WORKDIR /srv/figma-warehouse
USER 10001
VOLUME /srv/figma-warehouse/data
EXPOSE 2718
HEALTHCHECK --interval=10m --timeout=60s --start-period=12h \
    CMD ["figma-warehouse", "status", "--max-age", "30"]
ENTRYPOINT ["figma-warehouse"]
CMD ["run", "--log-format", "json"]
